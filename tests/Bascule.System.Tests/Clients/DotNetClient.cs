using System.Net;
using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>The exchange of tests/interop/README.md with .NET's own client.</summary>
internal static class DotNetClient
{
    private const int LargeBytes = 16 * 1024 * 1024;

    /// <summary>.NET pings by itself only: so often that pings lie between the messages, and with their pongs cannot go unseen.</summary>
    private static readonly TimeSpan PingInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>For all connections: over HTTP/2 they share one TCP connection, as those of an application do.</summary>
    internal static readonly HttpMessageInvoker Transport = new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, seen, _, _) => seen?.Subject == TestCertificate.Subject },
    });

    /// <summary>Connects, over HTTP/2 when asked, and over nothing else then.</summary>
    internal static async Task<ClientWebSocket> ConnectAsync(string url, bool http2 = false, bool deflate = false)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(Scenario.Subprotocol);
        socket.Options.KeepAliveInterval = PingInterval;
        socket.Options.KeepAliveTimeout = TimeSpan.FromSeconds(30);
        socket.Options.CollectHttpResponseDetails = true;
        if (deflate)
            socket.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        socket.Options.HttpVersion = http2 ? HttpVersion.Version20 : HttpVersion.Version11;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await socket.ConnectAsync(new Uri(url), Transport, TestContext.Current.CancellationToken).Soon();
        return socket;
    }

    internal static async Task<ClientReport> RunAsync(string url, Scenario scenario, bool http2 = false)
    {
        using var socket = await ConnectAsync(url, http2, scenario.Deflate);
        var results = new Dictionary<string, bool?>
        {
            ["text"] = await EchoesAsync(socket, WebSocketMessageType.Text, "hello"u8.ToArray()),
            ["utf8"] = await EchoesAsync(socket, WebSocketMessageType.Text, Encoding.UTF8.GetBytes("Grüße, мир, 世界, 🌉")),
            ["binary"] = await EchoesAsync(socket, WebSocketMessageType.Binary, [.. Enumerable.Range(0, 256).Select(i => (byte)i)]),
            ["emptyText"] = await EchoesAsync(socket, WebSocketMessageType.Text, Array.Empty<byte>()),
            ["emptyBinary"] = await EchoesAsync(socket, WebSocketMessageType.Binary, Array.Empty<byte>()),
            ["fragments"] = await EchoesAsync(socket, WebSocketMessageType.Text, "frag"u8.ToArray(), "men"u8.ToArray(), "ted"u8.ToArray()),
            ["large"] = await EchoesAsync(socket, WebSocketMessageType.Binary, RandomNumberGenerator.GetBytes(LargeBytes)),
            ["ping"] = null,
        };
        var (code, reason) = await CloseAsync(socket, scenario);
        var extensions = socket.HttpResponseHeaders!.GetValueOrDefault("Sec-WebSocket-Extensions")?.FirstOrDefault() ?? "";
        return new ClientReport { Ok = true, Results = results, CloseCode = code, CloseReason = reason, Subprotocol = socket.SubProtocol ?? "", Extensions = extensions };
    }

    /// <summary>The next message, whole.</summary>
    internal static async Task<(WebSocketMessageType Type, byte[] Payload)> ReceiveAsync(WebSocket socket)
    {
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var piece = await socket.ReceiveAsync(buffer.AsMemory(), TestContext.Current.CancellationToken).Soon();
            message.Write(buffer, 0, piece.Count);
            if (piece.EndOfMessage)
                return (piece.MessageType, message.ToArray());
        }
    }

    internal static Task SendAsync(WebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken).Soon();

    /// <summary>Code and reason of the close frame that must come next.</summary>
    internal static async Task<(int Code, string Reason)> ReceiveCloseAsync(WebSocket socket)
    {
        var (type, payload) = await ReceiveAsync(socket);
        Assert.True(type == WebSocketMessageType.Close, $"A message came instead of a close frame: {Encoding.UTF8.GetString(payload)}");
        return ((int)socket.CloseStatus!, socket.CloseStatusDescription!);
    }

    private static async Task<bool> EchoesAsync(WebSocket socket, WebSocketMessageType type, params byte[][] fragments)
    {
        // Sent beside the reading: an echo that answers piece by piece would otherwise wait for us, and we for it.
        var sending = SendAllAsync(socket, type, fragments);
        var (answerType, answer) = await ReceiveAsync(socket);
        await sending;
        Assert.Equal(type, answerType);
        return answer.AsSpan().SequenceEqual(fragments.SelectMany(f => f).ToArray());
    }

    private static async Task SendAllAsync(WebSocket socket, WebSocketMessageType type, byte[][] fragments)
    {
        for (var i = 0; i < fragments.Length; i++)
            await socket.SendAsync(fragments[i], type, endOfMessage: i == fragments.Length - 1, TestContext.Current.CancellationToken).Soon();
    }

    private static async Task<(int Code, string Reason)> CloseAsync(WebSocket socket, Scenario scenario)
    {
        if (scenario.By == "client")
        {
            await socket.CloseOutputAsync((WebSocketCloseStatus)scenario.CloseCode, Scenario.CloseReason, TestContext.Current.CancellationToken).Soon();
            return await ReceiveCloseAsync(socket);
        }

        await SendAsync(socket, $"close {scenario.CloseCode} {Scenario.CloseReason}");
        var close = await ReceiveCloseAsync(socket);
        await socket.CloseOutputAsync(socket.CloseStatus!.Value, socket.CloseStatusDescription, TestContext.Current.CancellationToken).Soon();
        return close;
    }
}
