namespace Bascule.Load;

/// <summary>How long a connection waits before its next try: full jitter, as clients should do it.</summary>
public static class Backoff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <param name="tries">That failed so far, from 1.</param>
    /// <param name="asked">What the server asked for, or null. It is obeyed up to the longest wait.</param>
    public static TimeSpan Before(int tries, TimeSpan? asked)
    {
        if (asked is { } wait)
            return wait < Longest ? wait : Longest;
        var most = Math.Min(Longest.TotalSeconds, First.TotalSeconds * Math.Pow(2, Math.Min(tries - 1, 16)));
        return TimeSpan.FromSeconds(Random.Shared.NextDouble() * most);
    }
}
