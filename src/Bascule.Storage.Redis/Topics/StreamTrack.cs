using System.Globalization;
using Bascule.Hub;
using Microsoft.Extensions.Logging;

namespace Bascule.Storage.Redis;

/// <summary>How far one stream was read, and which log that is. Redis has no id for the life of a stream: a log goes on as long as it can be shown that nothing was missed,
/// for the entry that was read last is still there, or Redis says that nothing was ever removed.</summary>
internal sealed class StreamTrack(string key, TimeSpan historyAge, IMessageSink sink, TimeProvider time, ILogger logger)
{
    private readonly List<SourceMessage> _batch = [];
    private bool _isOpen;
    private ulong _log;
    private string? _refusal;
    private string? _unkeepable;

    internal string Key { get; } = key;

    /// <summary>The log of now; null between the end of one and the first entry of the next. Any thread may ask.</summary>
    internal LogId? Log => Volatile.Read(ref _log) is not 0 and var value ? new LogId(value) : null;

    /// <summary>The entry that was read last; <see cref="StreamId.Zero"/> before the first.</summary>
    internal StreamId At { get; private set; }

    /// <summary>Why it cannot be read; null when it can.</summary>
    internal string? Trouble => _refusal ?? _unkeepable;

    /// <summary>The last answer was full: what comes next may be removed before it is read.</summary>
    internal bool IsBehind { get; private set; }

    /// <summary>At the begin of a connection.</summary>
    internal Task ConnectAsync(StreamCommands commands, CancellationToken cancellation) => WatchAsync(commands, GapReason.SourceAway, cancellation);

    /// <summary>Now and then, and whenever <see cref="IsBehind"/>.</summary>
    internal Task CheckAsync(StreamCommands commands, CancellationToken cancellation) => WatchAsync(commands, IsBehind ? GapReason.TooOld : null, cancellation);

    /// <summary>Gives what was read to the hub.</summary>
    /// <param name="mostAtOnce">So many entries were asked for.</param>
    internal void Take(IReadOnlyList<StreamEntry> entries, int mostAtOnce)
    {
        foreach (var entry in entries)
        {
            if (!entry.Id.TryOffset(out var offset))
            {
                Flush();
                End(GapReason.SourceAway, $"the id {entry.Id} is too large");
                _unkeepable = $"the stream {Key} has the id {entry.Id}, and numbers above 1048575 within a millisecond cannot be kept apart";
                return;
            }

            if (Log is null)
                Begin(LogId.Of($"redis-stream:{Key}@{entry.Id}"), offset);
            At = entry.Id;
            if (entry.Payload is { } payload)
            {
                _batch.Add(Message(entry, payload, new Position(Log!.Value, 0, offset)));
                continue;
            }

            Flush();
            sink.Advance(Log!.Value, 0, offset);
        }

        Flush();
        IsBehind = entries.Count >= mostAtOnce;
    }

    internal SourceMessage Message(StreamEntry entry, byte[] payload, Position position)
    {
        // Ids that people made say nothing of the time; such a message is as old as its reading.
        var now = time.GetUtcNow();
        var said = entry.Id.Milliseconds < (ulong)now.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds((long)entry.Id.Milliseconds) : now;
        return new SourceMessage(Key, entry.Key, payload, position, said > now - historyAge ? said : now);
    }

    private async Task WatchAsync(StreamCommands commands, GapReason? missed, CancellationToken cancellation)
    {
        try
        {
            if (_isOpen)
                await FollowAsync(commands, missed, cancellation);
            else
                await OpenAsync(commands, cancellation);
            _refusal = null;
        }
        catch (RedisRefusedException e)
        {
            _refusal = $"the stream {Key}: Redis says {e.Message.TrimEnd('.')}";
        }
    }

    /// <summary>Begins as far back as messages are remembered.</summary>
    private async Task OpenAsync(StreamCommands commands, CancellationToken cancellation)
    {
        var facts = await commands.FactsAsync(Key, cancellation);
        var before = facts is null ? null : await commands.LastBeforeAsync(Key, time.GetUtcNow() - historyAge, cancellation);

        // 1. Behind an entry that is there: its position is one that clients may have. 2. Without one, at the first: what was before it, nobody can tell.
        // 3. In a stream without entries, behind the last id.
        At = before ?? (facts is { First: null } ? facts.Last : StreamId.Zero);
        var from = before is null && facts?.First is { } first ? first : At;
        if (!from.TryOffset(out var offset))
            throw new RedisRefusedException($"that the last id is {from}, which is too large");
        _isOpen = true;
        Begin(LogId.Of($"redis-stream:{Key}"), from == At ? offset + 1 : offset);
    }

    private async Task FollowAsync(StreamCommands commands, GapReason? missed, CancellationToken cancellation)
    {
        var facts = await commands.FactsAsync(Key, cancellation);
        if (facts is null || facts.Last < At)
        {
            if (At == StreamId.Zero)
                return;
            End(GapReason.EpochChanged, facts is null ? "it was deleted" : string.Create(CultureInfo.InvariantCulture, $"its last id went back from {At} to {facts.Last}"));
            (At, _unkeepable) = (StreamId.Zero, null);
            return;
        }

        if (facts.Last == At || await commands.HasAsync(Key, At, cancellation))
            return;

        // Asked again, because it may have been removed between the two: only what is said after the entry was not there counts.
        facts = await commands.FactsAsync(Key, cancellation);
        if (facts is null || (facts.NothingRemoved && At == StreamId.Zero))
            return;
        if (facts.NothingRemoved)
        {
            End(GapReason.EpochChanged, string.Create(CultureInfo.InvariantCulture, $"the entry {At} was never in it"));
            At = StreamId.Zero;
        }
        else if (missed is { } reason)
        {
            End(reason, string.Create(CultureInfo.InvariantCulture, $"the entry {At} is gone, and others may be"));
        }
    }

    private void Begin(LogId log, long from)
    {
        Volatile.Write(ref _log, log.Value);
        sink.Begin(new SourceLog(log, $"redis stream {Key}", Key, new Dictionary<int, long> { [0] = from }));
    }

    private void End(GapReason reason, string why)
    {
        if (Log is not { } log)
            return;
        Volatile.Write(ref _log, 0);
        logger.StreamEnded(Key, why);
        sink.End(log, reason);
    }

    private void Flush()
    {
        if (_batch.Count == 0)
            return;
        sink.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_batch));
        _batch.Clear();
    }
}
