using System.Net;
using System.Net.WebSockets;
using System.Text;
using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>WebSockets over HTTP/2 with TLS (RFC 8441), from .NET's own client to an echo.</summary>
public sealed class Http2WebSocketTests : IAsyncDisposable
{
    /// <summary>More than the 30,000,000 bytes that Kestrel lets a request body have.</summary>
    private const int LargeBytes = 31_000_000;

    private readonly TestCertificate _certificate = TestCertificate.Make();
    private readonly HttpMessageInvoker _http = Http2.Client();
    private EchoBackend? _backend;
    private TestGateway? _gateway;

    [Fact]
    public async Task Messages_and_close_codes_pass_and_the_back_end_sees_an_ordinary_upgrade()
    {
        var gateway = await StartAsync();
        using var socket = await ConnectAsync(gateway, "/guarded?x=1");

        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, default).Soon();
        Assert.Equal("hello", Encoding.UTF8.GetString(await ReceiveAsync(socket)));
        await socket.CloseAsync((WebSocketCloseStatus)4999, "enough", default).Soon();

        Assert.Equal((4999, "enough"), ((int)socket.CloseStatus!, socket.CloseStatusDescription));
        Assert.Equal(("/guarded?x=1", "alice", "2 bascule", "https"),
            (_backend!.Last.Target, _backend.Last.Field("X-Bascule-User"), _backend.Last.Field("Via"), _backend.Last.Field("X-Forwarded-Proto")));
        Assert.Equal($"127.0.0.1:{gateway.Url.Port}", _backend.Last.Field("Host"));
        Assert.Equal(1, await gateway.MetricAsync("bascule_closes_total", $"reason=\"{EndReasons.ClientClosed.Label}\""));
        await gateway.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_large_message_is_no_request_body()
    {
        var gateway = await StartAsync();
        using var socket = await ConnectAsync(gateway, "/guarded");
        var sent = new byte[LargeBytes];
        Random.Shared.NextBytes(sent);

        var sending = socket.SendAsync(sent, WebSocketMessageType.Binary, endOfMessage: true, default);
        var received = await ReceiveAsync(socket);
        await sending.Soon();

        Assert.True(sent.AsSpan().SequenceEqual(received));
    }

    [Fact]
    public async Task A_back_end_that_breaks_is_told_by_a_close_frame()
    {
        using var raw = new RawBackend();
        var gateway = _gateway = await TestGateway.StartAsync(Configured.For(raw.Url) with { Listen = _certificate.Listen(http2WebSockets: true) });
        var connecting = ConnectAsync(gateway, "/ws");
        var backend = await raw.UpgradeAsync();
        using var socket = await connecting;

        backend.Reset();

        var got = await socket.ReceiveAsync(new byte[10], default).Soon();
        Assert.Equal((WebSocketMessageType.Close, EndReasons.BackendLost.Code), (got.MessageType, (int)socket.CloseStatus!));
        Assert.StartsWith(EndReasons.BackendLost.Label, socket.CloseStatusDescription, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_HTTP_1_the_same_address_works_too()
    {
        var gateway = await StartAsync();
        using var socket = await ConnectAsync(gateway, "/guarded", HttpVersion.Version11);

        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, default).Soon();

        Assert.Equal("hello", Encoding.UTF8.GetString(await ReceiveAsync(socket)));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        if (_backend is not null)
            await _backend.DisposeAsync();
        await _certificate.DisposeAsync();
    }

    private async Task<TestGateway> StartAsync()
    {
        _backend = await EchoBackend.StartAsync();
        return _gateway = await TestGateway.StartAsync(Configured.For(_backend.Url) with { Listen = _certificate.Listen(http2WebSockets: true) });
    }

    private async Task<ClientWebSocket> ConnectAsync(TestGateway gateway, string target, Version? version = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.HttpVersion = version ?? HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        socket.Options.SetRequestHeader("Authorization", $"Bearer {Tokens.Good(gateway.Clock)}");
        await socket.ConnectAsync(new Uri($"wss://127.0.0.1:{gateway.Url.Port}{target}"), _http, default).Soon();
        return socket;
    }

    private static async Task<byte[]> ReceiveAsync(ClientWebSocket socket)
    {
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var got = await socket.ReceiveAsync(buffer, default).Soon();
            await message.WriteAsync(buffer.AsMemory(0, got.Count));
            if (got.EndOfMessage)
                return message.ToArray();
        }
    }
}
