using System.Text;

namespace Bascule.Terminal;

/// <summary>Makes snapshots of a ring that is being written meanwhile.</summary>
internal static class SnapshotTaker
{
    // A writer that outruns the copying so often writes more than anybody can read.
    private const int Tries = 5;

    /// <summary>The whole screen scrolls again (DECSTBM); since that moves the cursor, its place is kept (DECSC, DECRC).</summary>
    private static readonly byte[] WholeScreen = "\e7\e[r\e8"u8.ToArray();

    /// <param name="modes">Null: the output is no terminal's, and is given as it is.</param>
    /// <param name="mostBytes">Of output; the modes come on top.</param>
    internal static Snapshot Take(OutputRing ring, TerminalModes? modes, int mostBytes)
    {
        return modes is null ? TakePlain(ring, mostBytes) : TakeTerminal(ring, modes, mostBytes);
    }

    private static Snapshot TakePlain(OutputRing ring, int mostBytes)
    {
        for (var left = Tries; left > 0; left--)
        {
            var end = ring.End;
            var from = From(ring, end, mostBytes);
            var output = new byte[end - from];
            if (TryRead(ring, from, output))
                return new Snapshot(output, from, end);
        }

        var now = ring.End;
        return new Snapshot(default, now, now);
    }

    private static Snapshot TakeTerminal(OutputRing ring, TerminalModes modes, int mostBytes)
    {
        for (var left = Tries; left > 0; left--)
        {
            var cut = modes.Cut(From(ring, ring.End, mostBytes));
            var (first, last, _, _) = cut;
            var output = new byte[last - first.Offset];
            if (last >= ring.Start && TryRead(ring, first.Offset, output))
                return new Snapshot((byte[])[.. TerminalModes.Write(first.State), .. QueryFilter.Strip(output), .. cut.ForgetsMargins ? WholeScreen : []], first.Offset, last);
        }

        // Nothing of the old output, then: it is outrunning us, or all of it is the middle of one text.
        var (_, _, now, openText) = modes.Cut(long.MaxValue);
        return new Snapshot((byte[])[.. TerminalModes.Write(now.State), .. Encoding.ASCII.GetBytes(openText ?? "")], now.Offset, now.Offset);
    }

    private static long From(OutputRing ring, long end, int mostBytes) => Math.Max(ring.Start, end - Math.Max(mostBytes, 0));

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
