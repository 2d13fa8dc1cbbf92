namespace Bascule.Hub;

/// <summary>How much one client that comes back may cost.</summary>
public readonly record struct FetchLimits(int Messages, long Bytes);

/// <summary>What a fetch brought.</summary>
/// <param name="Fault">Null when all of it came.</param>
public readonly record struct FetchResult(int Messages, GapReason? Fault);

/// <summary>Messages that are older than what a shard remembers.</summary>
public interface IHistorySource
{
    /// <summary>Asked while a shard holds its lock: answers from memory.</summary>
    bool Has(LogId log);

    /// <summary>Gives, in order, every message of the partition with an offset between the two, both left out.</summary>
    Task<FetchResult> FetchAsync(LogId log, int partition, long after, long before, FetchLimits limits, Action<SourceMessage> each, CancellationToken cancellation);
}
