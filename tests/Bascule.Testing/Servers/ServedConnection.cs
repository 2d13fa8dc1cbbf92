using System.Net.Sockets;
using System.Text;
using Bascule.Protocol;

namespace Bascule.Testing;

/// <summary>One connection of a <see cref="BrokenServer"/>.</summary>
internal sealed class ServedConnection(Socket socket, Stream stream, ServerScript script, BrokenServer server)
{
    private const string Busy = "queue_full; retry=after 5; attempt=fedcba9876543210fedcba9876543210";

    private readonly FrameStream _frames = new(stream, byteByByte: script.Behaviour == Behaviour.ByteByByte);
    private ServedFrame? _heldBack;
    private int _messages;

    internal async Task RunAsync(CancellationToken cancellation)
    {
        if (script.Behaviour == Behaviour.Silent)
        {
            // The first bytes show a test that the client is connected and waits.
            server.Requested(await _frames.FirstBytesAsync(cancellation));
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        }

        var head = await _frames.ReadHeadAsync(cancellation);
        server.Requested(head);
        if (script.Behaviour == Behaviour.ResetUnanswered)
            socket.Close(timeout: 0);
        if (Answers.To(KeyOf(head), script.Behaviour) is not { } answer)
            return;
        await _frames.SendRawAsync([.. Encoding.Latin1.GetBytes(script.Answer ?? answer), .. script.Opening ?? []], cancellation);
        if (await OpenAsync(cancellation))
            await EchoAsync(cancellation);
    }

    private static string KeyOf(string head)
    {
        const string field = "Sec-WebSocket-Key: ";
        var start = head.IndexOf(field, StringComparison.Ordinal) + field.Length;
        return head[start..head.IndexOf('\r', start)];
    }

    /// <summary>What is done at once on an open connection; false when that is its end.</summary>
    private async Task<bool> OpenAsync(CancellationToken cancellation)
    {
        switch (script.Behaviour)
        {
            case Behaviour.ResetWhenOpen:
                socket.Close(timeout: 0);
                return false;
            case Behaviour.EndWhenOpen:
                return false;
            case Behaviour.EndInsideFrame:
                await _frames.SendRawAsync([0x81, 10, (byte)'h', (byte)'a'], cancellation);
                return false;
            case Behaviour.MaskedFrame:
                await _frames.SendAsync(Opcode.Text, "masked"u8.ToArray(), cancellation, maskKey: 0x01020304);
                break;
            case Behaviour.ReservedBits:
                await _frames.SendAsync(Opcode.Text, "reserved"u8.ToArray(), cancellation, reserved: 0x20);
                break;
            case Behaviour.TooLargeMessage:
                await _frames.SendRawAsync([0x82, 127, 0, 0, 0, 0, 0x01, 0, 0, 1, 0xAA], cancellation);
                break;
            case Behaviour.BadCloseCode:
                await _frames.SendAsync(Opcode.Close, [0x03, 0xED], cancellation);
                break;
            case Behaviour.CloseInternalError:
                await _frames.SendAsync(Opcode.Close, [0x03, 0xF3, .. "out of memory"u8], cancellation);
                break;
            case Behaviour.CloseBusy:
                await _frames.SendAsync(Opcode.Close, [0x11, 0x97, .. Encoding.UTF8.GetBytes(Busy)], cancellation);
                break;
            case Behaviour.CloseWithoutCode:
                await _frames.SendAsync(Opcode.Close, [], cancellation);
                break;
            case Behaviour.Deaf:
                await _frames.SendAsync(Opcode.Ping, "deaf"u8.ToArray(), cancellation);
                await _frames.SendAsync(Opcode.Text, "said"u8.ToArray(), cancellation);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
                break;
            case Behaviour.Flood:
                var message = new byte[1000];
                while (true)
                    await _frames.SendAsync(Opcode.Binary, message, cancellation);
        }

        return true;
    }

    private async Task EchoAsync(CancellationToken cancellation)
    {
        while (await _frames.ReadAsync(cancellation) is { } frame)
        {
            switch (frame.Opcode)
            {
                case Opcode.Ping:
                    await _frames.SendAsync(Opcode.Pong, frame.Payload, cancellation);
                    break;
                case Opcode.Pong:
                    server.Ponged(Encoding.UTF8.GetString(frame.Payload));
                    break;
                case Opcode.Close when script.Behaviour == Behaviour.IgnoredClose:
                    break;
                case Opcode.Close:
                    server.Ended(frame.Payload.Length < 2 ? "close" : $"close {(frame.Payload[0] << 8) | frame.Payload[1]}");
                    if (script.Behaviour != Behaviour.EndForClose)
                        await _frames.SendAsync(Opcode.Close, frame.Payload, cancellation);
                    return;
                default:
                    if (script.Pause > TimeSpan.Zero)
                        await Task.Delay(script.Pause, TimeProvider.System, cancellation);
                    await ReturnAsync(frame, cancellation);
                    break;
            }
        }

        server.Ended("end of stream");
    }

    private async Task ReturnAsync(ServedFrame frame, CancellationToken cancellation)
    {
        _messages++;
        server.MessageCame();
        switch (script.Behaviour)
        {
            case Behaviour.Mute:
                return;
            case Behaviour.FragmentedEcho:
                var half = frame.Payload.Length / 2;
                await _frames.SendAsync(frame.Opcode, frame.Payload[..half], cancellation, final: false);
                await _frames.SendAsync(Opcode.Ping, "between"u8.ToArray(), cancellation);
                await _frames.SendAsync(Opcode.Continuation, frame.Payload[half..], cancellation);
                return;
            case Behaviour.CorruptedEcho:
                frame.Payload[frame.Payload.Length / 2] ^= 1;
                break;
            case Behaviour.DoubledEcho:
                await _frames.SendAsync(frame.Opcode, frame.Payload, cancellation);
                break;
            case Behaviour.DroppedEcho when _messages % 3 == 0:
                return;
            case Behaviour.ReorderedEcho when _heldBack is null:
                _heldBack = frame;
                return;
        }

        await _frames.SendAsync(frame.Opcode, frame.Payload, cancellation);
        if (_heldBack is { } first)
            await _frames.SendAsync(first.Opcode, first.Payload, cancellation);
        _heldBack = null;
    }
}
