using System.Net;
using System.Net.Sockets;
using Bascule.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Bascule.Relay.Tests;

/// <summary>Every way in which forwarding fails has its name, and no client takes half an answer for a whole one.</summary>
public sealed class EndingTests
{
    private const int Guard = 30_000;

    [Fact(Timeout = Guard)]
    public async Task A_name_that_does_not_resolve()
    {
        await ExpectAsync(new Uri("http://no-such-host.invalid:80"), "backend_name_unknown", HttpStatusCode.BadGateway);
    }

    [Fact(Timeout = Guard)]
    public async Task A_port_where_nobody_listens()
    {
        await ExpectAsync(new Uri($"http://{OwnAddress.Next()}"), "backend_unreachable", HttpStatusCode.BadGateway);
    }

    [Fact(Timeout = Guard)]
    public async Task A_back_end_that_does_not_finish_the_TLS_handshake()
    {
        var time = new ManualTime();
        await using var back = new RawBackend(async connection =>
        {
            await connection.ReadThroughAsync("\u0016\u0003");
            time.Advance(TimeSpan.FromSeconds(5));
            await connection.ReadToEndAsync();
        });

        await ExpectAsync(Secure(back.Url), "backend_connect_timeout", HttpStatusCode.GatewayTimeout, new FrontOptions { Time = time });
    }

    [Fact(Timeout = Guard)]
    public async Task A_certificate_that_nobody_trusts()
    {
        using var certificate = LoopbackServer.OwnCertificate();
        await using var back = await LoopbackServer.StartAsync(context => context.Response.WriteAsync("secret"), listener => listener.UseHttps(certificate));

        await ExpectAsync(back.Url, "backend_tls_failed", HttpStatusCode.BadGateway);
    }

    [Fact(Timeout = Guard)]
    public async Task TLS_on_a_port_that_speaks_plain_HTTP()
    {
        await using var back = new RawBackend(async connection =>
        {
            await connection.ReadThroughAsync("\u0016\u0003");
            await connection.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n");
        });

        await ExpectAsync(Secure(back.Url), "backend_tls_failed", HttpStatusCode.BadGateway);
    }

    [Fact(Timeout = Guard)]
    public async Task An_untrusted_certificate_will_do_where_the_operator_says_so()
    {
        using var certificate = LoopbackServer.OwnCertificate();
        await using var back = await LoopbackServer.StartAsync(context => context.Response.WriteAsync("fine"), listener => listener.UseHttps(certificate));
        await using var front = await Front.StartAsync(back.Url, new FrontOptions { InsecureTls = true });

        Assert.Equal("fine", await front.Client.GetStringAsync("/"));
    }

    [Fact(Timeout = Guard)]
    public async Task A_back_end_that_never_answers()
    {
        var time = new ManualTime();
        await using var back = new RawBackend(async connection =>
        {
            await connection.ReadHeadAsync();
            time.Advance(TimeSpan.FromSeconds(100));
            await connection.ReadToEndAsync();
        });

        await ExpectAsync(back.Url, "backend_silent", HttpStatusCode.GatewayTimeout, new FrontOptions { Time = time });
    }

    [Fact(Timeout = Guard)]
    public async Task A_client_that_never_sends_its_body()
    {
        var time = new ManualTime();
        await using var back = new RawBackend(async connection =>
        {
            await connection.ReadHeadAsync();
            var end = connection.ReadToEndAsync();
            // The time of the client begins anew when the upload begins, which the back end cannot see: that may be in the middle of an advance of the clock.
            while (!end.IsCompleted)
            {
                time.Advance(TimeSpan.FromSeconds(100));
                await Moment.PassAsync();
            }

            await end;
        });
        await using var front = await Front.StartAsync(back.Url, new FrontOptions { Time = time });
        using var client = await front.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");

        Assert.Equal("client_gave_up", (await front.NextOutcomeAsync()).Label);
        Assert.StartsWith("HTTP/1.1 499 ", await client.ReadHeadAsync());
    }

    [Theory(Timeout = Guard)]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le", false)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", false)]
    public async Task A_back_end_that_closes_before_it_answers(string answer, bool byReset)
    {
        await using var back = new RawBackend(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(answer);
            if (byReset)
                connection.Reset();
        });

        await ExpectAsync(back.Url, "backend_closed_early", HttpStatusCode.BadGateway);
    }

    [Theory(Timeout = Guard)]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("\u0015\u0003\u0001\0\u0002\u0002\u0050")]
    [InlineData("HTTP/2.0 200 OK\r\n\r\n")]
    public async Task A_port_where_something_else_speaks(string greeting)
    {
        await using var back = new RawBackend(async connection =>
        {
            await connection.SendAsync(greeting);
            await connection.ReadToEndAsync();
        });

        await ExpectAsync(back.Url, "backend_garbage", HttpStatusCode.BadGateway);
    }

    [Fact(Timeout = Guard)]
    public async Task An_answer_whose_head_never_ends()
    {
        await using var back = RawBackend.Answering($"HTTP/1.1 200 OK\r\nX: {new string('x', 70_000)}");

        await ExpectAsync(back.Url, "backend_garbage", HttpStatusCode.BadGateway);
    }

    [Theory(Timeout = Guard)]
    [InlineData("Content-Length: 10\r\n\r\n12345", false)]
    [InlineData("Content-Length: 10\r\n\r\n12345", true)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", false)]
    [InlineData("Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n5\r\n12345\r\n0\r\n", false)]
    [InlineData("X: until close\r\n\r\n12345", true)]
    public async Task A_back_end_that_dies_in_the_middle_cuts_the_client_off(string answer, bool byReset)
    {
        var arrived = new TaskCompletionSource();
        await using var back = new RawBackend(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\n" + answer);
            await arrived.Task;
            if (byReset)
                connection.Reset();
        });
        await using var front = await Front.StartAsync(back.Url);
        using var client = await front.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await client.ReadThroughAsync("12345");
        arrived.SetResult();

        await Assert.ThrowsAsync<SocketException>(client.ReadToEndAsync);
        var outcome = await front.NextOutcomeAsync();
        Assert.Equal(("backend_lost", 200, 5L), (outcome.Label, outcome.Result.Status, outcome.Result.ResponseBytes));
    }

    [Fact(Timeout = Guard)]
    public async Task A_back_end_that_dies_in_the_middle_resets_the_HTTP2_stream_and_no_other()
    {
        var arrived = new TaskCompletionSource();
        await using var back = new RawBackend(async connection =>
        {
            var half = (await connection.ReadHeadAsync()).StartsWith("GET /half ", StringComparison.Ordinal);
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {(half ? 10 : 5)}\r\n\r\n12345");
            if (half)
                await arrived.Task;
        });
        await using var front = await Front.StartAsync(back.Url, new FrontOptions { Protocols = HttpProtocols.Http2 });

        using var answer = await front.Client.GetAsync("/half", HttpCompletionOption.ResponseHeadersRead);
        var body = await answer.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[5]);
        arrived.SetResult();

        await Assert.ThrowsAnyAsync<Exception>(async () => await body.ReadExactlyAsync(new byte[1]));
        Assert.Equal("backend_lost", (await front.NextOutcomeAsync()).Label);
        Assert.Equal("12345", await front.Client.GetStringAsync("/whole"));
    }

    [Theory(Timeout = Guard)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")]
    public async Task A_client_that_leaves_before_the_answer_ends_the_request_at_the_back_end(string request)
    {
        var asked = new TaskCompletionSource();
        var left = new TaskCompletionSource();
        await using var back = await LoopbackServer.StartAsync(async context =>
        {
            context.RequestAborted.Register(left.SetResult);
            asked.SetResult();
            await left.Task;
        });
        await using var front = await Front.StartAsync(back.Url);
        using (var client = await front.ConnectAsync())
        {
            await client.SendAsync(request);
            await asked.Task;
        }

        await left.Task;
        Assert.Equal("client_gave_up", (await front.NextOutcomeAsync()).Label);
    }

    [Fact(Timeout = Guard)]
    public async Task A_client_that_stops_reading_and_leaves_is_noticed()
    {
        var left = new TaskCompletionSource();
        await using var back = await LoopbackServer.StartAsync(async context =>
        {
            context.RequestAborted.Register(left.SetResult);
            var piece = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(piece);
        });
        await using var front = await Front.StartAsync(back.Url);
        using (var client = await front.ConnectAsync())
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await client.ReadHeadAsync();
        }

        await left.Task;
        Assert.Equal("client_gave_up", (await front.NextOutcomeAsync()).Label);
    }

    [Theory(Timeout = Guard)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_callers_own_stop_is_its_own_affair(bool hasAnswered)
    {
        using var stop = new CancellationTokenSource();
        await using var back = new RawBackend(async connection =>
        {
            await connection.ReadHeadAsync();
            if (hasAnswered)
                await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
            else
                await stop.CancelAsync();
            await connection.ReadToEndAsync();
        });
        await using var front = await Front.StartAsync(back.Url, new FrontOptions { Stop = stop.Token });
        using var client = await front.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        if (hasAnswered)
        {
            await client.ReadThroughAsync("12345");
            await stop.CancelAsync();
            await Assert.ThrowsAsync<SocketException>(client.ReadToEndAsync);
        }

        Assert.IsAssignableFrom<OperationCanceledException>((await front.NextOutcomeAsync()).Failure);
    }

    private static Uri Secure(Uri url) => new UriBuilder(url) { Scheme = "https" }.Uri;

    private static async Task ExpectAsync(Uri node, string label, HttpStatusCode status, FrontOptions? options = null)
    {
        await using var front = await Front.StartAsync(node, options);

        using var answer = await front.Client.GetAsync("/");

        Assert.Equal((status, label), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        var outcome = await front.NextOutcomeAsync();
        Assert.NotNull(outcome.Result.Ending?.Detail);
        Assert.Equal(new ForwardResult(outcome.Result.Ending, 0, 0, 0), outcome.Result);
    }
}
