using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>All messages of one topic, or of one pattern, in the order of this shard, for those who read it. Under the shard's lock.</summary>
internal sealed class TopicStream
{
    private readonly Chain?[] _chains = new Chain?[Enum.GetValues<MessageFormat>().Length];
    private readonly List<Subscription> _subscriptions = new(1);
    private PartitionState[] _feeds = [];
    private int _feedsVersion;
    private Position[] _positions = [];
    private long _lastSequence;
    private long _saidOffsets;

    /// <summary>Of a topic.</summary>
    internal TopicStream(Shard shard, Topic topic)
        : this(shard, topic.Name, topic.Settings, topic.Entries, topic.Evictions)
    {
    }

    /// <summary>Of a pattern.</summary>
    internal TopicStream(Shard shard, string name, TopicSettings settings, EntryRing entries, Evictions evictions)
    {
        Shard = shard;
        Name = name;
        Settings = settings;
        Entries = entries;
        Evictions = evictions;
        _lastSequence = shard.Sequence;
        _saidOffsets = SumOfOffsets();
    }

    internal Shard Shard { get; }

    internal string Name { get; }

    internal TopicSettings Settings { get; }

    /// <summary>What is remembered of it.</summary>
    internal EntryRing Entries { get; }

    internal Evictions Evictions { get; }

    internal IReadOnlyList<Subscription> Subscriptions => _subscriptions;

    internal IEnumerable<Chain> Chains => _chains.OfType<Chain>();

    /// <summary>The newest entry. Readable without the lock.</summary>
    internal long LastSequence => Volatile.Read(ref _lastSequence);

    /// <summary>Index in the shard's list of streams.</summary>
    internal int Slot { get; set; } = -1;

    /// <summary>The partitions that its messages may come from, in the order of cursors.</summary>
    internal PartitionState[] Feeds
    {
        get
        {
            if (_feedsVersion == Shard.Logs.Version)
                return _feeds;
            _feeds = Shard.Logs.FeedsOf(Name);
            _positions = new Position[_feeds.Length];
            _feedsVersion = Shard.Logs.Version;
            return _feeds;
        }
    }

    internal Cursor CursorNow() => new(Stand());

    internal string TextNow() => CursorText.Write(Stand());

    /// <summary>Where it stood before the entry.</summary>
    internal Cursor CursorBefore(Entry entry, long endBefore)
    {
        if (entry.Stand is { } stand)
            return stand;
        var positions = Stand();
        var index = PositionOrder.Find(positions, entry.Partition!.Log.Id, entry.Partition.Number);
        if (index >= 0)
            positions[index] = positions[index] with { Offset = endBefore };
        return new Cursor(positions);
    }

    internal void Append(Entry entry, long endBefore)
    {
        string? text = null;
        foreach (var chain in _chains)
        {
            if (chain is null)
                continue;
            text ??= TextNow();
            Shard.Scratch.ResetWrittenCount();
            chain.Encoder.Message(Shard.Scratch, entry.Message!, Name, text);
            chain.Append(Shard.Scratch.WrittenSpan, entry, endBefore);
            Shard.Wakes.Touch(chain);
        }

        Volatile.Write(ref _lastSequence, entry.Sequence);
        _saidOffsets = SumOfOffsets();
    }

    /// <summary>Says where the stream stands when that has moved without a message.</summary>
    internal void Checkpoint()
    {
        var offsets = SumOfOffsets();
        if (offsets == _saidOffsets)
            return;
        _saidOffsets = offsets;
        Say(static (encoder, shard, name, _, cursor) => encoder.Checkpoint(shard.Scratch, name, cursor), null);
    }

    /// <summary>To everybody who reads: messages are missing here.</summary>
    internal void SayGap(GapReason reason, Cursor from) => Say((encoder, shard, name, before, cursor) => encoder.Gap(shard.Scratch, name, reason, before, cursor), from.ToString());

    internal Subscription Join(MessageFormat format, ISubscriber who)
    {
        var chain = _chains[(int)format] ??= new Chain(this, format, Shard.Sequence);
        var subscription = new Subscription(chain, who) { Slot = _subscriptions.Count };
        _subscriptions.Add(subscription);
        chain.Users++;
        Shard.Tally.Subscriptions++;
        return subscription;
    }

    /// <summary>Takes the lock itself.</summary>
    internal void Leave(Subscription subscription)
    {
        lock (Shard.Gate)
        {
            if (subscription.Slot < 0)
                return;
            var last = _subscriptions[^1];
            _subscriptions[subscription.Slot] = last;
            last.Slot = subscription.Slot;
            _subscriptions.RemoveAt(_subscriptions.Count - 1);
            subscription.Slot = -1;
            Shard.Tally.Subscriptions--;
            if (--subscription.Chain.Users == 0)
                subscription.Chain.UnusedSince = Shard.Time.GetTimestamp();
            subscription.Detour?.CatchUp?.Leave();
        }
    }

    /// <summary>Lets go of formats that nobody has used for a while. False when none is left.</summary>
    internal bool DropUnused(long unusedBefore)
    {
        var isUsed = false;
        for (var index = 0; index < _chains.Length; index++)
        {
            if (_chains[index] is not { } chain)
                continue;
            if (chain.Users == 0 && chain.UnusedSince < unusedBefore)
            {
                chain.ReleaseAll();
                _chains[index] = null;
            }
            else
            {
                isUsed = true;
            }
        }

        return isUsed;
    }

    private Span<Position> Stand()
    {
        var feeds = Feeds;
        for (var index = 0; index < feeds.Length; index++)
            _positions[index] = feeds[index].Position;
        return _positions;
    }

    private long SumOfOffsets()
    {
        var sum = 0L;
        foreach (var partition in Feeds)
            sum += partition.End + 1;
        return sum;
    }

    private void Say(Action<IFrameEncoder, Shard, string, string?, string> write, string? before)
    {
        var stand = CursorNow();
        var text = stand.ToString();
        var entry = Entry.Word(++Shard.Sequence, Shard.Time.GetTimestamp(), stand);
        foreach (var chain in Chains)
        {
            Shard.Scratch.ResetWrittenCount();
            write(chain.Encoder, Shard, Name, before, text);
            chain.Append(Shard.Scratch.WrittenSpan, entry, 0);
            Shard.Wakes.Touch(chain);
        }

        Volatile.Write(ref _lastSequence, entry.Sequence);
    }
}
