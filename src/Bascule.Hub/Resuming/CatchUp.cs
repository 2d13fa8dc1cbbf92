using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>Leads a client that came back to its place in the chain: past what it has seen, through what it missed, which it gets message by message with a cursor of its own. That is needed for
/// as long as what it has seen is no place in the order of this shard: elsewhere the partitions ran in another order, or this shard is behind. Used by the reader.</summary>
internal sealed class CatchUp(Subscription reader, Cursor from)
{
    private const int MostBytesAtOnce = 64 * 1024;

    /// <summary>How long a client may be ahead of a shard that has nothing left to read, before that means that the log lost its end. Shards differ by seconds at most.</summary>
    private static readonly TimeSpan MostAhead = TimeSpan.FromSeconds(10);

    private readonly Coverage _seen = new(reader.Chain.Stream, from);
    private readonly Walk _walk = new(reader.Chain.Stream);
    private readonly long _since = reader.Chain.Stream.Shard.Time.GetTimestamp();
    private FetchReading? _fetching;
    private long _replayed;
    private long _fetched;
    private bool _hasMoved;
    private bool _isSaid;
    private bool _hasWalked;
    private ReplaySource _source;

    /// <summary>The reader has its place in the chain.</summary>
    internal bool IsPlaced { get; private set; }

    /// <summary>Messages that are there and were not looked at.</summary>
    internal long Left => _walk.Left;

    /// <summary>What the client has seen once all frames were sent.</summary>
    internal Cursor Seen => _hasMoved ? _seen.Cursor.ToCursor() : from;

    private Shard Shard => reader.Chain.Stream.Shard;

    /// <summary>Under the shard's lock, when the client comes. What is not to be had is known at once.</summary>
    internal void Begin(Detour detour)
    {
        reader.Stand(from);
        reader.Resume = new ResumeResult(ResumeKind.Whole, From: from);
        if (Prepare() is { } fault)
            Lose(detour, fault);
    }

    /// <summary>One step, when all frames were sent. False when there is nothing to do but wait.</summary>
    internal bool Step(Detour detour)
    {
        if (_fetching is { } fetching)
            return TakeFetched(fetching, detour);
        reader.Stand(Seen);
        bool isMoved;
        lock (Shard.Gate)
            isMoved = Look(detour);

        foreach (var message in _walk.Taken)
            Write(message, detour);
        if (isMoved || _walk.Taken.Count > 0)
            return true;
        if (reader.IsOver)
            return false;
        if (!_isSaid)
        {
            // All that there is was given; what is still missing here the client has seen elsewhere.
            _isSaid = true;
            lock (Shard.Gate)
                Shard.Tally.Whole++;
            detour.SayResumed(reader, new ResumedWord(_seen.Cursor.ToText(), _replayed, _source));
            return true;
        }

        return reader.WaitFor(static s => s.Detour?.CatchUp?._walk.HasMore == true);
    }

    /// <summary>Under the lock: the reader goes.</summary>
    internal void Leave()
    {
        if (_fetching is { } fetching)
            Shard.Fetches.Leave(fetching.Fetch, reader);
    }

    /// <summary>Under the shard's lock. True when something was done, or more may be.</summary>
    private bool Look(Detour detour)
    {
        _walk.Taken.Clear();
        if (reader.IsOver)
            return false;
        if (Prepare() is { } fault)
        {
            Lose(detour, fault);
            return !reader.IsOver;
        }

        if (_fetching is not null)
            return true;
        _hasWalked = true;
        var isAhead = _seen.IsAhead;
        if (isAhead)
            _walk.NoteSeen();
        var isAtEnd = _walk.Run(_seen.Cursor);
        if (!isAhead && (isAtEnd || _walk.TryPlace(reader, _seen.Cursor)))
        {
            if (isAtEnd)
                reader.Place(reader.Chain.Tail, reader.Chain.Tail.Committed);
            Arrive(detour);
            return true;
        }

        if (!isAtEnd)
            return true;
        if (!isAhead || _walk.Taken.Count > 0 || !IsTruncated())
            return false;
        Lose(detour, GapReason.Truncated);
        return true;
    }

    /// <summary>Under the lock: sees to it that what was missed is remembered here, or begins to fetch it. Says why it cannot be had.</summary>
    private GapReason? Prepare()
    {
        if (_seen.Align() is { } gone)
            return gone;
        if (_seen.FindMissing() is not { } missing)
        {
            if (!_hasWalked)
                _walk.Start(_seen.Cursor);
            return null;
        }

        var limits = Shard.Settings.History;
        if (!Shard.Fetches.CanFetch(missing.Partition.Log.Id))
            return _hasWalked ? GapReason.TooSlow : GapReason.TooOld;
        if (_fetched >= limits.FetchMessages)
            return GapReason.TooMany;
        _fetching = new FetchReading(missing, Shard.Fetches.Begin(missing, reader));
        _source = ReplaySource.Source;
        return null;
    }

    /// <summary>Under the lock: the messages between are not to be had, and it goes on at the end.</summary>
    private void Lose(Detour detour, GapReason why)
    {
        if (why == GapReason.TooSlow)
        {
            Shard.Tally.Overruns++;
            if (reader.Chain.Stream.Settings.SlowReader == SlowReaderPolicy.Close)
            {
                SlowReader.Close(reader, Seen);
                return;
            }
        }

        var before = Seen;
        _seen.Jump(keepsWhatIsAhead: why != GapReason.Truncated);
        var to = _seen.Cursor.ToCursor();
        reader.Resume = new ResumeResult(ResumeKind.Gap, why, before, to, _replayed);
        if (why == GapReason.TooSlow)
            reader.Report(new Overrun(MustClose: false, before, to, 0));
        Shard.Tally.CountGap(why);
        detour.SayGap(reader, why, before.ToString(), to.ToString());
        _hasMoved = true;
        _isSaid = true;
        _hasWalked = true;
        _walk.JumpToEnd();
        if (_seen.IsAhead)
            return;
        reader.Place(reader.Chain.Tail, reader.Chain.Tail.Committed);
        Arrive(detour);
    }

    /// <summary>Under the lock: the rest is in the chain, and all who read the stream share it.</summary>
    private void Arrive(Detour detour)
    {
        IsPlaced = true;
        var chain = reader.Chain;
        if (_isSaid)
            return;
        _isSaid = true;
        Shard.Tally.Whole++;
        detour.SayResumedAt(chain.End, new ResumedWord(chain.Stream.TextNow(), _replayed + _walk.Taken.Count + reader.LagMessages, _source));
    }

    private bool TakeFetched(FetchReading fetching, Detour detour)
    {
        var fetch = fetching.Fetch;
        if (!fetch.IsDone)
            return reader.WaitAside(fetch);
        while (detour.Frames.Length < MostBytesAtOnce && fetching.Next() is { } message)
        {
            if (_seen.IsNews(message.Position))
                Write(message, detour);
        }

        if (detour.HasFrames)
            return true;
        reader.Stand(Seen);
        lock (Shard.Gate)
        {
            Shard.Fetches.Leave(fetch, reader);
            _fetching = null;
            _fetched += fetch.Read;
            if (fetch.Fault is { } fault)
                Lose(detour, fault);
            else
                _seen.Cursor.Raise(fetching.Through);
            _walk.NoteSeen();
        }

        return true;
    }

    private bool IsTruncated() => Shard.Time.GetElapsedTime(_since) > MostAhead && Shard.AreSourcesQuiet();

    private void Write(SourceMessage message, Detour detour)
    {
        _seen.Cursor.Raise(message.Position);
        _replayed++;
        _hasMoved = true;
        reader.Chain.Encoder.Message(detour.Frames.Writer, message, reader.Name, _seen.Cursor.ToText());
        detour.Frames.EndFrame();
    }
}
