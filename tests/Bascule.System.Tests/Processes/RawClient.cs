using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>A WebSocket client on a bare socket: small enough to be held by the thousand, and it can end as no library lets it.</summary>
internal sealed class RawClient : IDisposable
{
    /// <summary>Any key will do: one connection tells nothing about another here.</summary>
    private const uint MaskKey = 0x5EADBEEF;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _buffer = new byte[512];
    private int _filled;
    private bool _closeSent;

    private RawClient()
    {
    }

    /// <summary>The id that the gateway gave, from its answer.</summary>
    internal AttemptId Attempt { get; private set; }

    /// <exception cref="InvalidOperationException">The answer was not 101; the message has it.</exception>
    internal static async Task<RawClient> ConnectAsync(string webSocketUrl, string? token = null)
    {
        var (client, refusal) = await TryConnectAsync(webSocketUrl, token);
        return client ?? throw new InvalidOperationException($"The answer was no 101: {refusal}");
    }

    /// <summary>The client, or the answer that refused it.</summary>
    internal static async Task<(RawClient? Client, string Refusal)> TryConnectAsync(string webSocketUrl, string? token = null)
    {
        var url = new Uri(webSocketUrl);
        var client = new RawClient();
        try
        {
            await client._socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(url.Host), url.Port)).Soon();
            if (await client.UpgradeAsync(url, token) is not { } refusal)
                return (client, "");
            client.Dispose();
            return (null, refusal);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    internal Task SendTextAsync(string text) => SendAsync(Opcode.Text, Encoding.UTF8.GetBytes(text));

    /// <summary>The next frame that is not a ping: those are answered. Null when the connection has ended.</summary>
    internal async Task<(Opcode Opcode, byte[] Payload)?> ReceiveAsync()
    {
        while (true)
        {
            if (FrameHeader.TryRead(_buffer.AsSpan(0, _filled), out var header).IsComplete && header.FrameLength <= _filled)
            {
                var payload = _buffer.AsSpan(header.HeaderLength, (int)header.PayloadLength).ToArray();
                Drop((int)header.FrameLength);
                if (header.Opcode != Opcode.Ping)
                    return (header.Opcode, payload);
                await SendAsync(Opcode.Pong, payload);
                continue;
            }

            if (!await FillAsync())
                return null;
        }
    }

    /// <summary>The text message that must come next.</summary>
    internal async Task<string> ReceiveTextAsync()
    {
        var frame = await ReceiveAsync() ?? throw new InvalidOperationException("The connection ended, and no message came.");
        Assert.Equal(Opcode.Text, frame.Opcode);
        return Encoding.UTF8.GetString(frame.Payload);
    }

    /// <summary>Says something and gets it back.</summary>
    internal async Task EchoAsync(string text)
    {
        await SendTextAsync(text);
        Assert.Equal(text, await ReceiveTextAsync());
    }

    /// <summary>Closes with 1000, gets the same back, and sees the connection end.</summary>
    internal async Task CloseAsync()
    {
        await SendCloseAsync(1000, "");
        Assert.Equal((1000, ""), await ReceiveCloseAsync());
        Assert.Null(await ReceiveAsync());
    }

    /// <summary>Code and reason of the close frame, whatever comes before it; it is answered, unless it is the answer to ours.</summary>
    /// <param name="answer">Sent after each message that comes before it, or nothing.</param>
    internal async Task<(int Code, string Reason)> ReceiveCloseAsync(string? answer = null)
    {
        while (await ReceiveAsync() is { } frame)
        {
            if (frame.Opcode == Opcode.Text && answer is not null)
                await SendTextAsync(answer);
            if (frame.Opcode != Opcode.Close)
                continue;
            Assert.Equal(FrameFault.None, ClosePayload.TryRead(frame.Payload, out ClosePayload close));
            if (!_closeSent)
                await SendCloseAsync(close.Code, close.Reason);
            // As libraries do; the gateway waits for it, so that nothing on its way is lost in a reset.
            _socket.Shutdown(SocketShutdown.Send);
            return (close.Code, close.Reason);
        }

        throw new InvalidOperationException("The connection ended without a close frame.");
    }

    /// <summary>Ends with a reset: no close frame, no FIN.</summary>
    internal void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();

    private async Task SendAsync(Opcode opcode, byte[] payload)
    {
        var frame = new byte[FrameHeader.MaxLength + payload.Length];
        var header = FrameHeader.For(opcode, payload.Length, MaskKey);
        var start = header.Write(frame);
        payload.CopyTo(frame, start);
        Masking.Apply(frame.AsSpan(start, payload.Length), MaskKey);
        await _socket.SendAsync(frame.AsMemory(0, start + payload.Length)).Soon();
    }

    private async Task SendCloseAsync(int code, string reason)
    {
        _closeSent = true;
        var frame = new byte[ControlFrame.MaxLength];
        var length = ControlFrame.WriteClose(frame, code, reason, MaskKey);
        await _socket.SendAsync(frame.AsMemory(0, length)).Soon();
    }

    /// <summary>Null when the answer was 101; else all of it.</summary>
    private async Task<string?> UpgradeAsync(Uri url, string? token)
    {
        await _socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + (token is null ? "\r\n" : $"Authorization: Bearer {token}\r\n\r\n"))).Soon();
        int end;
        while ((end = _buffer.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (!await FillAsync())
                throw new InvalidOperationException("The connection ended before an answer.");
        }

        var head = Encoding.ASCII.GetString(_buffer, 0, end);
        if (!head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
        {
            var length = int.Parse(Regex.Match(head, "Content-Length: (?<n>[0-9]+)", RegexOptions.IgnoreCase).Groups["n"].Value);
            while (_filled < end + 4 + length && await FillAsync())
            {
            }

            return Encoding.UTF8.GetString(_buffer, 0, _filled);
        }

        Assert.True(AttemptId.TryParse(Regex.Match(head, "X-Bascule-Attempt: (?<id>\\S+)", RegexOptions.IgnoreCase).Groups["id"].Value, out var attempt), head);
        Attempt = attempt;
        Drop(end + 4);
        return null;
    }

    private async Task<bool> FillAsync()
    {
        if (_filled == _buffer.Length)
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        var read = await _socket.ReceiveAsync(_buffer.AsMemory(_filled)).Soon();
        _filled += read;
        return read > 0;
    }

    private void Drop(int bytes)
    {
        _buffer.AsSpan(bytes, _filled - bytes).CopyTo(_buffer);
        _filled -= bytes;
    }
}
