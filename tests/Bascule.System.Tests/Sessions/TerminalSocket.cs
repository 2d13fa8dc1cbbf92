using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>What a client says first.</summary>
internal sealed record TerminalHello(string Client, long? From = null, string? Incarnation = null, string Role = "write", bool Take = false);

/// <summary>A frame of the terminal server, without its channel.</summary>
internal readonly record struct TerminalFrame(int Channel, ReadOnlyMemory<byte> Body)
{
    internal long Offset => BinaryPrimitives.ReadInt64BigEndian(Body.Span);

    internal ReadOnlyMemory<byte> Output => Body[sizeof(long)..];

    internal JsonNode Json => JsonNode.Parse(Body.Span)!;
}

/// <summary>One connection that speaks <c>bascule.term.v1</c>, frame by frame, written from contract/terminal.md alone.</summary>
internal sealed class TerminalSocket : IDisposable
{
    internal const int Output = 1;
    internal const int Errors = 2;
    internal const int Attached = 17;
    internal const int Snapshot = 19;
    internal const int Exit = 20;
    internal const int Notice = 21;

    private const byte Input = 0;
    private const byte Ack = 18;
    private const byte Hello = 16;

    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[256 * 1024];

    internal (int Code, string Reason) Close => ((int)(_socket.CloseStatus ?? WebSocketCloseStatus.Empty), _socket.CloseStatusDescription ?? "");

    /// <summary>Of the server's first frame.</summary>
    internal JsonNode Terminal { get; private set; } = new JsonObject();

    internal static async Task<TerminalSocket> ConnectAsync(string url, TerminalHello hello, string? token)
    {
        var client = new TerminalSocket();
        try
        {
            client._socket.Options.AddSubProtocol("bascule.term.v1");
            if (token is not null)
                client._socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
            await client._socket.ConnectAsync(new Uri(url), DotNetClient.Transport, CancellationToken.None).Soon();
            var text = new JsonObject
            {
                ["client"] = hello.Client, ["from"] = hello.From, ["incarnation"] = hello.Incarnation, ["columns"] = 80, ["rows"] = 24, ["role"] = hello.Role, ["take"] = hello.Take,
            };
            await client.SendAsync([Hello, .. Encoding.UTF8.GetBytes(text.ToJsonString())]);
            TerminalFrame first;
            do
                first = await client.ReceiveAsync() ?? throw new InvalidOperationException($"{client.Close} came, and no terminal.");
            while (first.Channel == Notice);
            Assert.Equal(Attached, first.Channel);
            client.Terminal = first.Json;
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    internal Task TypeAsync(string text) => SendAsync([Input, .. Encoding.UTF8.GetBytes(text)]);

    internal Task AckAsync(int channel, long offset)
    {
        var frame = new byte[2 + sizeof(long)];
        (frame[0], frame[1]) = (Ack, (byte)channel);
        BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(2), offset);
        return SendAsync(frame);
    }

    /// <summary>The next frame; null when a close frame came instead, which is answered. Its body is good until the next call.</summary>
    internal async Task<TerminalFrame?> ReceiveAsync()
    {
        var read = 0;
        while (true)
        {
            var piece = await _socket.ReceiveAsync(_buffer.AsMemory(read), CancellationToken.None).Soon();
            if (piece.MessageType == WebSocketMessageType.Close)
            {
                if (_socket.State == WebSocketState.CloseReceived)
                    await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).Soon();
                return null;
            }

            read += piece.Count;
            if (piece.EndOfMessage)
                return new TerminalFrame(_buffer[0], _buffer.AsMemory(1, read - 1));
        }
    }

    /// <summary>Gone without a word.</summary>
    internal void Abort() => _socket.Abort();

    public void Dispose() => _socket.Dispose();

    private Task SendAsync(byte[] frame) => _socket.SendAsync(frame, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None).Soon();
}
