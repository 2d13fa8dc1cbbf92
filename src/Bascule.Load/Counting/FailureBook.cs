namespace Bascule.Load;

/// <summary>The failures of one target by class: how many, when, and the first of each as an example.</summary>
public sealed class FailureBook
{
    /// <summary>Classes that are told apart: the table has about twenty, and a server may use any number of statuses and close codes.</summary>
    public const int MostClasses = 100;

    private const string Others = "other";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, FailureTally> _tallies = new(StringComparer.Ordinal);
    private long _count;

    public long Count => Interlocked.Read(ref _count);

    public void Add(LoadFailure failure, TimeSpan at, long count = 1)
    {
        Interlocked.Add(ref _count, count);

        // Threads come here in another order than they looked at the clock.
        lock (_lock)
        {
            var name = _tallies.Count < MostClasses || _tallies.ContainsKey(failure.Class) ? failure.Class : Others;
            _tallies[name] = _tallies.TryGetValue(name, out var known)
                ? known with { Count = known.Count + count, First = at < known.First ? at : known.First, Last = at > known.Last ? at : known.Last, Attempt = known.Attempt ?? failure.Attempt }
                : new FailureTally(name, FailureClasses.GuiltyOf(name), count, at, at, failure.Seen, failure.Attempt);
        }
    }

    /// <summary>The most frequent first.</summary>
    public IReadOnlyList<FailureTally> List()
    {
        lock (_lock)
            return [.. _tallies.Values.OrderByDescending(t => t.Count).ThenBy(t => t.First)];
    }
}
