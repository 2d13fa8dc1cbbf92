using Bascule.Diagnostics;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Collects the steps of a check, each with the time that it took. All that is told goes through one masking.</summary>
/// <param name="token">What no text may hold; null where nothing is sent.</param>
internal sealed class CheckSteps(TimeProvider time, SentToken? token = null)
{
    private readonly List<ProbeStep> _steps = [];
    private long _last = time.GetTimestamp();
    private int _refused;

    internal CheckReport Report => new("cluster", _steps);

    internal void Good(string id, string evidence) => Add(id, StepResult.Ok, evidence, null);

    internal void Skip(string id, string why) => Add(id, StepResult.Skipped, why, null);

    internal void Found(string id, Verdict verdict) => Add(id, verdict.Severity == Severity.Error ? StepResult.Fail : StepResult.Warn, verdict.Seen, verdict);

    /// <summary>How many steps the API server gave no answer to.</summary>
    internal string Refused => $"{_refused} of {_steps.Count} steps got no answer";

    /// <summary>True when there is an object or a list; else the step says why it could not be looked at.</summary>
    internal bool MaySee(string id, KubeError? error, string what)
    {
        if (error is null)
            return true;
        _refused++;
        Skip(id, error.Status == 403
            ? $"these credentials may not read {what}: ask with a kubeconfig that may"
            : $"{what} could not be read: {error}");
        return false;
    }

    private void Add(string id, StepResult result, string evidence, Verdict? verdict)
    {
        _steps.Add(new ProbeStep(id, result, time.GetElapsedTime(_last), Shown(evidence), verdict is null ? null : verdict with
        {
            Headline = Shown(verdict.Headline), Seen = Shown(verdict.Seen), Why = Shown(verdict.Why), Symptom = Shown(verdict.Symptom), Fix = Shown(verdict.Fix),
        }));
        _last = time.GetTimestamp();
    }

    private string Shown(string text) => token?.Masked(text) ?? text;
}
