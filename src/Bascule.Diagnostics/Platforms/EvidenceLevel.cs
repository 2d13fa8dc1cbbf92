namespace Bascule.Diagnostics;

/// <summary>How a fact of the catalogue is known; the best first.</summary>
public enum EvidenceLevel
{
    /// <summary>The vendor's documentation or a specification was read.</summary>
    Primary,

    /// <summary>The source of the program was read.</summary>
    SourceCode,

    /// <summary>Measured on loopback with programs of known versions.</summary>
    Experiment,

    /// <summary>A document that quotes the vendor's page was read, not the page itself.</summary>
    Quoted,

    /// <summary>An issue, a forum or an article; may be about one deployment.</summary>
    Community,

    /// <summary>Follows from what was read, but is not stated there.</summary>
    Inferred,

    /// <summary>Not looked up: a hint.</summary>
    Recalled,
}

/// <summary>What a fact may weigh in a verdict.</summary>
public static class EvidenceLevels
{
    /// <summary>Whether it stands on more than hearsay or memory.</summary>
    public static bool IsFirm(this EvidenceLevel level) => level <= EvidenceLevel.Quoted;

    /// <summary>One step down when no fact behind the verdict is firm, so what is only recalled is a warning at most. Without facts the wish stands: what was seen is enough.</summary>
    public static Severity Limit(this Severity wish, IReadOnlyCollection<PlatformFact> facts) =>
        facts.Count == 0 || facts.Any(f => f.Evidence.IsFirm()) || wish == Severity.Info ? wish : wish + 1;
}
