using System.Collections.Concurrent;

namespace Bascule.Diagnostics;

/// <summary>Plays cases, several at a time, and writes the report.</summary>
public sealed class ConformRun(ConformStage stage)
{
    // A server that was started anew by its supervisor is back within this; a dead one is dead.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time = stage.Clock.Time;
    private readonly Lock _gate = new();
    private readonly List<string> _playing = [];
    private readonly Queue<string> _recent = new();
    private readonly List<string> _deaths = [];
    private Task<bool>? _comeback;
    private volatile bool _isGone;

    /// <summary>Cases at the same time. Four keep a server of one core busy; more would make slow ones look silent.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Plays all cases. Interrupted, it returns what it has.</summary>
    /// <param name="onResult">Called for each case as it ends, from several threads.</param>
    public async Task<ConformReport> RunAsync(IReadOnlyList<ConformCase> cases, Action<CaseResult>? onResult, CancellationToken interruption)
    {
        var start = _time.GetTimestamp();
        var results = new ConcurrentDictionary<int, CaseResult>();
        try
        {
            await System.Threading.Tasks.Parallel.ForAsync(0, cases.Count, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = interruption }, async (i, cancellation) =>
            {
                if (await PlayAsync(cases[i], cancellation) is not { } result)
                    return;
                results[i] = result;
                onResult?.Invoke(result);
            });
        }
        catch (OperationCanceledException) when (interruption.IsCancellationRequested)
        {
            // The report of what was played is worth having.
        }

        if (_isGone)
            _deaths[^1] += cases.Count - results.Count == 1 ? " So 1 case was not played." : $" So {cases.Count - results.Count} cases were not played.";
        return new ConformReport(
            stage.Target.Url, stage.Facts.Server, [.. results.OrderBy(r => r.Key).Select(r => r.Value)], [.. _deaths], interruption.IsCancellationRequested, _time.GetElapsedTime(start));
    }

    /// <returns>Null: it could not be played, since nobody takes connections any more. That is said once, not for each case.</returns>
    private async Task<CaseResult?> PlayAsync(ConformCase conformCase, CancellationToken interruption)
    {
        if (_isGone)
            return null;
        var start = _time.GetTimestamp();
        Enter(conformCase.Id);
        var seen = await TryAsync(conformCase, mayReturn: true, interruption);
        Leave(conformCase.Id);
        return seen is null ? null : new CaseResult(conformCase, seen.Outcome, seen.Seen, seen.Expected, _time.GetElapsedTime(start));
    }

    private async Task<Observation?> TryAsync(ConformCase conformCase, bool mayReturn, CancellationToken interruption)
    {
        try
        {
            return await conformCase.Run(stage, interruption);
        }
        catch (NotReachedException e)
        {
            if (mayReturn && await ComesBackAsync(e.Message, interruption))
                return await TryAsync(conformCase, mayReturn: false, interruption);
            return _isGone ? null : Observation.Broken(e.Message);
        }
        catch (CaseBrokenException e)
        {
            return Observation.Broken(e.Message);
        }
    }

    private void Enter(string id)
    {
        lock (_gate)
            _playing.Add(id);
    }

    private void Leave(string id)
    {
        lock (_gate)
        {
            _playing.Remove(id);
            _recent.Enqueue(id);
            if (_recent.Count > Parallel)
                _recent.Dequeue();
        }
    }

    /// <summary>One wait for all cases that find the door shut, and one line in the report.</summary>
    private Task<bool> ComesBackAsync(string why, CancellationToken interruption)
    {
        lock (_gate)
        {
            if (_comeback is { IsCompleted: false } or { IsCompletedSuccessfully: true, Result: false })
                return _comeback;
            var suspects = string.Join(", ", _recent.Concat(_playing).Distinct());
            return _comeback = WaitAsync($"{why} This came after one of: {suspects}.", interruption);
        }
    }

    private async Task<bool> WaitAsync(string death, CancellationToken interruption)
    {
        var start = _time.GetTimestamp();
        while (_time.GetElapsedTime(start) < stage.Clock.StepLimit)
        {
            await Task.Delay(Pause, _time, interruption);
            try
            {
                await using var peer = await stage.DialAsync(interruption);
                Bury($"{death} It came back after {_time.GetElapsedTime(start).TotalSeconds:0.0} s.");
                return true;
            }
            catch (NotReachedException)
            {
                // Still away: asked again until the limit of a step is over.
            }
        }

        _isGone = true;
        Bury($"{death} It did not come back.");
        return false;
    }

    private void Bury(string sentence)
    {
        lock (_gate)
            _deaths.Add(sentence);
    }
}
