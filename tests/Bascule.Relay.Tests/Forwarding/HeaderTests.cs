using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Bascule.Relay.Tests;

/// <summary>Which fields pass, which do not, and which are ours alone.</summary>
public sealed class HeaderTests
{
    private const int Guard = 30_000;
    private const string Empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    [Fact(Timeout = Guard)]
    public async Task The_back_end_sees_what_the_client_sent_and_nothing_more()
    {
        await using var back = Mirror();
        await using var front = await Front.StartAsync(back.Url);

        var seen = await AskAsync(front, "GET /a%20b?c=d HTTP/1.1\r\nHost: shop.example:81\r\nCookie: a=1; b=2\r\nX-One: 1\r\nX-One: 2\r\n\r\n");

        Assert.Equal("GET /a%20b?c=d HTTP/1.1\r\nHost: shop.example:81\r\nCookie: a=1; b=2\r\nX-One: 1\r\nX-One: 2\r\n\r\n", seen);
    }

    [Fact(Timeout = Guard)]
    public async Task Fields_of_the_clients_connection_stay_behind()
    {
        await using var back = Mirror();
        await using var front = await Front.StartAsync(back.Url);

        var seen = await AskAsync(front, "GET / HTTP/1.1\r\nHost: a\r\nConnection: X-Hop, Host\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\n"
            + "Proxy-Authorization: Basic secret\r\nProxy: evil\r\nTE: gzip\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nX-Kept: 1\r\n\r\n");

        Assert.Equal("GET / HTTP/1.1\r\nHost: a\r\nX-Kept: 1\r\n\r\n", seen);
    }

    [Fact(Timeout = Guard)]
    public async Task A_client_that_takes_trailers_is_said_to()
    {
        await using var back = Mirror();
        await using var front = await Front.StartAsync(back.Url);

        var seen = await AskAsync(front, "GET / HTTP/1.1\r\nHost: a\r\nTE: gzip, trailers\r\n\r\n");

        Assert.Equal("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n", seen);
    }

    [Fact(Timeout = Guard)]
    public async Task Only_the_gateway_says_what_the_gateway_adds()
    {
        await using var back = Mirror();
        await using var front = await Front.StartAsync(back.Url, new FrontOptions
        {
            Added = [new("X-Bascule-User", "j\u00f6rg"), new("Via", "1.1 a, 1.1 bascule")],
            Removed = ["Authorization", "x-bascule-roles"],
        });

        var seen = await AskAsync(front, "GET / HTTP/1.1\r\nHost: a\r\nX-BASCULE-USER: root\r\nX-Bascule-Roles: admin\r\nAuthorization: Bearer t\r\nVia: 1.1 a\r\n\r\n");

        Assert.Equal("GET / HTTP/1.1\r\nHost: a\r\nX-Bascule-User: j\u00f6rg\r\nVia: 1.1 a, 1.1 bascule\r\n\r\n", seen);
    }

    [Theory(Timeout = Guard)]
    [InlineData("POST", true)]
    [InlineData("DELETE", false)]
    public async Task An_HTTP2_request_becomes_one_of_HTTP_1_1(string method, bool saysLength)
    {
        await using var back = Mirror();
        await using var front = await Front.StartAsync(back.Url, new FrontOptions { Protocols = HttpProtocols.Http2 });
        using var request = new HttpRequestMessage(new HttpMethod(method), "/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Host = "shop.example";
        request.Headers.TryAddWithoutValidation("x-one", "1");

        using var answer = await front.Client.SendAsync(request);

        var length = saysLength ? "Content-Length: 0\r\n" : "";
        Assert.Equal($"{method} / HTTP/1.1\r\nHost: shop.example\r\nx-one: 1\r\n{length}\r\n", await answer.Content.ReadAsStringAsync());
    }

    [Fact(Timeout = Guard)]
    public async Task A_request_without_Host_gets_that_of_the_node()
    {
        await using var back = Mirror();
        await using var front = await Front.StartAsync(back.Url);
        using var client = await front.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.0\r\n\r\n");

        Assert.EndsWith($"GET / HTTP/1.1\r\nHost: {back.Url.Authority}\r\n\r\n", await client.ReadToEndAsync());
    }

    [Fact(Timeout = Guard)]
    public async Task Bytes_beyond_ASCII_pass_unchanged_both_ways()
    {
        await using var back = new RawBackend(async connection =>
        {
            var seen = await connection.ReadHeadAsync();
            var name = seen.Split("X-Name: ")[1].Split("\r\n")[0];
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nX-Seen: {name}\r\nContent-Length: 0\r\n\r\n");
        });
        await using var front = await Front.StartAsync(back.Url);
        using var client = await front.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nX-Name: \u00c3\u00a9 \u00e9 \u00ff\r\n\r\n");

        Assert.Contains("\r\nX-Seen: \u00c3\u00a9 \u00e9 \u00ff\r\n", await client.ReadHeadAsync());
    }

    [Fact(Timeout = Guard)]
    public async Task Fields_of_the_back_ends_connection_stay_behind()
    {
        await using var back = RawBackend.Answering("HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\n"
            + "Upgrade: h2c\r\nServer: s\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2, c\r\nContent-Length: 0\r\n\r\n");
        await using var front = await Front.StartAsync(back.Url);
        using var client = await front.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        var lines = (await client.ReadHeadAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(
            ["Content-Length: 0", "Date: Thu, 01 Jan 2026 00:00:00 GMT", "HTTP/1.1 200 OK", "Server: s", "Set-Cookie: a=1", "Set-Cookie: b=2, c"],
            lines.Order(StringComparer.Ordinal));
    }

    [Fact(Timeout = Guard)]
    public async Task Redirects_cookies_and_compressed_bodies_are_the_clients_business()
    {
        await using var back = new RawBackend(async (connection, number) =>
        {
            var seen = await connection.ReadHeadAsync();
            Assert.DoesNotContain("Cookie", seen, StringComparison.Ordinal);
            await connection.SendAsync("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nSet-Cookie: a=1\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nzip");
        });
        await using var front = await Front.StartAsync(back.Url);

        for (var round = 1; round <= 2; round++)
        {
            using var answer = await front.Client.GetAsync("/");
            Assert.Equal((HttpStatusCode.Found, "/elsewhere"), (answer.StatusCode, answer.Headers.Location?.OriginalString));
            Assert.Equal("zip", await answer.Content.ReadAsStringAsync());
            Assert.Equal(round, back.Connections);
        }
    }

    [Theory(Timeout = Guard)]
    [InlineData("/", "a\r\nX-Evil: 1")]
    [InlineData("/", "a\nb")]
    [InlineData("/", "\u540d")]
    [InlineData("/ HTTP/1.1\r\nX-Evil: 1\r\n\r\n", "a")]
    [InlineData("elsewhere", "a")]
    public async Task What_could_begin_another_line_is_a_fault_of_the_caller(string path, string value)
    {
        await using var back = RawBackend.Answering(Empty);
        await using var front = await Front.StartAsync(back.Url, new FrontOptions { Path = _ => path, Added = [new("X-User", value)] });

        using var answer = await front.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.IsType<ArgumentException>((await front.NextOutcomeAsync()).Failure);
        Assert.Equal(0, back.Connections);
    }

    /// <summary>Answers with the head that it got, then closes.</summary>
    private static RawBackend Mirror() => new(async connection =>
    {
        var seen = await connection.ReadHeadAsync();
        await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {seen.Length}\r\n\r\n{seen}");
    });

    private static async Task<string> AskAsync(Front front, string request)
    {
        using var client = await front.ConnectAsync();
        await client.SendAsync(request);
        await client.ReadHeadAsync();
        return await client.ReadHeadAsync();
    }
}
