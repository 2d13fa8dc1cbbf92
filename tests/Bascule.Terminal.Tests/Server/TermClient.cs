using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Bascule.Testing;

namespace Bascule.Terminal.Tests;

/// <summary>A frame of the server.</summary>
internal sealed record ServerFrame(byte Channel, long Offset, byte[] Bytes)
{
    internal JsonNode Json => JsonNode.Parse(Bytes)!;

    internal string Text => Encoding.UTF8.GetString(Bytes);
}

/// <summary>A client of bascule.term.v1 by its contract, frame by frame.</summary>
internal sealed class TermClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[1 << 17];

    private TermClient(string client) => Client = client;

    internal string Client { get; }

    internal ClientWebSocket Socket => _socket;

    /// <summary>Offset behind the last byte of output that came.</summary>
    internal long Position { get; set; }

    internal List<JsonNode> Notices { get; } = [];

    internal static async Task<TermClient> ConnectAsync(TestHost host, string id, string client, string query = "", string? subprotocol = TermProtocol.Term)
    {
        var made = new TermClient(client);
        if (subprotocol is not null)
            made._socket.Options.AddSubProtocol(subprotocol);
        await made._socket.ConnectAsync(host.WebSocketUrl(id, query), CancellationToken.None).Soon();
        return made;
    }

    /// <summary>Says hello, and waits for the answer.</summary>
    internal async Task<JsonNode> HelloAsync(long? from = null, string? incarnation = null, string role = "write", bool take = false, int columns = 80, int rows = 24)
    {
        Position = from ?? 0;
        await SendJsonAsync(TermChannel.Hello, new JsonObject
        {
            ["client"] = Client, ["from"] = from, ["incarnation"] = incarnation, ["columns"] = columns, ["rows"] = rows, ["role"] = role, ["take"] = take,
        });
        return (await NextAsync(TermChannel.Attached)).Json;
    }

    internal Task SendAsync(params ReadOnlySpan<byte> frame) =>
        _socket.SendAsync(frame.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None).Soon();

    internal Task SendJsonAsync(byte channel, JsonNode json) => SendAsync([channel, .. Encoding.UTF8.GetBytes(json.ToJsonString())]);

    internal Task TypeAsync(string text) => SendAsync([TermChannel.Input, .. Encoding.UTF8.GetBytes(text)]);

    internal Task AckAsync(long offset, byte channel = TermChannel.Output)
    {
        var frame = new byte[10];
        (frame[0], frame[1]) = (TermChannel.Ack, channel);
        BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(2), offset);
        return SendAsync(frame);
    }

    /// <summary>The next frame; null when the server has closed.</summary>
    internal async Task<ServerFrame?> ReceiveAsync()
    {
        var length = 0;
        while (true)
        {
            var part = await _socket.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None).Soon();
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            length += part.Count;
            if (part.EndOfMessage)
                break;
        }

        var (channel, header) = (_buffer[0], length >= 9 && _buffer[0] is (TermChannel.Output or TermChannel.Errors) ? 9 : 1);
        var offset = header == 9 ? BinaryPrimitives.ReadInt64BigEndian(_buffer.AsSpan(1)) : 0;
        var frame = new ServerFrame(channel, offset, _buffer[header..length]);
        if (channel == TermChannel.Notice)
            Notices.Add(frame.Json);
        if (channel == TermChannel.Output)
            Position = offset + frame.Bytes.Length;
        return frame;
    }

    /// <summary>The next frame of a channel; what comes before it is passed over.</summary>
    internal async Task<ServerFrame> NextAsync(byte channel)
    {
        while (true)
        {
            var frame = await ReceiveAsync();
            Assert.True(frame is not null, $"closed with {Close} while channel {channel} was awaited");
            if (frame.Channel == channel)
                return frame;
        }
    }

    /// <summary>The next notice of a kind.</summary>
    internal async Task<JsonNode> NoticeAsync(string kind)
    {
        while (true)
        {
            if (Notices.Find(n => (string)n["kind"]! == kind) is { } notice)
            {
                Notices.Remove(notice);
                return notice;
            }

            await NextAsync(TermChannel.Notice);
        }
    }

    /// <summary>Output, acknowledged as it comes, until it has a text in it.</summary>
    internal async Task<string> ReadUntilAsync(string end)
    {
        var text = new StringBuilder();
        while (!text.ToString().Contains(end, StringComparison.Ordinal))
        {
            text.Append((await NextAsync(TermChannel.Output)).Text);
            await AckAsync(Position);
        }

        return text.ToString();
    }

    /// <summary>Everything up to the close: output, acknowledged, and the exit frame.</summary>
    internal async Task<(string Output, JsonNode? Exit)> ReadToEndAsync()
    {
        var output = new MemoryStream();
        JsonNode? exit = null;
        while (await ReceiveAsync() is { } frame)
        {
            if (frame.Channel == TermChannel.Exit)
                exit = frame.Json;
            if (frame.Channel != TermChannel.Output)
                continue;
            output.Write(frame.Bytes);
            await AckAsync(Position);
        }

        return (Encoding.UTF8.GetString(output.ToArray()), exit);
    }

    /// <summary>Waits for the close frame of the server.</summary>
    internal async Task<(int Code, string Reason)> ClosedAsync()
    {
        while (await ReceiveAsync() is not null)
        {
            // Until the close frame.
        }

        return Close;
    }

    internal (int Code, string Reason) Close => ((int?)_socket.CloseStatus ?? 0, _socket.CloseStatusDescription ?? "");

    /// <summary>Cuts the connection, as a network does.</summary>
    internal void Cut() => _socket.Abort();

    public ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
