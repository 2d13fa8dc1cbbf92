using System.Collections.Frozen;

namespace Bascule.Cluster;

/// <summary>How much of shared things (slots of shared pools) the other gateways use, as the last pulse heard it. While the store is lost the last word stands.</summary>
public sealed class SharedTotals
{
    private volatile IReadOnlyList<string> _watched = [];
    private volatile FrozenDictionary<string, int> _others = FrozenDictionary<string, int>.Empty;

    /// <summary>Raised on the thread of the pulse when a number is another one than before.</summary>
    public event EventHandler? Changed;

    internal IReadOnlyList<string> Watched => _watched;

    /// <summary>Replaces the keys that are asked for with each pulse.</summary>
    public void Watch(IEnumerable<string> keys) => _watched = [.. keys.Distinct(StringComparer.Ordinal)];

    /// <summary>Use by others; 0 for a key that nobody uses or that is not watched.</summary>
    public int OthersOf(string key) => _others.GetValueOrDefault(key);

    internal void Heard(IReadOnlyDictionary<string, int> others)
    {
        var before = _others;
        if (before.Count == others.Count && others.All(pair => before.TryGetValue(pair.Key, out var count) && count == pair.Value))
            return;
        _others = others.ToFrozenDictionary(StringComparer.Ordinal);
        Changed?.Invoke(this, EventArgs.Empty);
    }
}
