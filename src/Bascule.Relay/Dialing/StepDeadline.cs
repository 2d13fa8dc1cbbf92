namespace Bascule.Relay;

/// <summary>The limit of time of one dial, step by step: <see cref="Token"/> fires when a step takes too long, or when the caller gives up.</summary>
/// <remarks>One source, one timer and one registration for all steps: a source for each, linked to the caller's, was a good part of what a handshake costs.</remarks>
internal sealed class StepDeadline : IDisposable
{
    // Has no timer and no links of its own, so that it needs no disposal: a late timer may still cancel it.
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationToken _caller;
    private readonly CancellationTokenRegistration _onCaller;
    private readonly ITimer _timer;

    internal StepDeadline(TimeProvider time, CancellationToken caller)
    {
        _caller = caller;
        _timer = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), _source, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _onCaller = caller.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    internal CancellationToken Token => _source.Token;

    /// <summary>The step took too long, or the caller gave up: what was opened is cut.</summary>
    internal bool IsOver => _source.IsCancellationRequested;

    /// <summary>A new step begins, with its own limit.</summary>
    internal void Begin(TimeSpan limit) => _timer.Change(limit, Timeout.InfiniteTimeSpan);

    /// <exception cref="OperationCanceledException">It was the caller who gave up.</exception>
    internal void ThrowIfGivenUp() => _caller.ThrowIfCancellationRequested();

    public void Dispose()
    {
        _onCaller.Dispose();
        _timer.Dispose();
    }
}
