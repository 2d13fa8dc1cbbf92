namespace Bascule.Backends;

/// <summary>How the search for nodes behind a name goes.</summary>
/// <param name="Url">The entry of the settings.</param>
/// <param name="Nodes">How many the last answer that could be used named.</param>
/// <param name="Fault">Why the last search gave nothing new, or nothing at all; null when it went well.</param>
/// <param name="At">When the last search ended.</param>
public sealed record DiscoveryState(string Pool, string Url, int Nodes, string? Fault, DateTimeOffset At);

/// <summary>Keeps the last state of each search, and tells when one begins or ceases to fail.</summary>
internal sealed class DiscoveryBoard
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Pool, string Url), DiscoveryState> _states = [];

    internal event Action<DiscoveryState>? Changed;

    internal IReadOnlyList<DiscoveryState> All
    {
        get
        {
            lock (_gate)
                return [.. _states.Values];
        }
    }

    internal void Note(DiscoveryState state)
    {
        string? before;
        lock (_gate)
        {
            before = _states.GetValueOrDefault((state.Pool, state.Url))?.Fault;
            _states[(state.Pool, state.Url)] = state;
        }

        if (!string.Equals(before, state.Fault, StringComparison.Ordinal))
            Changed?.Invoke(state);
    }

    internal void Keep(IReadOnlySet<(string Pool, string Url)> wanted)
    {
        lock (_gate)
        {
            foreach (var gone in _states.Keys.Where(key => !wanted.Contains(key)).ToList())
                _states.Remove(gone);
        }
    }
}
