using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>The far end of a socket: speaks frames, or breaks every rule, as the test says. Checks all that it receives by RFC 6455.</summary>
internal sealed class WirePeer(Socket socket, bool isClient, byte reservedBits = FrameHeader.Reserved1) : IDisposable
{
    private readonly Random _keys = new(isClient ? 1 : 2);
    private FrameScanner _scanner = new(expectMasked: !isClient, reservedBits, wholeLimit: int.MaxValue);
    private byte[] _buffer = new byte[64 * 1024];
    private int _filled;

    internal Socket Socket => socket;

    /// <summary>Both ends of a TCP connection on loopback.</summary>
    internal static async Task<(Socket Near, Socket Far)> PairAsync(int? bufferBytes = null)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (bufferBytes is { } bytes)
            listener.ReceiveBufferSize = bytes;
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (bufferBytes is { } sendBytes)
            near.SendBufferSize = sendBytes;
        await near.ConnectAsync(listener.LocalEndPoint!).Soon();
        var far = await listener.AcceptAsync().Soon();
        far.NoDelay = true;
        return (near, far);
    }

    /// <summary>A frame from this end: a client masks.</summary>
    internal WireFrame Frame(Opcode opcode, ReadOnlySpan<byte> payload, bool final = true, byte reserved = 0) =>
        WireFrame.Of(opcode, payload, isClient ? (uint)_keys.NextInt64(1, uint.MaxValue) : null, final, reserved);

    internal WireFrame Frame(Opcode opcode, string text, bool final = true) => Frame(opcode, Encoding.UTF8.GetBytes(text), final);

    internal WireFrame CloseFrame(int code, string reason = "")
    {
        var payload = new byte[2 + Encoding.UTF8.GetByteCount(reason)];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        Encoding.UTF8.GetBytes(reason, payload.AsSpan(2));
        return Frame(Opcode.Close, payload);
    }

    internal async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes).Soon()..];
    }

    internal Task SendAsync(WireFrame frame) => SendAsync(frame.Bytes);

    internal Task SendTextAsync(string text) => SendAsync(Frame(Opcode.Text, text));

    internal Task SendCloseAsync(int code, string reason = "") => SendAsync(CloseFrame(code, reason));

    /// <summary>The next frame, or null when the other end has finished with FIN between two frames.</summary>
    internal async Task<WireFrame?> ReceiveOrEndAsync()
    {
        while (true)
        {
            if (TakeFrame() is { } frame)
                return frame;
            if (_filled == _buffer.Length)
                Array.Resize(ref _buffer, _buffer.Length * 2);
            var read = await socket.ReceiveAsync(_buffer.AsMemory(_filled)).Soon();
            _filled += read;
            if (read > 0)
                continue;
            Assert.Equal(0, _filled);
            return null;
        }
    }

    internal async Task<WireFrame> ReceiveAsync() => await ReceiveOrEndAsync() ?? throw new InvalidOperationException("The other end finished; a frame was expected.");

    internal async Task<string> ReceiveTextAsync()
    {
        var frame = await ReceiveAsync();
        Assert.Equal(Opcode.Text, frame.Opcode);
        return frame.Text;
    }

    /// <summary>Everything up to the close frame, that one included.</summary>
    internal async Task<List<WireFrame>> ReceiveToCloseAsync()
    {
        var frames = new List<WireFrame>();
        do
            frames.Add(await ReceiveAsync());
        while (frames[^1].Opcode != Opcode.Close);
        return frames;
    }

    internal async Task<(int Code, string Reason)> ReceiveCloseAsync() => (await ReceiveCloseFrameAsync()).Close;

    /// <summary>After a close frame nothing may come but FIN.</summary>
    internal async Task ReceiveEndAsync() => Assert.Null(await ReceiveOrEndAsync());

    /// <summary>Answers the close frame that comes with the same words, waits for FIN and finishes too.</summary>
    internal async Task<(int Code, string Reason)> AnswerCloseAsync()
    {
        var frame = await ReceiveCloseFrameAsync();
        await SendAsync(Frame(Opcode.Close, frame.Payload));
        await LeaveAsync();
        return frame.Close;
    }

    /// <summary>Waits for FIN, then finishes too.</summary>
    internal async Task LeaveAsync()
    {
        await ReceiveEndAsync();
        Finish();
    }

    /// <summary>Reads until the connection ends in whatever way, frames or not; returns how many bytes came.</summary>
    internal async Task<long> DrainAsync()
    {
        long total = _filled;
        try
        {
            while (await socket.ReceiveAsync(_buffer).Soon() is > 0 and var read)
                total += read;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return total;
        }

        return total;
    }

    /// <summary>FIN.</summary>
    internal void Finish() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>RST.</summary>
    internal void Cut()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public void Dispose() => socket.Dispose();

    /// <summary>The next frame, or the one after a goodbye of the gateway.</summary>
    private async Task<WireFrame> ReceiveCloseFrameAsync()
    {
        var frame = await ReceiveAsync();
        return frame.Opcode == Opcode.Text && frame.Text.StartsWith("{\"type\":\"goodbye\"", StringComparison.Ordinal) ? await ReceiveAsync() : frame;
    }

    private WireFrame? TakeFrame()
    {
        var step = _scanner.Next(_buffer.AsSpan(0, _filled), out var part);
        Assert.True(step != FrameStep.Fault, FrameFaults.Text(_scanner.Fault));
        if (step == FrameStep.NeedMore)
            return null;
        var bytes = _buffer[..part.Length];
        _buffer.AsSpan(part.Length, _filled - part.Length).CopyTo(_buffer);
        _filled -= part.Length;
        var payload = bytes[part.Header.HeaderLength..];
        if (part.Header.Masked)
            Masking.Apply(payload, part.Header.MaskKey);
        return new WireFrame(part.Header, payload, bytes);
    }
}
