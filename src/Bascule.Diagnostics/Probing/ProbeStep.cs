namespace Bascule.Diagnostics;

/// <summary>How a step of the ladder ended.</summary>
public enum StepResult
{
    Ok,

    /// <summary>It works, but not for everybody or not for ever.</summary>
    Warn,

    Fail,

    /// <summary>Could not be tried; the evidence says why.</summary>
    Skipped,
}

/// <summary>One step of the ladder.</summary>
/// <param name="Id">Stable: <c>dns</c>, <c>upgrade-no-origin</c>.</param>
/// <param name="Evidence">What was seen, in one line, without secrets.</param>
/// <param name="Verdict">What follows from it, when something does.</param>
public sealed record ProbeStep(string Id, StepResult Result, TimeSpan Took, string Evidence, Verdict? Verdict);
