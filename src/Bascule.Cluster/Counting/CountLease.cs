namespace Bascule.Cluster;

/// <summary>What was taken with one call. Disposing gives all of it back, once, however often and from wherever that is called; it never throws and never waits.</summary>
public sealed class CountLease : IDisposable
{
    private readonly ClusterCounts _counts;
    private CountEntry?[]? _entries;

    internal CountLease(ClusterCounts counts, CountEntry?[] entries)
    {
        _counts = counts;
        _entries = entries;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _entries, null) is { } entries)
            _counts.GiveBack(entries);
    }
}

/// <summary>A lease, or the claim that was full: exactly one of the two is there.</summary>
/// <param name="Lease">What was taken; the receiver gives it back.</param>
/// <param name="Full">The claim that was full.</param>
/// <param name="Seen">How often its key was taken when the claim came.</param>
public readonly record struct CountResult(CountLease? Lease, CountClaim? Full, int Seen);
