namespace Bascule.Hub.Tests;

/// <summary>A source that remembers everything of some partitions from an offset on; as slow as the test wants it.</summary>
internal sealed class PastMessages(Dictionary<int, List<SourceMessage>> byPartition, long first = 0) : IHistorySource
{
    private int _requests;

    internal int Requests => Volatile.Read(ref _requests);

    internal GapReason? Fault { get; set; }

    internal Exception? Throws { get; set; }

    /// <summary>Nothing is given before it is over.</summary>
    internal Task Gate { get; set; } = Task.CompletedTask;

    internal static PastMessages OneTopic(int count) => new(new() { [0] = [.. Enumerable.Range(0, count).Select(o => Hubs.Message(o))] });

    public bool Has(LogId log) => log == Hubs.Prices;

    public async Task<FetchResult> FetchAsync(LogId log, int partition, long after, long before, FetchLimits limits, Action<SourceMessage> each, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _requests);
        await Gate.WaitAsync(cancellation);
        if (Throws is not null)
            throw Throws;
        if (Fault is not null)
            return new FetchResult(0, Fault);
        if (after + 1 < first)
            return new FetchResult(0, GapReason.TooOld);
        var count = 0;
        foreach (var message in byPartition[partition].Where(m => m.Position.Offset > after && m.Position.Offset < before).ToList())
        {
            if (count == limits.Messages)
                return new FetchResult(count, GapReason.TooMany);
            count++;
            each(message);
        }

        return new FetchResult(count, null);
    }
}
