namespace Bascule.Load;

/// <summary>Carries out a plan in this process: ramp, hold, storm where asked for, and an end in which nothing is lost sight of.</summary>
public sealed class LoadRun(LoadPlan plan, TimeProvider time)
{
    /// <summary>Between the ramp and a storm: until then the server has done what comes behind a handshake.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(1);

    /// <summary>For the last answers, and for the closing handshakes.</summary>
    private static readonly TimeSpan ClosingLimit = TimeSpan.FromSeconds(5);

    /// <param name="onSecond">Called about once a second, one call at a time.</param>
    /// <param name="interruption">Ends the run early; the result is complete for what was done.</param>
    public async Task<LoadResult> RunAsync(Action<LoadProgress>? onSecond, CancellationToken interruption)
    {
        var started = time.GetUtcNow();
        using var run = new RunState(plan, time, interruption);
        var connections = Enumerable.Range(0, plan.Connections).Select(i => new LoadConnection(run, i)).ToArray();
        using var over = new CancellationTokenSource();
        var watching = WatchAsync(run, connections, onSecond, over.Token);
        var running = connections.Select(c => c.RunAsync()).ToArray();

        using (StartPacer(run, connections))
        {
            await UntilAsync(run.AllTried, Timeout.InfiniteTimeSpan, interruption);
            run.Watch.BeginMeasure();
            if (plan.Mode == LoadMode.Storm)
                await StormAsync(run, connections, interruption);
            else
                await HoldAsync(run, running, interruption);
            run.Watch.EndMeasure();
        }

        var openAtEnd = run.Targets.Select(t => t.Open).ToArray();
        run.Phase = LoadPhase.Closing;
        await run.Working.CancelAsync();
        foreach (var connection in connections)
            connection.Echo?.Stop();
        await AwaitAnswersAsync(connections, interruption);
        var unanswered = CountUnanswered(run, connections);
        await Task.WhenAll(connections.Select(c => c.CloseAsync()));
        await Task.WhenAll(running);
        await over.CancelAsync();
        await watching;

        return new LoadResult
        {
            Plan = plan with { Tokens = [], Headers = [.. plan.Headers.Select(h => KeyValuePair.Create(h.Key, ""))] },
            Started = started,
            Duration = run.Elapsed,
            Interrupted = interruption.IsCancellationRequested,
            Targets = [.. run.Targets.Select((t, i) => t.ToResult(openAtEnd[i], unanswered[i]))],
            Seconds = run.Course.List(),
            Storm = run.Storm?.Judge(),
            Generator = run.Watch.Judge(),
        };
    }

    private Pacer? StartPacer(RunState run, LoadConnection[] connections)
    {
        if (plan is not { Mode: LoadMode.Echo, Rate: { } rate })
            return null;
        return new Pacer(new MessageSchedule(time.GetTimestamp(), connections.Length, rate, time.TimestampFrequency), Send, time);

        void Send(int connection, long intended)
        {
            if (connections[connection].Echo is not { } echo)
                return;
            run.Watch.Done(time.GetElapsedTime(intended));
            echo.Send(intended);
        }
    }

    // When everything is over before the time, nothing is left to hold.
    private async Task HoldAsync(RunState run, Task[] running, CancellationToken interruption)
    {
        run.Phase = LoadPhase.Hold;
        run.HoldBegins();
        await UntilAsync(Task.WhenAll(running), plan.Hold, interruption);
    }

    private async Task StormAsync(RunState run, LoadConnection[] connections, CancellationToken interruption)
    {
        await UntilAsync(Task.Delay(Calm, time, interruption), Calm, interruption);
        var open = connections.Where(c => c.IsOpen).ToArray();
        run.Storm = new StormWatch(open.Length, time.GetTimestamp(), time);
        run.Phase = LoadPhase.Storm;
        foreach (var connection in open)
            connection.Drop();
        if (open.Length > 0)
            await UntilAsync(run.Storm.AllBack, plan.Hold, interruption);
    }

    private async Task AwaitAnswersAsync(LoadConnection[] connections, CancellationToken interruption)
    {
        var since = time.GetTimestamp();
        while (!interruption.IsCancellationRequested && time.GetElapsedTime(since) < ClosingLimit && connections.Any(c => c.IsOpen && c.Echo is { Outstanding: > 0 }))
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, CancellationToken.None);
    }

    // What is still missing: lost when a later one came, otherwise only cut short by the end.
    private static long[] CountUnanswered(RunState run, LoadConnection[] connections)
    {
        var left = new long[run.Targets.Count];
        for (var i = 0; i < connections.Length; i++)
            if (connections[i] is { IsOpen: true, Echo: { } echo })
                left[i % left.Length] += echo.CutShort();
        for (var i = 0; i < left.Length; i++)
            if (left[i] > 0)
                run.Targets[i].Failures.Add(new LoadFailure(FailureClasses.Aborted, $"{left[i]} messages had no answer when the run ended"), run.Elapsed, left[i]);
        return left;
    }

    private async Task WatchAsync(RunState run, LoadConnection[] connections, Action<LoadProgress>? onSecond, CancellationToken over)
    {
        using var ticks = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        try
        {
            while (await ticks.WaitForNextTickAsync(over))
                Look();
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            Look(); // The rest of the last second.
        }

        void Look()
        {
            foreach (var connection in connections)
                if (connection.IsOpen)
                    connection.Echo?.Sweep(plan.MessageTimeout);
            var second = run.Course.Tick();
            onSecond?.Invoke(new LoadProgress(run.Phase, run.Elapsed, second, run.Targets.Sum(t => t.Attempts), [.. run.Targets.SelectMany(t => t.Failures.List())], run.RoundTrip()));
        }
    }

    private async Task UntilAsync(Task end, TimeSpan limit, CancellationToken interruption)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(interruption);
        await Task.WhenAny(end, Task.Delay(limit, time, done.Token));
        await done.CancelAsync();
    }
}
