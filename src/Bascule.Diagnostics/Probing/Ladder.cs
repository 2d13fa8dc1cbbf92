namespace Bascule.Diagnostics;

/// <summary>The steps that were taken so far.</summary>
internal sealed class Ladder(ProbeTarget target, TimeProvider time, Action<ProbeStep>? onStep)
{
    private readonly List<ProbeStep> _steps = [];
    private readonly SentSecrets _secrets = new(target);

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
        var step = new ProbeStep(id, result, took, Masked(evidence), verdict is null ? null : verdict with
        {
            Headline = Masked(verdict.Headline),
            Seen = Masked(verdict.Seen),
            Why = Masked(verdict.Why),
            Fix = Masked(verdict.Fix),
        });
        _steps.Add(step);
        onStep?.Invoke(step);
    }

    /// <summary>A later step knows better: what was seen stays, what followed from it does not.</summary>
    /// <param name="words">In the evidence of the step that had the verdict.</param>
    internal void TakeBack(string ruleId, string words)
    {
        for (var i = 0; i < _steps.Count; i++)
        {
            if (_steps[i].Verdict?.RuleId == ruleId && _steps[i].Evidence.Contains(words, StringComparison.Ordinal))
                _steps[i] = _steps[i] with { Verdict = null };
        }
    }

    /// <summary>Without the secrets that were sent. What is to be cut is masked before that.</summary>
    internal string Masked(string text) => _secrets.Hide(text);

    internal void Skip(string id, string why) => Add(id, StepResult.Skipped, TimeSpan.Zero, why);
}
