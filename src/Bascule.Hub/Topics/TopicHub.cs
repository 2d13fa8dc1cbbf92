using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>All topics of a shard.</summary>
public sealed class TopicHub : IMessageSink, IAsyncDisposable
{
    public TopicHub(HubSettings settings, TimeProvider time, Func<MessageFormat, IFrameEncoder> encoders, IHistorySource? history = null)
    {
        _ = settings;
        _ = time;
        _ = encoders;
        _ = history;
    }

    public HubFigures Figures => new(0, 0, 0, 0, 0, 0, 0, 0, 0, null) { Gaps = new Dictionary<GapReason, long>(), Whole = 0, Sources = [] };

    public IReadOnlyList<TopicFigures> Topics() => [];

    /// <summary>Begins to read a topic or a pattern. Never waits: with a fetch under way, bytes come later.</summary>
    /// <param name="name">A valid <see cref="TopicName"/> or <see cref="TopicPattern"/>.</param>
    /// <param name="from">Null: from now on.</param>
    /// <returns>Null when <c>hub.mostTopics</c> are in use.</returns>
    public Subscription? Subscribe(string name, MessageFormat format, Cursor? from, ISubscriber who) => new(name, format);

    /// <summary>The name of the log that feeds the topic from outside, when there is one: then nothing is published to it here.</summary>
    public string? FedBy(string topic) => null;

    /// <summary>Puts a message in the log of this shard. The payload is copied.</summary>
    /// <param name="idempotencyKey">A second message of the topic with the same key within five minutes is not published.</param>
    public PublishedAt PublishLocal(string topic, string? key, ReadOnlyMemory<byte> payload, string? idempotencyKey) => new(default, "", false);

    public void Begin(LogInfo log)
    {
    }

    public void Append(ReadOnlySpan<SourceMessage> batch)
    {
    }

    public void Advance(LogId log, int partition, long offset)
    {
    }

    public void End(LogId log, GapReason why)
    {
    }

    public void Report(SourceState state)
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
