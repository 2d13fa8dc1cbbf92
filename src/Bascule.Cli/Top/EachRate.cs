namespace Bascule.Cli;

/// <summary>Makes a rate of one counter of each of many. Who is new, or counts anew, has none yet.</summary>
internal sealed class EachRate
{
    private Dictionary<string, Known> _known = new(StringComparer.Ordinal);

    /// <summary>Per second, between the last two moments at which it said something new; NaN when it is not known.</summary>
    internal double this[string name] => _known.TryGetValue(name, out var known) ? known.PerSecond : double.NaN;

    /// <summary>All that there are now: others are forgotten.</summary>
    internal void Follow(IEnumerable<(string Name, DateTimeOffset At, long Count)> counts)
    {
        var now = new Dictionary<string, Known>(StringComparer.Ordinal);
        foreach (var (name, at, count) in counts)
            now[name] = _known.TryGetValue(name, out var before) ? Next(before, at, count) : new Known(at, count, double.NaN);
        _known = now;
    }

    private static Known Next(Known before, DateTimeOffset at, long count)
    {
        if (at == before.At)
            return before;
        var seconds = (at - before.At).TotalSeconds;
        return new Known(at, count, seconds > 0 && count >= before.Count ? (count - before.Count) / seconds : double.NaN);
    }

    private readonly record struct Known(DateTimeOffset At, long Count, double PerSecond);
}
