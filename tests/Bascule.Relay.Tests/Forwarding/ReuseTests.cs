using System.Text;
using Bascule.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Bascule.Relay.Tests;

/// <summary>Connections to back ends serve again when, and only when, that is safe.</summary>
public sealed class ReuseTests
{
    private const int Guard = 30_000;
    private const string Fine = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";

    [Fact(Timeout = Guard)]
    public async Task One_connection_serves_many_requests()
    {
        await using var back = Serving(Fine);
        await using var front = await Front.StartAsync(back.Url);

        for (var round = 0; round < 3; round++)
            await AskAsync(front);

        Assert.Equal(1, back.Connections);
    }

    [Theory(Timeout = Guard)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nfine")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nfine")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine and more")]
    public async Task A_connection_that_cannot_be_trusted_serves_once(string answer)
    {
        await using var back = Serving(answer);
        await using var front = await Front.StartAsync(back.Url);

        for (var round = 0; round < 3; round++)
            await AskAsync(front);

        Assert.Equal(3, back.Connections);
    }

    [Fact(Timeout = Guard)]
    public async Task An_unused_connection_is_closed_after_its_time()
    {
        var time = new ManualTime();
        var closed = new TaskCompletionSource();
        await using var back = new RawBackend(async (connection, number) =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(Fine);
            if (number == 1)
            {
                await connection.ReadToEndAsync();
                closed.SetResult();
            }
        });
        await using var front = await Front.StartAsync(back.Url, new FrontOptions { Time = time });

        await AskAsync(front);
        time.Advance(TimeSpan.FromSeconds(8));
        await closed.Task;
        await AskAsync(front);

        Assert.Equal(2, back.Connections);
    }

    [Fact(Timeout = Guard)]
    public async Task Kept_connections_end_with_the_forwarder()
    {
        var closed = new TaskCompletionSource();
        await using var back = new RawBackend(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(Fine);
            await connection.ReadToEndAsync();
            closed.SetResult();
        });
        await using (var front = await Front.StartAsync(back.Url))
            await AskAsync(front);

        await closed.Task;
    }

    [Fact(Timeout = Guard)]
    public async Task A_request_that_met_a_closing_connection_is_asked_again()
    {
        await using var back = ClosingAtTheSecondRequest();
        await using var front = await Front.StartAsync(back.Url);

        await AskAsync(front);
        await AskAsync(front);

        Assert.Equal(2, back.Connections);
    }

    [Fact(Timeout = Guard)]
    public async Task A_request_that_may_have_had_its_effect_is_not_asked_again()
    {
        await using var back = ClosingAtTheSecondRequest();
        await using var front = await Front.StartAsync(back.Url);

        await AskAsync(front);
        using var answer = await front.Client.PostAsync("/", null);

        Assert.Equal("backend_closed_early", await answer.Content.ReadAsStringAsync());
        Assert.Equal(1, back.Connections);
    }

    [Fact(Timeout = Guard)]
    public async Task An_answer_that_nobody_asked_for_is_never_given_to_the_next_client()
    {
        using var certificate = LoopbackServer.OwnCertificate();
        await using var back = new RawBackend(async connection =>
        {
            await using var secured = await connection.SecureAsync(certificate);
            await secured.ReadExactlyAsync(new byte[16]);
            // Two records in one packet: TLS takes both from the socket.
            connection.Hold(true);
            await secured.WriteAsync(Encoding.ASCII.GetBytes(Fine));
            await secured.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale"u8.ToArray());
            connection.Hold(false);
            await secured.CopyToAsync(Stream.Null);
        });
        await using var front = await Front.StartAsync(new UriBuilder(back.Url) { Scheme = "https" }.Uri, new FrontOptions { InsecureTls = true });

        for (var round = 0; round < 20; round++)
            await AskAsync(front);
        Assert.Equal(20, back.Connections);
    }

    [Fact(Timeout = Guard)]
    public async Task A_connection_with_TLS_serves_again()
    {
        using var certificate = LoopbackServer.OwnCertificate();
        await using var back = await LoopbackServer.StartAsync(context => context.Response.WriteAsync(context.Connection.Id), listener => listener.UseHttps(certificate));
        await using var front = await Front.StartAsync(back.Url, new FrontOptions { InsecureTls = true });

        var first = await front.Client.GetStringAsync("/");
        await front.NextOutcomeAsync();

        Assert.Equal(first, await front.Client.GetStringAsync("/"));
    }

    private static RawBackend Serving(string answer) => new(async connection =>
    {
        while (true)
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(answer);
        }
    });

    private static RawBackend ClosingAtTheSecondRequest() => new(async (connection, number) =>
    {
        await connection.ReadHeadAsync();
        await connection.SendAsync(Fine);
        if (number == 1)
            await connection.ReadHeadAsync();
    });

    /// <summary>Returns when the forwarder has put the connection aside, not only when the answer is here.</summary>
    private static async Task AskAsync(Front front)
    {
        Assert.Equal("fine", await front.Client.GetStringAsync("/"));
        Assert.Null((await front.NextOutcomeAsync()).Label);
    }
}
