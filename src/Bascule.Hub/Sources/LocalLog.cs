using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>Messages of the local log, one after another.</summary>
/// <param name="First">Offset of the first of them, or of the next one that will be published.</param>
public readonly record struct LogPiece(long First, IReadOnlyList<SourceMessage> Messages);

/// <summary>What is published through this gateway: one log, which its own hub and all shards get in the same order, those that come later from what is remembered.</summary>
/// <remarks>It feeds the topics that no other log feeds. Another process is another log, so that cursors of a life before are known for what they are.</remarks>
public sealed class LocalLog(HistorySettings history, TimeProvider time)
{
    /// <summary>Of a message without its payload and names, in 64 bits.</summary>
    private const int MessageBytes = 100;

    /// <summary>For people.</summary>
    public const string Name = "published here";

    private readonly Lock _gate = new();
    private readonly LogId _id = LogId.Of($"local:{Guid.NewGuid():N}");
    private readonly List<IMessageSink> _sinks = [];
    private readonly MessageRing _kept = new();
    private readonly RecentIds<PublishedAt> _published = new(time);
    private long _keptBytes;
    private long _next;

    /// <summary>After each message; called outside the lock, by the publisher. For those who <see cref="Read"/>.</summary>
    public event Action? Published;

    public LogId Id => _id;

    /// <summary>Offset of the message that is published next.</summary>
    public long Next
    {
        get
        {
            lock (_gate)
                return _next;
        }
    }

    /// <summary>For who takes what he can, when he can: what follows from this offset, or from the oldest message that is remembered when that is forgotten.</summary>
    /// <param name="atMostBytes">One message is given, however large.</param>
    public LogPiece Read(long from, int atMostBytes)
    {
        lock (_gate)
        {
            var oldest = _kept.Oldest?.Position.Offset ?? _next;
            var first = Math.Max(from, oldest);
            List<SourceMessage> messages = [];
            var bytes = 0L;
            for (var i = (int)(first - oldest); i < _kept.Count; i++)
            {
                bytes += SizeOf(_kept[i]);
                if (messages.Count > 0 && bytes > atMostBytes)
                    break;
                messages.Add(_kept[i]);
            }

            return new LogPiece(first, messages);
        }
    }

    /// <summary>Gives it all that is remembered, then each message as it comes.</summary>
    public void Add(IMessageSink sink)
    {
        lock (_gate)
        {
            var first = _kept.Oldest?.Position.Offset ?? _next;
            sink.Begin(new SourceLog(_id, Name, "*", new Dictionary<int, long> { [0] = first }) { IsFallback = true });
            for (var i = 0; i < _kept.Count; i++)
                sink.Append([_kept[i]]);
            _sinks.Add(sink);
        }
    }

    public void Remove(IMessageSink sink)
    {
        lock (_gate)
            _sinks.Remove(sink);
    }

    /// <summary>The payload is copied.</summary>
    /// <param name="topic">A valid <see cref="TopicName"/> that no other log feeds.</param>
    /// <param name="id">A second message of the topic with the same id within five minutes is not published; null: no matter.</param>
    /// <exception cref="ArgumentException">The name is none of a topic.</exception>
    public PublishedAt Publish(string topic, string? key, ReadOnlyMemory<byte> payload, string? id)
    {
        if (!TopicName.IsValid(topic))
            throw new ArgumentException($"{topic} is no topic; ask TopicName.IsValid first.", nameof(topic));
        var published = Add(topic, key, payload, id);
        if (!published.IsRepeat)
            Published?.Invoke();
        return published;
    }

    private PublishedAt Add(string topic, string? key, ReadOnlyMemory<byte> payload, string? id)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (id is not null && _published.TryFind(topic, id, out var before))
                return before with { IsRepeat = true };
            var message = new SourceMessage(topic, key, payload.ToArray(), new Position(_id, 0, _next++), now);
            Keep(message);
            foreach (var sink in _sinks)
                sink.Append([message]);
            var at = new PublishedAt(message.Position, Cursor.Empty.With(message.Position).ToString(), IsRepeat: false);
            if (id is not null)
                _published.Add(topic, id, at);
            return at;
        }
    }

    private void Keep(SourceMessage message)
    {
        _kept.Add(message);
        _keptBytes += SizeOf(message);
        while (_kept.Oldest is { } oldest && (_keptBytes > history.Bytes || message.At - oldest.At > history.Age))
            _keptBytes -= SizeOf(_kept.TakeOldest());
    }

    /// <summary>With the message itself, its names and its position: small ones would otherwise take many times what may be remembered.</summary>
    private static long SizeOf(SourceMessage message) => MessageBytes + message.Payload.Length + (sizeof(char) * (message.Topic.Length + (message.Key?.Length ?? 0)));
}
