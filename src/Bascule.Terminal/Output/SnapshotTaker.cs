namespace Bascule.Terminal;

/// <summary>Makes snapshots of a ring that is being written meanwhile.</summary>
internal static class SnapshotTaker
{
    // A writer that outruns the copying so often writes more than anybody can read.
    private const int Tries = 5;

    /// <param name="modes">Null: the output is no terminal's, and is given as it is.</param>
    /// <param name="mostBytes">Of output; the modes come on top.</param>
    internal static Snapshot Take(OutputRing ring, TerminalModes? modes, int mostBytes)
    {
        for (var left = Tries; left > 0; left--)
        {
            var end = ring.End;
            var from = Math.Max(ring.Start, end - Math.Max(mostBytes, 0));
            var (first, last) = modes?.Cut(from) ?? (new Checkpoint(from, default), end);
            var output = new byte[Math.Max(last - first.Offset, 0)];
            if (!TryRead(ring, first.Offset, output))
                continue;
            return modes is null
                ? new Snapshot(output, first.Offset, last)
                : new Snapshot((byte[])[.. TerminalModes.Write(first.State), .. QueryFilter.Strip(output)], first.Offset, last);
        }

        // Nothing of the old output, then, and the modes as they are now.
        var (now, here) = modes?.Cut(long.MaxValue) ?? (default, ring.End);
        return new Snapshot(modes is null ? [] : TerminalModes.Write(now.State), here, here);
    }

    private static bool TryRead(OutputRing ring, long from, Span<byte> to)
    {
        while (!to.IsEmpty)
        {
            var count = ring.Read(from, to);
            if (count <= 0)
                return false;
            from += count;
            to = to[count..];
        }

        return true;
    }
}
