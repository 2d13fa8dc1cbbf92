using Bascule.Settings;

namespace Bascule.Backends;

/// <summary>All pools of the configuration, by name.</summary>
public sealed class PoolTable : IDisposable
{
    private readonly Dictionary<string, Pool> _byName;

    public PoolTable(IReadOnlyDictionary<string, PoolSettings> settings, TimeProvider time)
    {
        All = [.. settings.Select(pair => new Pool(pair.Key, pair.Value, time))];
        _byName = All.ToDictionary(pool => pool.Name, StringComparer.Ordinal);
    }

    public IReadOnlyList<Pool> All { get; }

    /// <exception cref="KeyNotFoundException">No pool has this name; the settings check names in routes before.</exception>
    public Pool this[string name] => _byName.TryGetValue(name, out var pool)
        ? pool
        : throw new KeyNotFoundException($"There is no pool `{name}`; there are: {string.Join(", ", _byName.Keys)}.");

    /// <summary>Disposes every pool: see <see cref="Pool.Dispose"/>.</summary>
    public void Dispose()
    {
        foreach (var pool in All)
            pool.Dispose();
    }
}
