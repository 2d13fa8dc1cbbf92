namespace Bascule.Diagnostics;

/// <summary>A report as workflow commands of GitHub, which show findings beside the lines.</summary>
public static class LintGitHub
{
    public static string Write(LintReport report) => string.Concat(report.Findings.Select(Line))
        + string.Concat(report.Cut.Select(c => $"::notice title={Property(c.Rule)}::{Message($"{c.Left} more findings of this rule are not shown.")}\n"));

    private static string Line(LintFinding finding)
    {
        var command = finding.Severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "notice" };
        return $"::{command} file={Property(finding.Place.File)},line={finding.Place.Line},col={finding.Place.Column},title={Property(finding.Rule.Id)}::{Message($"{finding.Seen}. {finding.Rule.Why} {finding.Fix}")}\n";
    }

    private static string Message(string text) => text.Replace("%", "%25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private static string Property(string text) => Message(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);
}
