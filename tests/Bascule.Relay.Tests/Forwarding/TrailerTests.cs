using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Bascule.Relay.Tests;

/// <summary>Trailers pass where both sides can carry them.</summary>
public sealed class TrailerTests
{
    private const int Guard = 30_000;

    private const string Answer = "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n"
        + "0\r\nX-Sum: 5 \u00e9\r\nContent-Length: 9\r\nConnection: x\r\nSet-Cookie: a=1\r\n\r\n";

    [Fact(Timeout = Guard)]
    public async Task Trailers_of_a_client_reach_the_back_end_and_forged_ones_do_not()
    {
        var seen = new TaskCompletionSource<string>();
        await using var back = new RawBackend(async connection =>
        {
            var head = await connection.ReadHeadAsync();
            seen.SetResult(head + await connection.ReadThroughAsync("\r\n\r\n"));
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        await using var front = await Front.StartAsync(back.Url, new FrontOptions { Added = [new("X-User", "me")], Removed = ["X-Roles"] });
        using var client = await front.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5\r\nhello\r\n0\r\nX-Sum: 5\r\nX-User: root\r\nX-Roles: admin\r\nHost: b\r\nContent-Length: 9\r\nAuthorization: x\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync());
        Assert.Equal("POST / HTTP/1.1\r\nHost: a\r\nX-User: me\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 5\r\n\r\n", await seen.Task);
    }

    [Fact(Timeout = Guard)]
    public async Task Announced_trailers_reach_a_client_of_HTTP_1_1_and_its_connection_lives_on()
    {
        await using var back = RawBackend.Answering(Answer);
        await using var front = await Front.StartAsync(back.Url);
        using var client = await front.ConnectAsync();

        for (var round = 0; round < 2; round++)
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n");
            var head = await client.ReadHeadAsync();
            Assert.Contains("\r\nTrailer: X-Sum\r\n", head);
            Assert.Contains("\r\nTransfer-Encoding: chunked\r\n", head);
            Assert.Equal("3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5 \u00e9\r\n\r\n", await client.ReadHeadAsync());
        }
    }

    [Fact(Timeout = Guard)]
    public async Task Trailers_reach_a_client_of_HTTP2()
    {
        await using var back = RawBackend.Answering(Answer.Replace(" \u00e9", "", StringComparison.Ordinal));
        await using var front = await Front.StartAsync(back.Url, new FrontOptions { Protocols = HttpProtocols.Http2 });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var answer = await front.Client.SendAsync(request);

        Assert.Equal("abcde", await answer.Content.ReadAsStringAsync());
        Assert.Equal("x-sum: 5", string.Join(", ", answer.TrailingHeaders.Select(field => $"{field.Key}: {string.Join('|', field.Value)}")));
    }

    [Fact(Timeout = Guard)]
    public async Task Trailers_that_nobody_announced_are_dropped_for_HTTP_1_1()
    {
        await using var back = RawBackend.Answering(Answer.Replace("Trailer: X-Sum\r\n", "", StringComparison.Ordinal));
        await using var front = await Front.StartAsync(back.Url);

        using var answer = await front.Client.GetAsync("/");

        Assert.Equal("abcde", await answer.Content.ReadAsStringAsync());
        Assert.Empty(answer.TrailingHeaders);
    }
}
