using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>One frame that a guest got, decompressed.</summary>
internal sealed record GotFrame(Opcode Opcode, byte[] Payload, bool IsCompressed)
{
    internal string Text => Encoding.UTF8.GetString(Payload);

    internal (int Code, string Reason) Close => Payload.Length == 0 ? (0, "") : (BinaryPrimitives.ReadUInt16BigEndian(Payload), Encoding.UTF8.GetString(Payload, 2, Payload.Length - 2));
}

/// <summary>The client's side of a connection, frame by frame. It answers nothing by itself.</summary>
internal sealed class HubGuest(Socket socket, bool deflate, HubConnection connection, Task<HubEnd> end) : IAsyncDisposable
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly byte[] _buffer = new byte[1 << 20];
    private FrameScanner _scanner = new(expectMasked: false, deflate ? FrameHeader.Reserved1 : (byte)0, int.MaxValue);
    private int _start;
    private int _end;

    internal HubConnection Connection => connection;

    internal Task<HubEnd> End => end.Soon();

    internal Socket Socket => socket;

    internal Task SendAsync(string json) => SendAsync(Opcode.Text, Encoding.UTF8.GetBytes(json));

    internal Task SendAsync(Opcode opcode, byte[] payload, bool final = true, byte reserved = 0, uint? mask = 0x01020304) =>
        SendRawAsync(Frame(opcode, payload, final, reserved, mask));

    internal Task SendRawAsync(byte[] bytes) => _stream.WriteAsync(bytes).AsTask().Soon();

    internal Task SendCloseAsync(int code, string reason = "")
    {
        var payload = new byte[2 + Encoding.UTF8.GetByteCount(reason)];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        Encoding.UTF8.GetBytes(reason, payload.AsSpan(2));
        return SendAsync(Opcode.Close, payload);
    }

    internal static byte[] Frame(Opcode opcode, byte[] payload, bool final = true, byte reserved = 0, uint? mask = 0x01020304)
    {
        var header = FrameHeader.For(opcode, payload.Length, mask, final, reserved);
        var frame = new byte[header.FrameLength];
        header.Write(frame);
        payload.CopyTo(frame, header.HeaderLength);
        Masking.Apply(frame.AsSpan(header.HeaderLength), header.MaskKey);
        return frame;
    }

    /// <summary>The next message, which must be of this type; its fields.</summary>
    internal async Task<JsonElement> ReadAsync(string type)
    {
        var frame = await ReadFrameAsync() ?? throw new EndOfStreamException($"the connection ended before \"{type}\"");
        if (frame.Opcode == Opcode.Close)
            Assert.Fail($"A close frame came before \"{type}\": {frame.Close}");
        Assert.Equal(Opcode.Text, frame.Opcode);
        var message = JsonDocument.Parse(frame.Payload).RootElement;
        Assert.True(message.GetProperty("type").GetString() == type, $"Expected {type}, got {frame.Text}");
        return message;
    }

    /// <summary>The text of the next message.</summary>
    internal async Task<string> ReadTextAsync()
    {
        var frame = await ReadFrameAsync();
        Assert.Equal(Opcode.Text, frame!.Opcode);
        return frame.Text;
    }

    /// <summary>What the close frame says, which must come next; a goodbye before it is skipped.</summary>
    internal async Task<(int Code, string Reason)> ReadCloseAsync()
    {
        var frame = await ReadFrameAsync();
        if (frame is { Opcode: Opcode.Text } && frame.Text.StartsWith("""{"type":"goodbye""", StringComparison.Ordinal))
            frame = await ReadFrameAsync();
        Assert.NotNull(frame);
        Assert.True(frame.Opcode == Opcode.Close, $"Expected a close frame, got {frame.Opcode} {frame.Text}");
        return frame.Close;
    }

    /// <summary>Reads the close frame, answers it, and sees FIN.</summary>
    internal async Task<(int Code, string Reason)> LeaveAsync()
    {
        var close = await ReadCloseAsync();
        await SendCloseAsync(close.Code);
        Assert.Null(await ReadFrameAsync());
        socket.Shutdown(SocketShutdown.Send);
        return close;
    }

    /// <summary>Null at the end of the stream.</summary>
    internal async Task<GotFrame?> ReadFrameAsync()
    {
        while (true)
        {
            var step = _scanner.Next(_buffer.AsSpan(_start, _end - _start), out var part);
            Assert.NotEqual(FrameStep.Fault, step);
            if (step == FrameStep.Part && part.Ends)
            {
                Assert.True(part.Starts && part.Header.Final);
                var payload = _buffer.AsSpan(_start + part.Header.HeaderLength, part.Length - part.Header.HeaderLength).ToArray();
                _start += part.Length;
                var isCompressed = part.Header.Reserved != 0;
                return new GotFrame(part.Header.Opcode, isCompressed ? WrittenFrames.Inflate(payload) : payload, isCompressed);
            }

            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }

            var read = await _stream.ReadAsync(_buffer.AsMemory(_end)).Soon();
            if (read == 0)
                return null;
            _end += read;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        await end.Soon();
    }
}
