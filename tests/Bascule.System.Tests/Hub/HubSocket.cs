using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>One connection that speaks <c>bascule.v1</c>, message by message.</summary>
internal sealed class HubSocket : IDisposable
{
    private readonly ClientWebSocket _socket = new();

    private HubSocket()
    {
    }

    /// <summary>Of the welcome: names the connection for the admin API.</summary>
    internal string Attempt { get; private set; } = "";

    /// <summary>Of the welcome: the token with which the session goes on.</summary>
    internal string Resume { get; private set; } = "";

    /// <summary>Of the close frame that came; 1005 before.</summary>
    internal (int Code, string Reason) Close => ((int)(_socket.CloseStatus ?? WebSocketCloseStatus.Empty), _socket.CloseStatusDescription ?? "");

    /// <summary>Connected, and welcomed.</summary>
    internal static async Task<HubSocket> ConnectAsync(string url, string? token = null, bool http2 = false)
    {
        var client = new HubSocket();
        try
        {
            var options = client._socket.Options;
            options.AddSubProtocol("bascule.v1");
            options.HttpVersion = http2 ? HttpVersion.Version20 : HttpVersion.Version11;
            options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
            if (token is not null)
                options.SetRequestHeader("Authorization", $"Bearer {token}");
            await client._socket.ConnectAsync(new Uri(url), DotNetClient.Transport, CancellationToken.None).Soon();
            var welcome = await client.ReceiveAsync("welcome");
            (client.Attempt, client.Resume) = ((string)welcome["attempt"]!, (string)welcome["resume"]!);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    internal Task SendAsync(string json) => _socket.SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).Soon();

    /// <summary>Subscribes, and waits for the answer; its cursor.</summary>
    internal async Task<string> SubscribeAsync(string topic)
    {
        await SendAsync($$"""{"type":"subscribe","id":"{{topic}}","topic":"{{topic}}"}""");
        return (string)(await ReceiveAsync("subscribed"))["cursor"]!;
    }

    /// <summary>The next message; null when a close frame came instead, which is answered.</summary>
    internal async Task<JsonNode?> ReceiveAsync()
    {
        using var message = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var piece = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).Soon();
            if (piece.MessageType == WebSocketMessageType.Close)
            {
                if (_socket.State == WebSocketState.CloseReceived)
                    await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).Soon();
                return null;
            }

            message.Write(buffer, 0, piece.Count);
            if (piece.EndOfMessage)
                return JsonNode.Parse(message.ToArray());
        }
    }

    /// <summary>The next message, which must be of this type.</summary>
    internal async Task<JsonNode> ReceiveAsync(string type)
    {
        var message = await ReceiveAsync() ?? throw new InvalidOperationException($"{Close} came, and no {type}.");
        Assert.True((string?)message["type"] == type, $"{message.ToJsonString()} came, and no {type}.");
        return message;
    }

    /// <summary>The goodbye that must come next, and the close frame after it.</summary>
    internal async Task<(JsonNode Goodbye, int Code)> ReceiveGoodbyeAsync()
    {
        var goodbye = await ReceiveAsync("goodbye");
        Assert.Null(await ReceiveAsync());
        return (goodbye, Close.Code);
    }

    /// <summary>Closes, and gets the same code back.</summary>
    internal async Task CloseAsync(int code, string reason)
    {
        await _socket.CloseOutputAsync((WebSocketCloseStatus)code, reason, CancellationToken.None).Soon();
        Assert.Null(await ReceiveAsync());
        Assert.Equal((code, reason), Close);
    }

    /// <summary>Gone without a word.</summary>
    internal void Abort() => _socket.Abort();

    public void Dispose() => _socket.Dispose();
}
