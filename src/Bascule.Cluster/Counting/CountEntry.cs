namespace Bascule.Cluster;

/// <summary>What is known of one key. Guarded by the lock of <see cref="ClusterCounts"/>.</summary>
internal sealed class CountEntry(string key, CountScope scope)
{
    internal string Key { get; } = key;

    internal CountScope Scope { get; } = scope;

    /// <summary>Leases that are out on this gateway: the truth, whatever the store knows.</summary>
    internal int Count { get; set; }

    /// <summary>How often others had it when the store was last heard.</summary>
    internal int Others { get; set; }

    /// <summary>What the store has yet to be told: <see cref="Count"/> less what it has been told.</summary>
    internal int Untold { get; set; }

    /// <summary>Stands in the list of changes.</summary>
    internal bool IsListed { get; set; }

    /// <summary>Stands in the row of entries that nobody has, kept for <see cref="Others"/> alone.</summary>
    internal bool IsIdle { get; set; }
}
