namespace Bascule.Protocol.Tests;

/// <summary>Feeds a scanner as a socket would: pieces arrive, what is not consumed stays in front of the next piece.</summary>
internal static class ScannerDriver
{
    internal static (List<SeenFrame> Frames, FrameFault Fault) Run(byte[] all, IEnumerable<int> pieces, FrameScanner scanner)
    {
        var frames = new List<SeenFrame>();
        var payload = new List<byte>();
        var (start, arrived) = (0, 0);
        foreach (var piece in pieces.Append(int.MaxValue))
        {
            arrived = (int)Math.Min(all.Length, (long)arrived + piece);
            while (true)
            {
                var step = scanner.Next(all.AsSpan(start, arrived - start), out var part);
                if (step == FrameStep.Fault)
                    return (frames, scanner.Fault);
                if (step == FrameStep.NeedMore)
                    break;
                Take(part, all.AsSpan(start, part.Length), payload, frames);
                Assert.Equal(part.Ends, scanner.AtBoundary);
                start += part.Length;
            }
        }

        return (frames, FrameFault.None);
    }

    private static void Take(FramePart part, ReadOnlySpan<byte> bytes, List<byte> payload, List<SeenFrame> frames)
    {
        Assert.Equal(payload.Count == 0 && part.Starts, part.Starts);
        var body = (part.Starts ? bytes[part.Header.HeaderLength..] : bytes).ToArray();
        Masking.Apply(body, part.Header.MaskKey, payload.Count);
        payload.AddRange(body);
        if (!part.Ends)
            return;
        Assert.Equal(part.Header.PayloadLength, payload.Count);
        var header = part.Header;
        frames.Add(new SeenFrame(header.Final, header.Reserved, header.Opcode, header.Masked, Convert.ToHexString(payload.ToArray())));
        payload.Clear();
    }
}
