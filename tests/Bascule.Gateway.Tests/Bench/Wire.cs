using System.Net;
using System.Net.Sockets;
using System.Text;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>One end of a TCP connection, driven byte by byte: a client that may misbehave, or a back end that does.</summary>
internal sealed class Wire(Socket socket) : IDisposable
{
    private readonly List<byte> _unread = [];

    internal static async Task<Wire> ConnectAsync(Uri url)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, url.Port).Soon();
        return new Wire(socket);
    }

    internal Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    internal Task SendAsync(byte[] bytes) => socket.SendAsync(bytes).Soon();

    /// <summary>Sends one frame; with a mask, as a client must.</summary>
    internal Task SendFrameAsync(Opcode opcode, byte[] payload, bool masked, bool final = true)
    {
        var header = FrameHeader.For(opcode, payload.Length, masked ? 0x01020304u : null, final);
        var frame = new byte[header.HeaderLength + payload.Length];
        header.Write(frame);
        payload.CopyTo(frame, header.HeaderLength);
        Masking.Apply(frame.AsSpan(header.HeaderLength), header.MaskKey);
        return SendAsync(frame);
    }

    internal Task SendTextAsync(string text, bool masked) => SendFrameAsync(Opcode.Text, Encoding.UTF8.GetBytes(text), masked);

    internal Task SendCloseAsync(int code, string reason, bool masked)
    {
        var frame = new byte[ControlFrame.MaxLength];
        return SendAsync(frame[..ControlFrame.WriteClose(frame, code, reason, masked ? 0x01020304u : null)]);
    }

    /// <summary>A start line and its header fields.</summary>
    internal async Task<MessageHead> ReadHeadAsync() => MessageHead.Parse(Encoding.Latin1.GetString(await TakeUntilAsync("\r\n\r\n"u8.ToArray())));

    /// <summary>An answer and, unless it is a 101, its body.</summary>
    internal async Task<WireAnswer> ReadAnswerAsync()
    {
        var head = await ReadHeadAsync();
        if (head.Status == 101)
            return new WireAnswer(head, "");
        if (head.Field("Content-Length") is { } length)
            return new WireAnswer(head, Encoding.UTF8.GetString(await TakeAsync(int.Parse(length))));
        return new WireAnswer(head, head.Field("Transfer-Encoding") is null ? "" : await ReadChunksAsync());
    }

    internal async Task<WireFrame> ReadFrameAsync()
    {
        FrameHeader header;
        while (!FrameHeader.TryRead(_unread.ToArray(), out header).IsComplete)
            await FillAsync();
        await TakeAsync(header.HeaderLength);
        var payload = await TakeAsync((int)header.PayloadLength);
        Masking.Apply(payload, header.MaskKey);
        return new WireFrame(header.Opcode, payload, header.Final, header.Masked);
    }

    /// <summary>The close frame, past whatever comes before it.</summary>
    internal async Task<WireFrame> ReadCloseAsync()
    {
        var frame = await ReadFrameAsync();
        while (frame.Opcode != Opcode.Close)
            frame = await ReadFrameAsync();
        return frame;
    }

    /// <summary>Waits until anything more comes, or the end.</summary>
    internal async Task ReadSomeAsync()
    {
        try
        {
            await FillAsync();
        }
        catch (Exception e) when (e is EndOfStreamException or SocketException)
        {
            return;
        }
    }

    /// <summary>Waits until this text is there, and leaves it unread.</summary>
    internal async Task<string> PeekAsync(string text)
    {
        while (!Encoding.Latin1.GetString([.. _unread]).Contains(text, StringComparison.Ordinal))
            await FillAsync();
        return Encoding.Latin1.GetString([.. _unread]);
    }

    /// <summary>Reads on until the other side has ended the connection. True: with a FIN; false: with a reset.</summary>
    internal async Task<bool> ReadToEndAsync()
    {
        try
        {
            while (true)
                await FillAsync();
        }
        catch (EndOfStreamException)
        {
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Nothing more is sent; the other direction stays open.</summary>
    internal void Finish() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Cuts the connection with a reset.</summary>
    internal void Reset()
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }

    public void Dispose() => socket.Dispose();

    private async Task<string> ReadChunksAsync()
    {
        var body = new StringBuilder();
        while (true)
        {
            var line = Encoding.Latin1.GetString(await TakeUntilAsync("\r\n"u8.ToArray())).Trim();
            var length = Convert.ToInt32(line, 16);
            var chunk = await TakeAsync(length);
            await TakeAsync(2);
            if (length == 0)
                return body.ToString();
            body.Append(Encoding.UTF8.GetString(chunk));
        }
    }

    private async Task<byte[]> TakeUntilAsync(byte[] end)
    {
        int at;
        while ((at = _unread.ToArray().AsSpan().IndexOf(end)) < 0)
            await FillAsync();
        return await TakeAsync(at + end.Length);
    }

    internal async Task<byte[]> TakeAsync(int count)
    {
        while (_unread.Count < count)
            await FillAsync();
        var taken = _unread[..count].ToArray();
        _unread.RemoveRange(0, count);
        return taken;
    }

    private async Task FillAsync()
    {
        var buffer = new byte[64 * 1024];
        var read = await socket.ReceiveAsync(buffer).Soon();
        if (read == 0)
            throw new EndOfStreamException($"The other side ended the connection; unread: {Encoding.Latin1.GetString([.. _unread])}");
        _unread.AddRange(buffer.AsSpan(0, read));
    }
}
