namespace Bascule.Load;

/// <summary>One of the connections of a run, from its first attempt to its last end.</summary>
/// <param name="index">Within this worker.</param>
internal sealed class LoadConnection(RunState run, int index)
{
    private readonly TargetCounts _counts = run.Targets[index % run.Targets.Count];
    private bool _isTried;
    private volatile LoadSocket? _socket;
    private volatile EchoWork? _echo;
    private volatile bool _isDropped;
    private volatile bool _isClosing;

    internal bool IsOpen => _socket is not null;

    internal EchoWork? Echo => _echo;

    /// <summary>Connects, works, and comes back as often as its plan says. Never throws for what a server or a network does.</summary>
    internal async Task RunAsync()
    {
        var working = run.Working.Token;
        try
        {
            for (var failures = 0; !working.IsCancellationRequested;)
            {
                if (!_isTried || run.Plan.Mode == LoadMode.Churn)
                    await KeepTimeAsync(working);
                var dialed = await DialAsync(failures > 0, working);
                if (dialed.Socket is { } socket)
                {
                    var isWell = await UseAsync(socket, dialed.Attempt);
                    failures = isWell ? 0 : failures + 1;
                    if (isWell && !ComesBack())
                        return;
                }
                else
                {
                    failures++;
                }

                if (failures > 0)
                {
                    if (failures > Retries())
                        return;
                    await Task.Delay(Backoff.Before(failures, dialed.RetryAfter), run.Time, working);
                }
            }
        }
        catch (OperationCanceledException) when (working.IsCancellationRequested)
        {
            // The run is over: what waited for its turn waits no more.
        }
        finally
        {
            Tried();
        }
    }

    /// <summary>Cuts the connection, as if the power had failed; it comes back by itself.</summary>
    internal void Drop()
    {
        _isDropped = true;
        _socket?.Reset();
    }

    /// <summary>Ends it properly, for good.</summary>
    internal async Task CloseAsync()
    {
        _isClosing = true;
        _echo?.Stop();
        if (_socket is { } socket)
            await socket.CloseAsync(CloseNormal, CancellationToken.None);
    }

    private const int CloseNormal = 1000;

    private bool ComesBack() => run.Plan.Mode == LoadMode.Churn || (_isDropped && !_isClosing);

    // In a storm everybody comes back until the storm is over: that is what a storm is.
    private int Retries() => run.Plan.Mode == LoadMode.Storm && run.Phase == LoadPhase.Storm && run.Plan.Retries == 0 ? int.MaxValue : run.Plan.Retries;

    private async Task KeepTimeAsync(CancellationToken working)
    {
        if (await run.Attempts.TurnAsync(working) is { } due)
            run.Watch.Done(run.Time.GetElapsedTime(due));
    }

    private async Task<DialOutcome> DialAsync(bool isRetry, CancellationToken working)
    {
        await run.Attempts.EnterAsync(working);
        _counts.AttemptBegins(isRetry);
        try
        {
            var dialed = await run.Dialer.DialAsync(run.OrderFor(index), working);
            if (dialed.Failure is { } failure)
            {
                if (failure.Class is FailureClasses.LocalDescriptors or FailureClasses.LocalPorts)
                    run.Watch.LocalFailure();
                _counts.AttemptFailed(failure, run.Elapsed);
            }
            else
            {
                _counts.Opened(dialed.Times);
                if (run.Phase == LoadPhase.Storm)
                    run.Storm?.Back();
            }

            return dialed;
        }
        catch (OperationCanceledException)
        {
            _counts.AttemptCutShort();
            throw;
        }
        finally
        {
            run.Attempts.Leave();
        }
    }

    /// <returns>False when it ended other than planned.</returns>
    private async Task<bool> UseAsync(LoadSocket socket, string? attempt)
    {
        await using var owned = socket;
        _isDropped = false;
        var echo = run.Plan.Mode == LoadMode.Echo ? new EchoWork(run, _counts, (uint)(run.Plan.FirstConnection + index), socket, attempt) : null;
        _echo = echo;
        _socket = socket;
        var reading = socket.ReadAsync(echo ?? (ISocketWatcher)new SilentWork(_counts), PaceOf(run.Plan), CancellationToken.None);
        Tried();
        if (run.Plan.Mode == LoadMode.Churn || run.Working.IsCancellationRequested)
            await socket.CloseAsync(CloseNormal, CancellationToken.None);
        else if (run.IsClosedLoop)
            echo?.Send(run.Time.GetTimestamp());

        var end = await reading;
        echo?.Stop();
        if (echo is not null)
            await echo.Settled;
        _socket = null;
        var failure = _isDropped ? null : end.Failure;
        _counts.Ended(failure, echo?.Outstanding ?? 0, run.Elapsed);
        return failure is null;
    }

    private static ReadPace? PaceOf(LoadPlan plan) =>
        plan.Mode == LoadMode.SlowReader ? new ReadPace(plan.Size, TimeSpan.FromSeconds(1 / (plan.Rate ?? 1))) : null;

    private void Tried()
    {
        if (_isTried)
            return;
        _isTried = true;
        run.Tried();
    }
}
