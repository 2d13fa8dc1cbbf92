using System.Net;
using System.Net.Sockets;
using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Bascule.Relay.Tests;

/// <summary>Nodes that speak no HTTP/2, or refuse over it: who gets HTTP/1.1 instead, and what is named.</summary>
public sealed class Http2FailureTests : IDisposable
{
    private static readonly DialLimits Limits = new(Connect: TimeSpan.FromSeconds(5), Upgrade: TimeSpan.FromSeconds(10));

    /// <summary>A SETTINGS frame without any setting (RFC 9113 §6.5).</summary>
    private static readonly byte[] EmptySettings = [0, 0, 0, 4, 0, 0, 0, 0, 0];

    /// <summary>One with SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 §3).</summary>
    private static readonly byte[] ConnectAllowed = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 1];

    private readonly ManualTime _time = new();
    private readonly Http2Dialer _dialer;

    public Http2FailureTests()
    {
        var connector = new NodeConnector(_time);
        _dialer = new Http2Dialer(connector, new BackendDialer(connector, Limits, _time), Limits, _time);
    }

    [Theory]
    [InlineData(false, "it did not answer in HTTP/2")]
    [InlineData(true, "it did not choose h2 in TLS (ALPN)")]
    public async Task A_server_of_HTTP_1_gets_that_and_is_not_asked_again_for_a_while(bool tls, string why)
    {
        await using var backend = await Http2Backend.StartAsync(tls, HttpProtocols.Http1);

        await OverHttp1(backend, why);
        Assert.Equal(2, backend.Connections);
        await OverHttp1(backend, why);
        Assert.Equal(3, backend.Connections);

        _time.Advance(TimeSpan.FromMinutes(5));
        await OverHttp1(backend, why);
        Assert.Equal(5, backend.Connections);
    }

    [Theory]
    [InlineData("PRI", "SETTINGS_ENABLE_CONNECT_PROTOCOL is not set")]
    [InlineData("close", "it did not answer in HTTP/2")]
    [InlineData("reset", "it did not answer in HTTP/2")]
    [InlineData("SSH-2.0-test\r\n", "it did not answer in HTTP/2")]
    public async Task A_node_that_does_something_else_with_the_preface_gets_HTTP_1(string what, string why)
    {
        using var backend = new WaitingBackend();
        var dialing = Dial(backend.Http.Node);

        var first = await backend.TakeAsync();
        await ReceivePrefaceAsync(first);
        if (what == "reset")
            first.LingerState = new LingerOption(true, 0);
        if (what is "close" or "reset")
            first.Close();
        else
            await first.SendAsync(what == "PRI" ? EmptySettings : System.Text.Encoding.ASCII.GetBytes(what)).Soon();
        await WaitingBackend.AcceptAsync(await backend.TakeAsync());

        var result = await dialing.Soon();
        Assert.NotNull(result.Link);
        Assert.Equal(BackendProtocol.Http1, result.Protocol);
        Assert.Contains(why, result.FellBack, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_answers_neither_is_asked_for_HTTP_2_again()
    {
        using var backend = new WaitingBackend();
        for (var round = 0; round < 2; round++)
        {
            var dialing = Dial(backend.Http.Node);
            var first = await backend.TakeAsync();
            await ReceivePrefaceAsync(first);
            first.Close();
            // Read to its end: else the request would be answered by a reset, before or after it was sent.
            await using (var second = new NetworkStream(await backend.TakeAsync(), ownsSocket: true))
                await WaitingBackend.ReadAsync(second);

            var result = await dialing.Soon();
            Assert.Equal((EndReasons.BackendClosedEarly, BackendProtocol.Http1), (result.Ending!.Value.Reason, result.Protocol));
        }
    }

    [Fact]
    public async Task A_server_that_asks_for_HTTP_1_gets_it()
    {
        Http2Backend? self = null;
        await using var backend = self = await Http2Backend.StartAsync(tls: true, HttpProtocols.Http1AndHttp2, serve: context =>
        {
            if (context.Request.Protocol != HttpProtocol.Http2)
                return self!.EchoAsync(context);
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(0xd);
            return Task.CompletedTask;
        });

        await OverHttp1(backend, "HTTP_1_1_REQUIRED");
    }

    [Theory]
    [InlineData(204, "backend_bad_upgrade", false)]
    [InlineData(302, "backend_redirected", false)]
    [InlineData(403, "backend_denied", false)]
    [InlineData(404, "backend_not_found", false)]
    [InlineData(418, "backend_refused", false)]
    [InlineData(500, "backend_failed", false)]
    [InlineData(503, "backend_failed", true)]
    public async Task An_answer_that_opens_no_WebSocket_is_named(int status, string label, bool mayTryAnother)
    {
        await using var backend = await Http2Backend.StartAsync(serve: context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Server = "test";
            return Task.CompletedTask;
        });

        var result = await Dial(backend.Url).Soon();

        Assert.Equal((label, mayTryAnother, status), (result.Ending!.Value.Reason.Label, result.MayTryAnother, result.Answer!.Status));
        Assert.Equal((BackendProtocol.Http2, "test"), (result.Protocol, result.Answer.Headers.First("Server")));
        Assert.Contains(backend.Url.Authority, result.Ending.Value.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_whose_status_is_no_number_is_garbage()
    {
        using var backend = new WaitingBackend();
        var dialing = Dial(backend.Http.Node);
        var socket = await backend.TakeAsync();
        await ReceivePrefaceAsync(socket);
        await socket.SendAsync(ConnectAllowed).Soon();
        await ReceiveHeadersAsync(socket);

        // HEADERS of stream 1, whole: `:status` by its place in the static table (RFC 7541), then three letters.
        await socket.SendAsync((byte[])[0, 0, 5, 1, 4, 0, 0, 0, 1, 8, 3, .. "abc"u8]).Soon();

        var result = await dialing.Soon();
        Assert.Equal((EndReasons.BackendGarbage, false), Reason(result));
        Assert.Contains("abc", result.Ending!.Value.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_back_end_that_breaks_off_instead_of_answering_is_named(bool wholeConnection)
    {
        await using var backend = await Http2Backend.StartAsync(serve: context =>
        {
            if (wholeConnection)
                context.Features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort();
            else
                context.Abort();
            return Task.CompletedTask;
        });

        var result = await Dial(backend.Url).Soon();

        Assert.Equal((EndReasons.BackendClosedEarly, true), Reason(result));
        Assert.Equal((BackendProtocol.Http2, null), (result.Protocol, result.FellBack));
    }

    [Fact]
    public async Task A_back_end_that_is_silent_over_HTTP_2_is_named()
    {
        var asked = new TaskCompletionSource<CancellationToken>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var backend = await Http2Backend.StartAsync(serve: context => HangAsync(context, asked));
        var dialing = Dial(backend.Url);
        var aborted = await asked.Task.Soon();

        _time.Advance(Limits.Connect + Limits.Upgrade);

        var result = await dialing.Soon();
        Assert.Equal((EndReasons.BackendSilent, false), Reason(result));
        Assert.Contains("answered nothing over HTTP/2 within 15 s", result.Ending!.Value.Detail, StringComparison.Ordinal);
        await Patience.UntilAsync(() => aborted.IsCancellationRequested);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task A_caller_that_gives_up_ends_the_request()
    {
        var asked = new TaskCompletionSource<CancellationToken>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var backend = await Http2Backend.StartAsync(serve: context => HangAsync(context, asked));
        using var caller = new CancellationTokenSource();
        var dialing = _dialer.DialAsync(ScriptedBackend.To(backend.Url), caller.Token);
        var aborted = await asked.Task.Soon();

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dialing.Soon());
        await Patience.UntilAsync(() => aborted.IsCancellationRequested);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task A_node_that_cannot_be_reached_is_named_as_with_HTTP_1()
    {
        using var unused = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        unused.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        var result = await Dial(new Uri($"http://{unused.LocalEndPoint}")).Soon();

        Assert.Equal((EndReasons.BackendUnreachable, true), Reason(result));
        Assert.Contains("ConnectionRefused", result.Ending!.Value.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused_without_the_operators_word()
    {
        await using var backend = await Http2Backend.StartAsync(tls: true);

        var result = await _dialer.DialAsync(ScriptedBackend.To(backend.Url), TestContext.Current.CancellationToken).Soon();

        Assert.Equal((EndReasons.BackendTlsFailed, true), Reason(result));
        Assert.NotNull((await Dial(backend.Url).Soon()).Link);
    }

    public void Dispose() => _dialer.Dispose();

    private static (EndReason Reason, bool MayTryAnother) Reason(DialResult result) => (result.Ending!.Value.Reason, result.MayTryAnother);

    private static async Task HangAsync(HttpContext context, TaskCompletionSource<CancellationToken> asked)
    {
        asked.SetResult(context.RequestAborted);
        await Http2Backend.AbortedAsync(context);
    }

    private static async Task ReceivePrefaceAsync(Socket socket) =>
        Assert.Equal("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", System.Text.Encoding.ASCII.GetString(await ReceiveAsync(socket, 24)));

    /// <summary>Reads frames up to the request.</summary>
    private static async Task ReceiveHeadersAsync(Socket socket)
    {
        byte[] header;
        do
        {
            header = await ReceiveAsync(socket, 9);
            await ReceiveAsync(socket, (header[0] << 16) | (header[1] << 8) | header[2]);
        }
        while (header[3] != 1);
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
            read += await socket.ReceiveAsync(bytes.AsMemory(read)).Soon() is > 0 and var some ? some : throw new EndOfStreamException();
        return bytes;
    }

    private async Task OverHttp1(Http2Backend backend, string why)
    {
        var result = await Dial(backend.Url).Soon();
        Assert.Equal("HTTP/1.1", (await backend.SeenAsync()).Protocol);
        Assert.Equal(BackendProtocol.Http1, result.Protocol);
        Assert.Contains(why, result.FellBack, StringComparison.Ordinal);
        result.Link!.Endpoint.Abort();
    }

    private Task<DialResult> Dial(Uri node) => _dialer.DialAsync(ScriptedBackend.To(node, insecureTls: true), TestContext.Current.CancellationToken);
}
