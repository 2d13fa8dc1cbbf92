using System.Buffers;
using System.IO.Compression;
using System.Text;
using Bascule.Protocol;

namespace Bascule.Diagnostics.Tests;

/// <summary>One connection of a <see cref="RawServer"/>: strict but for its fault.</summary>
internal sealed class RawEcho(RawPeer peer, Fault fault, bool isCompressing, CancellationToken stop) : IDisposable
{
    private const int Limit = 8 * 1024;
    private static readonly byte[] Tail = [0x00, 0x00, 0xFF, 0xFF];

    // It keeps its context and its largest window, whatever was agreed on.
    private readonly MemoryStream _deflated = new();
    private readonly ArrayBufferWriter<byte> _message = new();
    private DeflateStream? _deflate;
    private FrameSeen? _first;

    /// <summary>The frame that kills the server has come.</summary>
    internal bool IsFatal { get; private set; }

    internal async Task RunAsync()
    {
        while (!IsFatal)
        {
            var read = await peer.ReadAsync(stop);
            if (read.End == PeerEnd.Unreadable)
                await FailAsync(1009);
            if (read.Frame is not { } frame || !await TakeAsync(frame))
                break;
        }
    }

    public void Dispose()
    {
        _deflate?.Dispose();
        _deflated.Dispose();
    }

    /// <summary>False when the connection is over.</summary>
    private async Task<bool> TakeAsync(FrameSeen frame)
    {
        IsFatal = fault == Fault.DiesOfOpcode3 && frame.Opcode == 3;
        if (IsFatal)
            return false;
        if (frame.Opcode is (> 2 and < 8) or > 10 && fault == Fault.IgnoresReservedOpcodes)
            return true;
        if (CodeFor(frame) is { } code)
            return await FailAsync(code);
        return frame.Opcode switch
        {
            8 => await CloseAsync(frame),
            9 => await PongAsync(frame),
            10 => true,
            _ => await EchoAsync(frame),
        };
    }

    private int? CodeFor(FrameSeen frame)
    {
        var isStray = !frame.IsControl && frame.Opcode == 0 != (_first is not null);
        var isBad = (!frame.Masked && fault != Fault.TakesUnmasked)
            || ((frame.Reserved & (isCompressing && frame.Opcode is 1 or 2 ? 0x30 : 0x70)) != 0 && fault != Fault.TakesReservedBits)
            || (!frame.IsShortest && fault != Fault.TakesLongForms)
            || frame.Opcode is (> 2 and < 8) or > 10
            || (frame.IsControl && ((!frame.Final && fault != Fault.TakesFragmentedControl) || frame.Payload.Length > 125))
            || (isStray && fault != Fault.TakesStrayContinuation);
        return isBad ? CloseCodes.ProtocolError : null;
    }

    private async Task<bool> EchoAsync(FrameSeen frame)
    {
        _first ??= frame;
        _message.Write(frame.Payload);
        if (fault == Fault.LimitsMessages && _message.WrittenCount > Limit)
            return await FailAsync(CloseCodes.MessageTooBig);
        var isChecked = _first.Opcode == 1 && _first.Reserved == 0 && fault != Fault.TakesAnyText && (frame.Final || fault != Fault.ChecksTextLate);
        // A copy for each frame of 16 MiB in a thousand of them would be 8 GiB, and half a minute of a busy machine.
        var text = isChecked || frame.Final ? _message.WrittenSpan.ToArray() : [];
        if (isChecked && !IsText(text, frame.Final))
            return await FailAsync(CloseCodes.InvalidPayload);
        if (!frame.Final)
            return true;

        var opcode = _first.Opcode;
        if (_first.Reserved == 0x40 && isCompressing)
            text = Inflate(text);
        _first = null;
        _message.ResetWrittenCount();
        return fault == Fault.NeverEchoes || await SendAsync(Changed(opcode == 0 ? 1 : opcode, text));
    }

    private RawFrame Changed(int opcode, byte[] message)
    {
        if (fault == Fault.ChangesEcho && message.Length > 100)
            message[100] ^= 1;
        if (fault == Fault.SwapsText)
            opcode = 3 - opcode;
        return isCompressing ? new RawFrame(opcode, fault == Fault.InflatesNothing ? [0xFF, 0xFF] : Deflate(message)) { Reserved = 0x40 } : new RawFrame(opcode, message);
    }

    private async Task<bool> PongAsync(FrameSeen ping) => fault switch
    {
        Fault.NeverPongs => true,
        Fault.AnswersLatestPing => !ping.Payload.AsSpan().EndsWith("9"u8) || await SendAsync(RawFrame.Pong(ping.Payload)),
        Fault.ChangesPongs => await SendAsync(RawFrame.Pong([.. ping.Payload.Reverse()])),
        Fault.FragmentsPongs => await SendAsync(RawFrame.Pong(ping.Payload) with { Final = false }),
        _ => await SendAsync(RawFrame.Pong(ping.Payload)),
    };

    private async Task<bool> CloseAsync(FrameSeen close)
    {
        if (fault == Fault.NeverAnswersClose)
            return true;
        var broken = ClosePayload.TryRead(close.Payload, out ClosePayload said);
        if (broken != FrameFault.None && fault != Fault.EchoesAnyCloseCode)
            return await FailAsync(broken == FrameFault.CloseReasonNotUtf8 ? CloseCodes.InvalidPayload : CloseCodes.ProtocolError);
        await SendAsync(fault == Fault.ClosesWithAnotherCode ? RawFrame.Close(4000) : RawFrame.Close(said.Code == 0 && close.Payload.Length == 0 ? [] : close.Payload[..2]));
        if (fault == Fault.SpeaksAfterClose)
            await SendAsync(RawFrame.Text("one more thing"));
        return await EndAsync();
    }

    private async Task<bool> FailAsync(int code)
    {
        if (fault != Fault.FailsWithoutClose)
            await SendAsync(RawFrame.Close(fault == Fault.FailsWithAnotherCode ? CloseCodes.InternalError : code));
        return await EndAsync();
    }

    // What is still on its way is read to its end: a socket closed over unread bytes sends a reset.
    private async Task<bool> EndAsync()
    {
        if (fault == Fault.ResetsAfterClose)
            peer.Reset();
        else if (fault != Fault.KeepsConnectionOpen)
            peer.HalfClose();
        await peer.ReadToEndAsync(answerClose: false, stop);
        return false;
    }

    private async Task<bool> SendAsync(RawFrame frame)
    {
        if (fault == Fault.MasksItsFrames)
            frame = frame with { Masked = true };
        if (fault == Fault.WritesLongLengths && frame.Opcode < 8)
            frame = frame with { Form = LengthForm.Bits64 };
        return await peer.SendAsync(frame, stop) == PeerSend.Sent;
    }

    /// <summary>A character may still be open at the end of what is not final.</summary>
    private static bool IsText(byte[] bytes, bool isFinal)
    {
        var rest = bytes.AsSpan();
        while (!rest.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(rest, out _, out var taken);
            if (status == OperationStatus.InvalidData || (status == OperationStatus.NeedMoreData && isFinal))
                return false;
            if (status == OperationStatus.NeedMoreData)
                return true;
            rest = rest[taken..];
        }

        return true;
    }

    private byte[] Deflate(byte[] message)
    {
        _deflate ??= new DeflateStream(_deflated, CompressionLevel.Optimal, leaveOpen: true);
        _deflated.SetLength(0);
        _deflate.Write(message);
        _deflate.Flush();
        return _deflated.ToArray()[..^Tail.Length];
    }

    /// <summary>One message by itself; the block with BFINAL at the end lets the stream finish.</summary>
    private static byte[] Inflate(byte[] payload)
    {
        using var inflate = new DeflateStream(new MemoryStream([.. payload, .. Tail, 0x01, .. Tail]), CompressionMode.Decompress);
        using var message = new MemoryStream();
        inflate.CopyTo(message);
        return message.ToArray();
    }
}
