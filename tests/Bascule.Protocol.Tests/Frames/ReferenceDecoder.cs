namespace Bascule.Protocol.Tests;

/// <summary>One whole frame as a reader sees it.</summary>
internal sealed record SeenFrame(bool Final, byte Reserved, Opcode Opcode, bool Masked, string PayloadHex);

/// <summary>RFC 6455 §5.2 to §5.5 written down as plainly as possible: all bytes at hand, one field after the other, no state between calls.</summary>
internal static class ReferenceDecoder
{
    internal static (List<SeenFrame> Frames, FrameFault Fault) Decode(byte[] all, bool expectMasked, byte allowedReserved)
    {
        var frames = new List<SeenFrame>();
        var inMessage = false;
        var at = 0;
        while (at < all.Length)
        {
            var first = all[at];
            var (final, reserved, opcode) = (first >= 128, (byte)(first & 0x70), first & 15);
            if (opcode is (> 2 and < 8) or > 10)
                return (frames, FrameFault.UnknownOpcode);
            if (opcode >= 8 && !final)
                return (frames, FrameFault.ControlFragmented);
            var mayBeCompressed = opcode is 1 or 2;
            foreach (var bit in new byte[] { 0x40, 0x20, 0x10 })
            {
                if ((reserved & bit) != 0 && ((allowedReserved & bit) == 0 || (bit == 0x40 && !mayBeCompressed)))
                    return (frames, FrameFault.ReservedBits);
            }

            if (opcode == 0 && !inMessage)
                return (frames, FrameFault.ContinuationWithoutStart);
            if (opcode is 1 or 2 && inMessage)
                return (frames, FrameFault.MessageInsideMessage);
            if (at + 1 >= all.Length)
                break;

            var masked = all[at + 1] >= 128;
            if (masked != expectMasked)
                return (frames, masked ? FrameFault.MaskUnexpected : FrameFault.MaskMissing);
            var (fault, length, next) = Length(all, at + 1, opcode >= 8);
            if (fault != FrameFault.None)
                return (frames, fault);
            if (next < 0)
                break;
            if (masked)
                next += 4;
            if (next > all.Length || (ulong)(all.Length - next) < length)
                break;
            var payload = all.AsSpan(next, (int)length).ToArray();
            for (var i = 0; masked && i < payload.Length; i++)
                payload[i] ^= all[next - 4 + (i % 4)];

            frames.Add(new SeenFrame(final, reserved, (Opcode)opcode, masked, Convert.ToHexString(payload)));
            if (opcode < 8)
                inMessage = !final;
            at = next + (int)length;
        }

        return (frames, FrameFault.None);
    }

    private static (FrameFault Fault, ulong Length, int Next) Length(byte[] all, int at, bool control)
    {
        var code = all[at] & 127;
        if (control && code > 125)
            return (FrameFault.ControlTooLong, 0, 0);
        if (code < 126)
            return (FrameFault.None, (ulong)code, at + 1);
        var size = code == 126 ? 2 : 8;
        var there = all.Skip(at + 1).Take(size).ToArray();
        if (size == 8 && there.Length >= 1 && there[0] >= 128)
            return (FrameFault.LengthTooLarge, 0, 0);
        if (size == 8 && there.Length >= 6 && there.Take(6).All(b => b == 0))
            return (FrameFault.LengthNotShortest, 0, 0);
        if (there.Length < size)
            return (FrameFault.None, 0, -1);
        var length = there.Aggregate(0UL, (sum, b) => (sum << 8) | b);
        return size == 2 && length < 126 ? (FrameFault.LengthNotShortest, 0, 0) : (FrameFault.None, length, at + 1 + size);
    }
}
