using System.Net;

namespace Bascule.Load;

/// <summary>What the connections of one run share.</summary>
internal sealed class RunState : IDisposable
{
    /// <summary>Windows of the hold, for confidence intervals: enough for Student's t, few enough that each has samples.</summary>
    internal const int Windows = 20;

    // The least that Linux gives: with the usual buffer of megabytes a slow reader would be noticed by nobody for minutes.
    private const int SlowBuffer = 4096;

    private readonly long _started;
    private readonly IPAddress[] _sources;
    private readonly TaskCompletionSource _allTried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _holdStarted = -1;
    private int _untried;

    internal RunState(LoadPlan plan, TimeProvider time, CancellationToken interruption)
    {
        Plan = plan;
        Time = time;
        Dialer = new Dialer(time);
        Watch = new SelfWatch(time);
        Attempts = new AttemptSchedule(plan.Ramp, plan.InFlight, time);
        Targets = [.. plan.Targets.Select(t => new TargetCounts(t.Label, plan.Targets.Count > 1 || plan.Mode == LoadMode.Echo ? Windows : 0))];
        Course = new Course(Targets);
        Working = CancellationTokenSource.CreateLinkedTokenSource(interruption);
        _sources = [.. plan.Sources.Select(IPAddress.Parse)];
        _started = time.GetTimestamp();
        _untried = plan.Connections;
    }

    internal LoadPlan Plan { get; }

    internal TimeProvider Time { get; }

    internal Dialer Dialer { get; }

    internal SelfWatch Watch { get; }

    internal AttemptSchedule Attempts { get; }

    internal IReadOnlyList<TargetCounts> Targets { get; }

    internal Course Course { get; }

    /// <summary>Cancelled when no new work is to begin: the hold is over, or the run was interrupted.</summary>
    internal CancellationTokenSource Working { get; }

    internal LoadPhase Phase { get; set; }

    internal StormWatch? Storm { get; set; }

    /// <summary>Ends when every connection was tried for the first time, its retries included.</summary>
    internal Task AllTried => _allTried.Task;

    internal TimeSpan Elapsed => Time.GetElapsedTime(_started);

    internal bool IsClosedLoop => Plan is { Mode: LoadMode.Echo, Rate: null };

    internal void Tried()
    {
        if (Interlocked.Decrement(ref _untried) == 0)
            _allTried.TrySetResult();
    }

    internal void HoldBegins() => Interlocked.Exchange(ref _holdStarted, Time.GetTimestamp());

    /// <summary>The window of the hold that it is now, or -1.</summary>
    internal int WindowAt(long timestamp)
    {
        var from = Interlocked.Read(ref _holdStarted);
        if (from < 0 || Plan.Hold <= TimeSpan.Zero)
            return -1;
        return (int)Math.Min(Windows, Time.GetElapsedTime(from, timestamp) / Plan.Hold * Windows);
    }

    internal DialOrder OrderFor(int connection)
    {
        var target = Plan.Targets[connection % Plan.Targets.Count];
        var turn = (Plan.FirstConnection + connection) / Plan.Targets.Count;
        return new DialOrder(
            target.Urls[turn % target.Urls.Count],
            _sources.Length == 0 ? null : _sources[turn % _sources.Length],
            Plan.Tokens.Count == 0 ? null : Plan.Tokens[turn % Plan.Tokens.Count],
            Plan.Headers, Plan.Subprotocols, Plan.Insecure, Plan.ConnectTimeout)
        {
            ReceiveBuffer = Plan.Mode == LoadMode.SlowReader ? SlowBuffer : null,
        };
    }

    /// <summary>Of all targets, as a copy.</summary>
    internal LatencyHistogram RoundTrip()
    {
        var all = new LatencyHistogram();
        foreach (var target in Targets)
            all.Add(target.RoundTrip);
        return all;
    }

    public void Dispose()
    {
        Working.Dispose();
        Attempts.Dispose();
        Dialer.Dispose();
    }
}
