namespace Bascule.Hub;

/// <summary>Puts what the sources give in the one order of the shard.</summary>
internal sealed class Sequencer(Shard shard)
{
    /// <summary>Messages for which the lock is held at once: with two formats in use, some hundred microseconds.</summary>
    private const int MostAtOnce = 64;

    /// <summary>Told of each batch; null: nobody measures.</summary>
    internal FanoutClock? Fanout { private get; set; }

    internal void Begin(SourceLog log)
    {
        Wakes.Due due;
        lock (shard.Gate)
        {
            if (shard.Logs.Find(log.Id) is { } known)
                BeginAgain(known, log);
            else
                shard.Logs.Add(log);
            due = shard.Wakes.Take();
        }

        due.Tell();
    }

    internal void Append(ReadOnlySpan<SourceMessage> batch)
    {
        while (!batch.IsEmpty)
        {
            var count = Math.Min(batch.Length, MostAtOnce);
            Wakes.Due due;
            var came = shard.Time.GetTimestamp();
            lock (shard.Gate)
            {
                var now = shard.Time.GetTimestamp();
                foreach (var message in batch[..count])
                    Append(message, now);
                due = shard.Wakes.Take();
            }

            due.Tell();
            if (due.Touched is { Count: > 0 })
                Fanout?.Told(came, count);
            batch = batch[count..];
        }
    }

    internal void Advance(LogId log, int partition, long offset)
    {
        lock (shard.Gate)
            shard.Logs.Find(log)?.Find(partition)?.Advance(offset);
    }

    internal void End(LogId id, GapReason why)
    {
        Wakes.Due due;
        lock (shard.Gate)
        {
            var before = shard.Topics.Streams.ConvertAll(s => (Stream: s, From: s.CursorNow()));
            if (shard.Logs.End(id, why) is null)
                return;
            foreach (var (stream, from) in before)
            {
                if (from.Knows(id))
                    stream.SayGap(why, from);
            }

            due = shard.Wakes.Take();
        }

        due.Tell();
    }

    /// <summary>The source is back. Where it goes on behind what it gave before, messages are missing, and the readers are told.</summary>
    private void BeginAgain(LogState known, SourceLog log)
    {
        var before = shard.Topics.Streams.ConvertAll(s => (Stream: s, From: s.CursorNow()));
        var hasHole = false;
        foreach (var (number, first) in log.From)
        {
            if (known.Find(number) is not { } partition)
            {
                shard.Logs.AddPartition(known, number, first);
            }
            else if (first > partition.End + 1)
            {
                partition.Skip(first);
                hasHole = true;
            }
        }

        if (!hasHole)
            return;
        foreach (var (stream, from) in before)
        {
            if (from.Knows(log.Id))
                stream.SayGap(GapReason.SourceAway, from);
        }
    }

    /// <summary>Under the lock.</summary>
    /// <exception cref="InvalidOperationException">The log was not begun.</exception>
    internal void Append(SourceMessage message, long now)
    {
        var (id, number, offset) = message.Position;
        if (shard.Logs.Find(id) is not { } log)
        {
            if (!shard.Logs.HasEnded(id))
                throw new InvalidOperationException($"A message of the log {id} came before the log was begun.");
            shard.Tally.Refused++;
            return;
        }

        var partition = log.Find(number) ?? shard.Logs.AddPartition(log, number, offset);
        var endBefore = partition.End;
        if (offset <= endBefore)
        {
            shard.Tally.Repeated++;
            return;
        }

        if (!TopicName.IsValid(message.Topic) || !shard.Logs.MayFeed(log, message.Topic))
        {
            partition.Advance(offset);
            shard.Tally.Refused++;
            return;
        }

        var topic = shard.Topics.ForMessage(message.Topic, out var isKept);
        var entry = Entry.Of(message, ++shard.Sequence, now, topic, partition);
        partition.Append(offset, entry.Sequence);
        shard.Tally.MessagesIn++;
        topic.MessagesIn++;
        topic.LastAt = now;
        topic.Stream?.Append(entry, endBefore);
        foreach (var pattern in topic.Patterns)
            pattern.Append(entry, endBefore);
        shard.History.Add(entry);
        if (!isKept)
            shard.Topics.Forget(topic);
    }
}
