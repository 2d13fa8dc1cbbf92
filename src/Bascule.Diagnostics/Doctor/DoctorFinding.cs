namespace Bascule.Diagnostics;

/// <summary>One thing that is wrong, with all that is known about it from every section.</summary>
/// <param name="Section"><c>probe</c>, <c>lint</c>, <c>configuration</c>, <c>host</c>, …: who found it.</param>
public sealed record DoctorFinding(string Section, Verdict Verdict)
{
    /// <summary>Where it stands in files; for what a probe saw, the lines that cause it.</summary>
    public IReadOnlyList<CausePlace> Places { get; init; } = [];

    /// <summary>How the file would be changed; null where no line says it.</summary>
    public string? Diff { get; init; }

    /// <summary>What was seen on the wire and what stands in a file are the same fault.</summary>
    public bool IsJoined { get; init; }
}

/// <summary>A line that causes something.</summary>
/// <param name="RuleId">The rule of the linter; null where only the limit of a hop is known.</param>
public sealed record CausePlace(string? RuleId, string Path, int Line, string Seen)
{
    public override string ToString() => new Place(Path, Line).ToString();
}
