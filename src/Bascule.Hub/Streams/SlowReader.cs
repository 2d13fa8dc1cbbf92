using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>What happens to a reader that is further behind than its topic allows.</summary>
internal static class SlowReader
{
    /// <summary>Not by the frame that comes next: however large that is, a reader may have it.</summary>
    internal static bool IsOverrun(Chain chain, Block block, int offset) => chain.End - (block.Start + block.EndOfFrame(offset)) > chain.MostLag;

    /// <summary>By the reader, at the boundary of a frame.</summary>
    internal static void Act(Subscription reader)
    {
        var chain = reader.Chain;
        var shard = chain.Stream.Shard;
        lock (shard.Gate)
        {
            shard.Tally.Overruns++;
            switch (chain.Stream.Settings.SlowReader)
            {
                case SlowReaderPolicy.Close:
                    Close(reader);
                    break;
                case SlowReaderPolicy.KeepLatest:
                    KeepLatest(reader, chain);
                    break;
                case SlowReaderPolicy.DropOldest:
                default:
                    DropOldest(reader, chain);
                    break;
            }
        }
    }

    /// <summary>Under the shard's lock. It gives nothing more.</summary>
    internal static void Close(Subscription reader)
    {
        var at = reader.At;
        reader.Report(new Overrun(MustClose: true, at, at, 0));
    }

    /// <summary>Goes on at half of what it may be behind: at the limit it would be too slow again with the next message.</summary>
    private static void DropOldest(Subscription reader, Chain chain)
    {
        var from = reader.At;
        var behind = reader.LagMessages;
        var (block, offset) = chain.FindFromEnd(chain.MostLag / 2);
        reader.Place(block, offset);
        var to = block.CursorAt(offset).ToCursor();
        Skip(reader, from, to, behind - reader.LagMessages, []);
    }

    /// <summary>Goes on at the end; before that, and behind the gap, it gets the newest message of each key of what it skipped, as far as the shard remembers it.</summary>
    private static void KeepLatest(Subscription reader, Chain chain)
    {
        var from = reader.At;
        var behind = reader.LagMessages;
        var entries = chain.Stream.Entries;
        var kept = new List<SourceMessage>();
        var keys = new HashSet<(string Topic, string? Key)>();
        var first = entries.IndexFrom(reader.Block!.SequenceAt(reader.Offset) + 1);
        for (var index = entries.Count - 1; index >= first; index--)
        {
            if (entries[index].Message is { } message && keys.Add((message.Topic, message.Key)))
                kept.Add(message);
        }

        kept.Reverse();
        reader.Place(chain.Tail, chain.Tail.Committed);
        Skip(reader, from, chain.Stream.CursorNow(), behind - kept.Count, kept);
    }

    private static void Skip(Subscription reader, Cursor from, Cursor to, long messages, List<SourceMessage> kept)
    {
        reader.Stand(from);
        reader.Chain.Stream.Shard.Tally.CountGap(GapReason.TooSlow);
        reader.Turn(Detour.AfterGap(reader, GapReason.TooSlow, from, to, kept));
        reader.Report(new Overrun(MustClose: false, from, to, messages));
    }
}
