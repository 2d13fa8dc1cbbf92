using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Comments <c>bascule-lint: ignore RULE-ID reason</c> on the line of a finding or above it; <c>ignore-file</c> in the first lines of a file.</summary>
internal static class Suppressions
{
    private const string Mark = "bascule-lint:";
    private const int HeadLines = 20;

    private static readonly Regex Comment = SourceText.Pattern(@"bascule-lint:\s*(?<scope>ignore|ignore-file)\s+(?<rule>[A-Z0-9-]+)(?<reason>[^\n]*)");

    internal static bool Covers(Deployment deployment, LintFinding finding)
    {
        if (deployment.File(finding.Place.File) is not { } file || !file.Text.Contains(Mark, StringComparison.Ordinal))
            return false;
        var at = finding.Place.Line - 1 - file.LinesBefore;
        return Rules(file, at).Concat(Rules(file, at - 1)).Any(r => r.Rule == finding.Rule.Id && !r.IsFile)
            || Enumerable.Range(0, Math.Min(HeadLines, file.Lines.Count)).SelectMany(i => Rules(file, i)).Any(r => r.Rule == finding.Rule.Id && r.IsFile);
    }

    /// <summary>Comments that give no reason: they take nothing out.</summary>
    internal static IEnumerable<LintHit> Faults(Deployment deployment) =>
        from file in deployment.Files
        where file.Text.Contains(Mark, StringComparison.Ordinal)
        from Match match in Comment.Matches(file.Text)
        where !HasReason(match)
        select new LintHit(file.PlaceOf(match.Index), $"{match.Groups["rule"].Value} is ignored without a reason");

    private static IEnumerable<(string Rule, bool IsFile)> Rules(LintFile file, int line)
    {
        if (line < 0 || line >= file.Lines.Count)
            return [];
        return Comment.Matches(file.Lines[line]).Where(HasReason).Select(m => (m.Groups["rule"].Value, m.Groups["scope"].Value == "ignore-file"));
    }

    private static bool HasReason(Match comment) => comment.Groups["reason"].Value.Count(char.IsLetterOrDigit) >= 3;
}
