namespace Bascule.Protocol;

/// <summary>What <see cref="FrameScanner.Next"/> found at the start of its input.</summary>
public enum FrameStep
{
    NeedMore,
    Part,
    Fault,
}

/// <summary>A frame, or the part of a large one that is there.</summary>
/// <param name="Length">Bytes of input that belong to this part. The header is among them when it <paramref name="Starts"/>.</param>
/// <param name="Starts">The part begins with the header.</param>
/// <param name="Ends">The part ends with the last byte of the frame.</param>
public readonly record struct FramePart(FrameHeader Header, int Length, bool Starts, bool Ends);

/// <summary>Finds the frames in the bytes of one direction and checks them by RFC 6455 §5. No split of the bytes changes what is found.</summary>
/// <remarks>Never allocates. A mutable struct: keep it in a field or a local, never copy it.</remarks>
public struct FrameScanner
{
    private readonly bool _expectMasked;
    private readonly byte _allowedReserved;
    private readonly int _wholeLimit;
    private FrameHeader _header;
    private long _payloadLeft;

    /// <summary>A scanner at the start of a connection.</summary>
    /// <param name="expectMasked">True for the bytes of a client (RFC 6455 §5.1).</param>
    /// <param name="allowedReserved">Bits that agreed extensions use: 0x40 for permessage-deflate.</param>
    /// <param name="wholeLimit">Bytes, header included: a data frame up to this length is reported only whole.</param>
    public FrameScanner(bool expectMasked, byte allowedReserved, int wholeLimit)
    {
        _expectMasked = expectMasked;
        _allowedReserved = allowedReserved;
        _wholeLimit = wholeLimit;
    }

    /// <summary>No frame is half reported: here a frame of ours may be put in between.</summary>
    public readonly bool AtBoundary => _payloadLeft == 0;

    /// <summary>A fragmented message has begun and not ended; control frames may come between its frames.</summary>
    public bool InMessage { get; private set; }

    /// <summary>The fault that was found; it stays, and nothing is read after it.</summary>
    public FrameFault Fault { get; private set; }

    /// <summary>
    /// Looks at the frame, or part of one, at the start of <paramref name="input"/>. Control frames and small data frames are reported only whole,
    /// larger data frames in parts, as their bytes come. The caller drops <see cref="FramePart.Length"/> bytes after a part, none otherwise.
    /// </summary>
    public FrameStep Next(ReadOnlySpan<byte> input, out FramePart part)
    {
        part = default;
        if (_payloadLeft > 0)
            return Continue(input, ref part);
        if (Fault == FrameFault.None)
            Fault = FaultOfStart(input);
        if (Fault != FrameFault.None)
            return FrameStep.Fault;

        var read = FrameHeader.TryRead(input, out var header);
        if (!read.IsComplete)
        {
            Fault = read.Fault;
            return read.Fault == FrameFault.None ? FrameStep.NeedMore : FrameStep.Fault;
        }

        // Not FrameLength: header and payload together may not fit into 63 bits.
        var here = Math.Min(input.Length - header.HeaderLength, header.PayloadLength);
        var onlyWhole = header.IsControl || header.PayloadLength <= _wholeLimit - header.HeaderLength;
        if (onlyWhole && here < header.PayloadLength)
            return FrameStep.NeedMore;

        _header = header;
        _payloadLeft = header.PayloadLength - here;
        part = new FramePart(header, header.HeaderLength + (int)here, Starts: true, Ends: _payloadLeft == 0);
        Follow(header);
        return FrameStep.Part;
    }

    private FrameStep Continue(ReadOnlySpan<byte> input, ref FramePart part)
    {
        if (input.IsEmpty)
            return FrameStep.NeedMore;
        var here = (int)Math.Min(input.Length, _payloadLeft);
        _payloadLeft -= here;
        part = new FramePart(_header, here, Starts: false, Ends: _payloadLeft == 0);
        Follow(_header);
        return FrameStep.Part;
    }

    private void Follow(in FrameHeader header)
    {
        if (header.IsControl)
            return;
        if (!header.Final)
            InMessage = true;
        else if (_payloadLeft == 0)
            InMessage = false;
    }

    // Everything that the first byte can show comes before anything that the second shows: else the fault would depend on the split.
    private readonly FrameFault FaultOfStart(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
            return FrameFault.None;
        var fault = FrameHeader.FaultOfFirstByte(input[0]);
        if (fault == FrameFault.None)
            fault = FaultOfPlace(input[0]);
        if (fault != FrameFault.None || input.Length < 2)
            return fault;

        var masked = (input[1] & 0x80) != 0;
        if (masked == _expectMasked)
            return FrameFault.None;
        return masked ? FrameFault.MaskUnexpected : FrameFault.MaskMissing;
    }

    private readonly FrameFault FaultOfPlace(byte first)
    {
        var opcode = FrameHeader.OpcodeOf(first);
        var startsMessage = opcode is Opcode.Text or Opcode.Binary;
        var allowed = startsMessage ? _allowedReserved : _allowedReserved & ~FrameHeader.Reserved1;
        if ((first & 0x70 & ~allowed) != 0)
            return FrameFault.ReservedBits;
        if (opcode == Opcode.Continuation && !InMessage)
            return FrameFault.ContinuationWithoutStart;
        return startsMessage && InMessage ? FrameFault.MessageInsideMessage : FrameFault.None;
    }
}
