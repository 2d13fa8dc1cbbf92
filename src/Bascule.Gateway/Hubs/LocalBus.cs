using Bascule.Hub;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>What is published through this gateway: one log, which its own hub and all shards get in the same order, those that come later from what is remembered.</summary>
public sealed class LocalBus(HistorySettings history, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Queue<SourceMessage> _kept = [];
    private readonly List<IMessageSink> _sinks = [];
    private readonly Dictionary<string, (string Topic, Position At)> _published = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, DateTimeOffset At)> _publishedInOrder = [];
    private long _keptBytes;
    private long _next;

    /// <summary>How long the id of a message keeps a second one with the same id away.</summary>
    public static readonly TimeSpan IdLife = TimeSpan.FromMinutes(5);

    private const int MostIds = 100_000;

    /// <summary>Another process is another log: what it remembers begins anew.</summary>
    public LogId Log { get; } = LogId.Of($"local:{Guid.NewGuid():n}");

    /// <summary>Gives it all that is remembered, then each message as it comes.</summary>
    public void Add(IMessageSink sink)
    {
        lock (_gate)
        {
            var first = _kept.Count > 0 ? _kept.Peek().Position.Offset : _next;
            sink.Begin(new LogInfo(Log, "published here", "*", new Dictionary<int, long> { [0] = first }) { IsFallback = true });
            if (_kept.Count > 0)
                sink.Append(_kept.ToArray());
            _sinks.Add(sink);
        }
    }

    public void Remove(IMessageSink sink)
    {
        lock (_gate)
            _sinks.Remove(sink);
    }

    /// <param name="id">Chosen by who publishes; the same one again within <see cref="IdLife"/> is the same message, and is not published twice.</param>
    /// <returns>Where the message is, and whether it was there already.</returns>
    public (Position At, bool Again) Publish(string topic, string? key, ReadOnlyMemory<byte> payload, string? id)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            ForgetIds(now);
            if (id is not null && _published.TryGetValue(id, out var before) && before.Topic == topic)
                return (before.At, true);
            var message = new SourceMessage(topic, key, payload, new Position(Log, 0, _next++), now);
            Keep(message);
            foreach (var sink in _sinks)
                sink.Append([message]);
            if (id is not null && _published.TryAdd(id, (topic, message.Position)))
                _publishedInOrder.Enqueue((id, now));
            return (message.Position, false);
        }
    }

    private void Keep(SourceMessage message)
    {
        _kept.Enqueue(message);
        _keptBytes += message.Payload.Length;
        while (_kept.TryPeek(out var oldest) && (_keptBytes > history.Bytes || message.At - oldest.At > history.Age))
            _keptBytes -= _kept.Dequeue().Payload.Length;
    }

    private void ForgetIds(DateTimeOffset now)
    {
        while (_publishedInOrder.TryPeek(out var oldest) && (now - oldest.At > IdLife || _publishedInOrder.Count > MostIds))
            _published.Remove(_publishedInOrder.Dequeue().Id);
    }
}
