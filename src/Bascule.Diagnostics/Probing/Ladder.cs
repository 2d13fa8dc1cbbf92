namespace Bascule.Diagnostics;

/// <summary>The steps that were taken so far.</summary>
internal sealed class Ladder(ProbeTarget target, TimeProvider time, Action<ProbeStep>? onStep)
{
    private readonly List<ProbeStep> _steps = [];

    internal IReadOnlyList<ProbeStep> Steps => _steps;

    /// <summary>What fails now has another way beside it: it is worth a note and no fault.</summary>
    internal bool HasOtherWay { get; set; }

    /// <summary>A point in time from which a step is measured.</summary>
    internal long Now() => time.GetTimestamp();

    internal TimeSpan Since(long start) => time.GetElapsedTime(start);

    internal void Add(string id, StepResult result, TimeSpan took, string evidence, Verdict? verdict = null)
    {
        if (HasOtherWay && result == StepResult.Fail)
            (result, verdict) = (StepResult.Warn, verdict is null ? null : verdict with { Severity = Severity.Info });
        var step = new ProbeStep(id, result, took, target.Masked(evidence), verdict is null ? null : verdict with
        {
            Headline = target.Masked(verdict.Headline),
            Seen = target.Masked(verdict.Seen),
            Fix = target.Masked(verdict.Fix),
        });
        _steps.Add(step);
        onStep?.Invoke(step);
    }

    internal void Skip(string id, string why) => Add(id, StepResult.Skipped, TimeSpan.Zero, why);
}
