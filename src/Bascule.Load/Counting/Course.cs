namespace Bascule.Load;

/// <summary>The course of a run, second by second.</summary>
internal sealed class Course(IReadOnlyList<TargetCounts> targets)
{
    /// <summary>A day. A longer run keeps its last day.</summary>
    private const int MostSeconds = 86_400;

    private readonly Queue<LoadSecond> _seconds = new();
    private int _second;
    private long _opened;
    private long _failed;
    private long _sent;
    private long _received;

    /// <summary>A second is over.</summary>
    internal LoadSecond Tick()
    {
        var roundTrip = new LatencyHistogram();
        foreach (var target in targets)
            roundTrip.Add(target.TakeSecond());
        var second = new LoadSecond(
            _second++, targets.Sum(t => t.Open), targets.Sum(t => t.Connecting),
            Grown(ref _opened, t => t.OpenedEver), Grown(ref _failed, t => t.Failures.Count), Grown(ref _sent, t => t.Sent), Grown(ref _received, t => t.Received),
            roundTrip);
        _seconds.Enqueue(second);
        if (_seconds.Count > MostSeconds)
            _seconds.Dequeue();
        return second;
    }

    internal IReadOnlyList<LoadSecond> List() => [.. _seconds];

    private long Grown(ref long before, Func<TargetCounts, long> count)
    {
        var now = targets.Sum(count);
        var grown = now - before;
        before = now;
        return grown;
    }
}
