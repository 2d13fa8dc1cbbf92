using System.Globalization;
using System.Text;

namespace Bascule.Diagnostics;

/// <summary>A report for people: the verdict first, then every finding with its reason and its repair.</summary>
public static class LintText
{
    private const int MostHops = 10;
    private const int MostPlain = 6;

    /// <param name="width">Columns of the terminal; 0 where nothing shall be wrapped.</param>
    public static string Write(LintReport report, int width = 0) => TextWrap.Lines(Whole(report), width);

    private static string Whole(LintReport report)
    {
        var text = new StringBuilder();
        text.Append(Headline(report)).Append('\n');
        foreach (var same in report.Findings.GroupBy(f => (f.Rule, f.Severity)))
            Findings(text.Append('\n'), [.. same]);
        Path(text, report);
        text.Append('\n').Append(Summary(report)).Append('\n');
        return text.ToString();
    }

    /// <summary>A rule, whole: what <c>--explain</c> prints.</summary>
    public static string Explain(LintRule rule, int width = 0) => TextWrap.Lines(Whole(rule), width);

    private static string Whole(LintRule rule)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{rule.Id} ({Word(rule.Severity)}{(rule.IsWrongFix ? ", a repair that does not help" : "")})\n");
        Line(text, "looks at", rule.Inspects);
        Line(text, "why", rule.Why);
        Line(text, "client sees", rule.Symptom);
        Line(text, "fix", rule.Fix);
        Line(text, "source", rule.Source);
        text.Append("\nFires:\n");
        Example(text, rule.Fires);
        text.Append("Silent:\n");
        Example(text, rule.Silent);
        return text.ToString();
    }

    /// <summary>error, warning or info.</summary>
    public static string Word(Severity severity) => severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "info" };

    internal static string Headline(LintReport report)
    {
        if (report.First is { } first)
            return $"{Word(first.Severity)}: {first.Seen} ({first.RuleId}, {report.Findings[0].Place})";
        return report.Intents.Count == 0 && !report.IsAssumed
            ? "Nothing found; and nothing here shows that WebSockets are carried, so most rules were not asked. --assume-websockets asks them."
            : "Nothing found.";
    }

    /// <summary>The way of a connection, with the limits that hold on it.</summary>
    private static void Path(StringBuilder text, LintReport report)
    {
        var limited = report.Hops.Where(h => h.Idle is not null || h.Lifetime is not null).DistinctBy(h => (h.Name, h.Place)).ToList();
        if (limited.Count == 0 || report.Findings.Count == 0)
            return;
        text.Append("\nThe path, as these files show it:\n");
        foreach (var hop in limited.OrderBy(h => h.Idle?.Seconds ?? double.MaxValue).Take(MostHops))
        {
            var idle = hop.Idle is null ? "" : $", silent at most {hop.Idle} ({hop.Idle.Place})";
            var age = hop.Lifetime is null ? "" : $", ends after {hop.Lifetime} ({hop.Lifetime.Place})";
            text.Append(CultureInfo.InvariantCulture, $"  {hop.Name}{idle}{age}\n");
        }

        if (limited.Count > MostHops)
            text.Append(CultureInfo.InvariantCulture, $"  and {limited.Count - MostHops} more\n");
        text.Append(report.Heartbeat is { } beat ? $"  heartbeat: every {TimeText.Show(beat.Seconds)} s ({beat.Place}, {beat.Origin})\n" : "  heartbeat: none was found in these files\n");
    }

    /// <summary>What one rule found: its reason once, then every place.</summary>
    private static void Findings(StringBuilder text, IReadOnlyList<LintFinding> same)
    {
        var (first, rule) = (same[0], same[0].Rule);
        text.Append(CultureInfo.InvariantCulture, $"{Word(first.Severity).ToUpperInvariant()} {rule.Id} {first.Place}\n");
        Line(text, "seen", first.Seen);
        Line(text, rule.IsWrongFix ? "no help" : "why", rule.Why);
        Line(text, "client sees", rule.Symptom);
        Line(text, "fix", first.Fix);
        Diff(text, first);
        Line(text, "source", rule.Source);
        foreach (var other in same.Skip(1))
        {
            Line(text, "also", $"{other.Place}: {other.Seen}{(other.Fix == first.Fix ? "" : $" Fix: {other.Fix}")}");
            Diff(text, other);
        }
    }

    private static void Diff(StringBuilder text, LintFinding finding)
    {
        if (finding.Diff is { } diff)
            text.Append(string.Concat(diff.TrimEnd('\n').Split('\n').Select(l => $"      {l}\n")));
    }

    private static string Summary(LintReport report)
    {
        var counts = $"{report.Count(Severity.Error)} errors, {report.Count(Severity.Warning)} warnings, {report.Count(Severity.Info)} infos in {report.Files} files";
        var because = report.Intents.Count == 0 ? "" : $" WebSockets are used here: {report.Intents[0].What} ({report.Intents[0].Place}).";
        var plain = report.Plain.Count == 0 ? "" : $" No sign of them in {string.Join(", ", report.Plain.Take(MostPlain).Select(p => $"{p.Name} ({p.Place})"))}{(report.Plain.Count > MostPlain ? $" and {report.Plain.Count - MostPlain} more" : "")}: left alone.";
        var cut = string.Concat(report.Cut.Select(c => $" Of {c.Rule} {c.Left} more are counted and not shown."));
        return $"{counts}{(report.Suppressed > 0 ? $", {report.Suppressed} suppressed" : "")}.{cut}{because}{plain}";
    }

    private static void Line(StringBuilder text, string name, string value) => text.Append(CultureInfo.InvariantCulture, $"  {name + ":",-13}{value}\n");

    private static void Example(StringBuilder text, LintExample example)
    {
        foreach (var (path, content) in example.Files)
            text.Append(CultureInfo.InvariantCulture, $"  # {path}\n{string.Concat(content.TrimEnd('\n').Split('\n').Select(l => $"  {l}\n"))}");
    }
}
