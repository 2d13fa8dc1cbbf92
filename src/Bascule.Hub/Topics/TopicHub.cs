using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>All topics of a shard: messages come in by <see cref="IMessageSink"/>, and go out by subscriptions.</summary>
public sealed class TopicHub : IMessageSink, IAsyncDisposable
{
    private readonly Shard _shard;
    private readonly Sequencer _sequencer;
    private readonly Upkeep _upkeep;

    /// <param name="encoders">Asked for each format; what it gives is called by several threads at once.</param>
    /// <param name="history">Where older messages are to be had; null: nowhere.</param>
    public TopicHub(HubSettings settings, TimeProvider time, Func<MessageFormat, IFrameEncoder> encoders, IHistorySource? history = null)
    {
        _shard = new Shard(settings, time, encoders, history);
        _sequencer = new Sequencer(_shard);
        _upkeep = new Upkeep(_shard);
    }

    public HubFigures Figures
    {
        get
        {
            lock (_shard.Gate)
            {
                var (tally, history) = (_shard.Tally, _shard.History);
                return new HubFigures(
                    _shard.Topics.Count, _shard.Topics.Streams.Count, tally.Subscriptions, tally.MessagesIn, tally.Repeated, tally.Refused,
                    history.Messages, history.Bytes, tally.FramedBytes, TimeOf(history.OldestAt))
                {
                    Gaps = tally.Gaps(),
                    Whole = tally.Whole,
                    Overruns = tally.Overruns,
                    Sources = _shard.Sources,
                };
            }
        }
    }

    /// <summary>All topics that are known, and all patterns that are read. The lock is held for it: not for every scrape of a shard with many.</summary>
    public IReadOnlyList<TopicFigures> Topics()
    {
        lock (_shard.Gate)
        {
            var topics = new List<TopicFigures>(_shard.Topics.Count);
            foreach (var topic in _shard.Topics.All)
            {
                var oldest = topic.Entries.Count > 0 ? topic.Entries.First.At : (long?)null;
                topics.Add(new TopicFigures(topic.Name, topic.Stream?.Subscriptions.Count ?? 0, topic.Entries.Count, topic.Bytes, TimeOf(oldest), topic.MessagesIn));
            }

            foreach (var pattern in _shard.Topics.Patterns)
            {
                var oldest = pattern.Entries.Count > 0 ? pattern.Entries.First.At : (long?)null;
                topics.Add(new TopicFigures(pattern.Name, pattern.Subscriptions.Count, pattern.Entries.Count, 0, TimeOf(oldest), 0));
            }

            return topics;
        }
    }

    /// <summary>Begins to read a topic or a pattern. Never waits: with a fetch under way, bytes come later.</summary>
    /// <param name="name">A valid <see cref="TopicName"/> or <see cref="TopicPattern"/>.</param>
    /// <param name="from">Null: from now on.</param>
    /// <returns>Null when <c>hub.mostTopics</c> are in use.</returns>
    /// <exception cref="ArgumentException">The name is neither.</exception>
    public Subscription? Subscribe(string name, MessageFormat format, Cursor? from, ISubscriber who)
    {
        if (!TopicPattern.IsValid(name))
            throw new ArgumentException($"{name} is neither a topic nor a pattern; ask TopicPattern.IsValid first.", nameof(name));
        lock (_shard.Gate)
        {
            if (_shard.Topics.ForReader(name) is not { } stream)
                return null;
            var subscription = stream.Join(format, who);
            if (from is null)
            {
                subscription.Place(subscription.Chain.Tail, subscription.Chain.Tail.Committed);
                subscription.Stand(stream.CursorNow());
                return subscription;
            }

            var catchUp = new CatchUp(subscription, from);
            var detour = new Detour(catchUp);
            subscription.Turn(detour);
            catchUp.Begin(detour);
            return subscription;
        }
    }

    /// <summary>The name of the log that feeds the topic from outside, when there is one: then nothing is published to it here.</summary>
    public string? FedBy(string topic)
    {
        lock (_shard.Gate)
            return _shard.Logs.FeedingFromOutside(topic)?.Facts.Name;
    }

    public void Begin(SourceLog log) => _sequencer.Begin(log);

    public void Append(ReadOnlySpan<SourceMessage> batch) => _sequencer.Append(batch);

    public void Advance(LogId log, int partition, long offset) => _sequencer.Advance(log, partition, offset);

    public void End(LogId log, GapReason why) => _sequencer.End(log, why);

    public void Report(SourceState state) => _shard.Report(state);

    /// <summary>From now on.</summary>
    internal void Measure(FanoutClock fanout) => _sequencer.Fanout = fanout;

    public async ValueTask DisposeAsync()
    {
        await _upkeep.DisposeAsync();
        await _shard.Fetches.DisposeAsync();
    }

    private DateTimeOffset? TimeOf(long? timestamp) => timestamp is { } at ? _shard.Time.GetUtcNow() - _shard.Time.GetElapsedTime(at) : null;
}
