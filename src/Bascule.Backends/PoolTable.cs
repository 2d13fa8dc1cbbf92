using Bascule.Settings;

namespace Bascule.Backends;

/// <summary>All pools of the configuration, by name. A pool that left it stays until its last slot is back.</summary>
public sealed class PoolTable : IDisposable
{
    private readonly Lock _updating = new();
    private readonly TimeProvider _time;
    private volatile IReadOnlyDictionary<string, Pool> _byName = new Dictionary<string, Pool>(StringComparer.Ordinal);

    public PoolTable(IReadOnlyDictionary<string, PoolSettings> settings, TimeProvider time)
    {
        _time = time;
        Update(settings);
    }

    /// <summary>As <see cref="Pool.NodeChanged"/>, of all pools, but for what happened while the table was made.</summary>
    public event Action<NodeChange>? NodeChanged;

    /// <summary>Told after <see cref="Update"/>.</summary>
    public event Action? Updated;

    public IReadOnlyList<Pool> All => [.. _byName.Values.Where(pool => !pool.IsRemoved || pool.SlotsInUse > 0)];

    /// <exception cref="KeyNotFoundException">No pool has this name; the settings check names in routes before.</exception>
    public Pool this[string name] => Find(name)
        ?? throw new KeyNotFoundException($"There is no pool `{name}`; there are: {string.Join(", ", _byName.Keys)}.");

    /// <summary>Null: no pool has this name, or no longer. One that left and still has connections is found, and refuses new ones.</summary>
    public Pool? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Takes over changed settings: see <see cref="Pool.Update"/>. A pool that is gone ends its waits with <c>no_usable_node</c>.</summary>
    /// <exception cref="ArgumentException">A pool has no node, or one twice; nothing was changed.</exception>
    public void Update(IReadOnlyDictionary<string, PoolSettings> settings)
    {
        lock (_updating)
        {
            // All faults are found before the first pool changes.
            foreach (var (name, pool) in settings)
                NodePlan.Of(name, pool, _ => []);

            var next = new Dictionary<string, Pool>(StringComparer.Ordinal);
            foreach (var (name, pool) in settings)
            {
                if (Find(name) is { } present)
                    present.Update(pool);
                next[name] = Find(name) ?? Make(name, pool);
            }

            foreach (var (name, pool) in _byName.Where(pair => !settings.ContainsKey(pair.Key)))
            {
                pool.Remove();
                if (pool.SlotsInUse > 0)
                    next[name] = pool;
            }

            _byName = next;
        }

        Updated?.Invoke();
    }

    /// <summary>Disposes every pool: see <see cref="Pool.Dispose"/>.</summary>
    public void Dispose()
    {
        foreach (var pool in _byName.Values)
            pool.Dispose();
    }

    private Pool Make(string name, PoolSettings settings)
    {
        var pool = new Pool(name, settings, _time);
        pool.NodeChanged += change => NodeChanged?.Invoke(change);
        return pool;
    }
}
