namespace Bascule.Diagnostics;

/// <summary>Makes verdicts: weighs them by how their facts are known, and names the sources.</summary>
internal static class Findings
{
    internal const string HiddenStatus = "A browser shows close code 1006 without a reason and hides the status; other clients report \"bad handshake\" or the status.";

    internal const string HiddenFault = "A browser shows close code 1006 without a reason.";

    /// <summary>A verdict that was measured here: facts only name suspects, so they do not weigh.</summary>
    internal static Verdict Measured(string ruleId, Severity severity, string headline, string seen, string why, string symptom, string fix, params IReadOnlyList<string> facts) =>
        Of(ruleId, severity, headline, seen, why, symptom, fix, facts) with { Severity = severity };

    /// <param name="facts">Ids in the catalogue.</param>
    internal static Verdict Of(string ruleId, Severity severity, string headline, string seen, string why, string symptom, string fix, params IReadOnlyList<string> facts)
    {
        var known = facts.Select(id => PlatformCatalogue.Embedded[id]).ToList();
        return new Verdict(ruleId, severity.Limit(known), headline, seen, why, symptom, fix, PlatformCatalogue.SourceOf(known));
    }
}
