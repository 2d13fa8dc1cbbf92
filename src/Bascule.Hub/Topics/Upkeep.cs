using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>What time does to a shard: messages grow too old, quiet streams get checkpoints, readers that have stopped reading are noticed, formats that nobody uses any more go.</summary>
internal sealed class Upkeep : IAsyncDisposable
{
    internal static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>A format stays a while without a user: after a cut all clients are back within seconds, and find their places.</summary>
    private static readonly TimeSpan UnusedFor = TimeSpan.FromSeconds(10);

    /// <summary>Streams for which the lock is held at once.</summary>
    private const int StreamsAtOnce = 128;

    private readonly Shard _shard;
    private readonly ITimer _timer;
    private long _checkpointAt;
    private int _isRunning;

    internal Upkeep(Shard shard)
    {
        _shard = shard;
        _checkpointAt = shard.Time.GetTimestamp();
        _timer = shard.Time.CreateTimer(_ => Run(), null, Every, Every);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Run()
    {
        // A round that takes longer than a second is not joined by the next.
        if (Interlocked.Exchange(ref _isRunning, 1) == 1)
            return;
        var isCheckpoint = _shard.Time.GetElapsedTime(_checkpointAt) >= _shard.Settings.CheckpointEvery;
        if (isCheckpoint)
            _checkpointAt = _shard.Time.GetTimestamp();
        lock (_shard.Gate)
            _shard.History.EvictByAge();

        // From the end: what is released is replaced by one that was looked at already.
        var next = int.MaxValue;
        while (next >= 0)
        {
            Wakes.Due due;
            List<Subscription> waiting = [];
            lock (_shard.Gate)
            {
                next = Math.Min(next, _shard.Topics.Streams.Count - 1);
                for (var count = 0; count < StreamsAtOnce && next >= 0; count++)
                    Look(_shard.Topics.Streams[next--], isCheckpoint, waiting);
                due = _shard.Wakes.Take();
            }

            due.Tell();
            foreach (var subscription in waiting)
                subscription.Wake();
        }

        Volatile.Write(ref _isRunning, 0);
    }

    private void Look(TopicStream stream, bool isCheckpoint, List<Subscription> waiting)
    {
        if (!stream.DropUnused(Before(UnusedFor)))
        {
            _shard.Topics.Release(stream);
            return;
        }

        if (isCheckpoint)
            stream.Checkpoint();
        foreach (var chain in stream.Chains)
            chain.SlowestReader = chain.End;
        foreach (var subscription in stream.Subscriptions)
            Look(subscription, stream.Settings.SlowReader, waiting);
        var oldest = Before(_shard.Settings.History.Age);
        foreach (var chain in stream.Chains)
            chain.ReleaseRead(chain.SlowestReader, oldest);
    }

    private void Look(Subscription subscription, SlowReaderPolicy policy, List<Subscription> waiting)
    {
        var chain = subscription.Chain;
        if (subscription.Detour?.CatchUp is { IsPlaced: false })
            waiting.Add(subscription);
        if (subscription.Block is not { } block)
            return;
        chain.SlowestReader = Math.Min(chain.SlowestReader, block.Start);

        // A reader that reads notices by itself. Its place in the block is its own; the end of the block is known to all.
        if (policy != SlowReaderPolicy.Close || subscription.IsOver || chain.End - block.End <= chain.MostLag)
            return;
        _shard.Tally.Overruns++;
        SlowReader.Close(subscription);
        _shard.Wakes.Add(subscription);
    }

    private long Before(TimeSpan span) => _shard.Time.GetTimestamp() - (long)(span.TotalSeconds * _shard.Time.TimestampFrequency);
}
