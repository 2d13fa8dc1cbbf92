namespace Bascule.Hub;

/// <summary>What is published through this shard and comes from nowhere else: one partition, in memory. Its name is made up at the start, so that cursors of a life before are known for what they
/// are. Under the shard's lock.</summary>
internal sealed class LocalLog(Shard shard, Sequencer sequencer)
{
    /// <summary>For how long a repeated idempotency key is known: longer than publishers try again. Beyond so many keys the oldest go first.</summary>
    private static readonly TimeSpan KeysLast = TimeSpan.FromMinutes(5);
    private const int MostKeys = 100_000;

    private readonly Dictionary<(string Topic, string Key), PublishedAt> _published = [];
    private readonly Queue<(string Topic, string Key, long At)> _keys = new();
    private readonly LogId _id = LogId.Of($"local:{Guid.NewGuid():N}");
    private bool _isBegun;
    private long _next;

    /// <summary>Cursors speak of it from then on.</summary>
    internal void Begin()
    {
        if (_isBegun)
            return;
        _isBegun = true;
        shard.Logs.Add(new LogInfo(_id, "local", "*", new Dictionary<int, long> { [0] = 0 }) { IsFallback = true });
    }

    /// <exception cref="InvalidOperationException">The topic is fed from outside; messages of two orders would not keep theirs.</exception>
    internal PublishedAt Publish(string topic, string? key, ReadOnlyMemory<byte> payload, string? idempotencyKey)
    {
        if (shard.Logs.FeedingFromOutside(topic) is { } source)
            throw new InvalidOperationException($"The topic {topic} is fed by {source.Facts.Name}: publish there.");
        ForgetOldKeys();
        if (idempotencyKey is not null && _published.TryGetValue((topic, idempotencyKey), out var before))
            return before with { IsRepeat = true };
        Begin();
        var position = new Position(_id, 0, _next++);
        sequencer.Append(new SourceMessage(topic, key, payload.ToArray(), position, shard.Time.GetUtcNow()), shard.Time.GetTimestamp());
        var at = new PublishedAt(position, shard.TextOf(topic), IsRepeat: false);
        if (idempotencyKey is not null)
        {
            _published.Add((topic, idempotencyKey), at);
            _keys.Enqueue((topic, idempotencyKey, shard.Time.GetTimestamp()));
        }

        return at;
    }

    private void ForgetOldKeys()
    {
        while (_keys.TryPeek(out var oldest) && (_keys.Count >= MostKeys || shard.Time.GetElapsedTime(oldest.At) >= KeysLast))
        {
            _keys.Dequeue();
            _published.Remove((oldest.Topic, oldest.Key));
        }
    }
}
