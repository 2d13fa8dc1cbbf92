using System.Globalization;
using Bascule.Diagnostics;

namespace Bascule.Cli;

/// <summary>How steps and verdicts of every check look: of the probe, the machine, the configuration.</summary>
internal static class CheckText
{
    internal const string Red = "\e[1;31m";
    internal const string Yellow = "\e[33m";
    internal const string Green = "\e[32m";
    internal const string Dim = "\e[2m";

    internal static void Verdict(Output output, Verdict verdict)
    {
        var (color, word) = Severity(verdict.Severity);
        Word(output, color, word);
        output.Line($"  {CellText.Clean(verdict.Headline)}  [{verdict.RuleId}]");
        // The first line of a finding in a file says it already.
        if (!verdict.Headline.EndsWith(verdict.Seen, StringComparison.Ordinal))
            Part(output, "seen", verdict.Seen);
        foreach (var (name, text) in new[] { ("why", verdict.Why), ("symptom", verdict.Symptom), ("fix", verdict.Fix), ("source", verdict.Source) })
            Part(output, name, text);
    }

    /// <summary>One line below a verdict; nothing for an empty text.</summary>
    internal static void Part(Output output, string name, string text)
    {
        if (text.Length > 0)
            output.Line($"  {name,-8} {CellText.Clean(text)}");
    }

    internal static void Steps(Output output, IEnumerable<ProbeStep> steps)
    {
        foreach (var step in steps)
        {
            var (color, word) = step.Result switch
            {
                StepResult.Ok => (Green, "ok"),
                StepResult.Warn => (Yellow, "warn"),
                StepResult.Fail => (Red, "FAIL"),
                _ => (Dim, "skipped"),
            };
            Word(output, color, $"{word,-8}");
            output.Line(string.Create(CultureInfo.InvariantCulture, $"{step.Id,-20} {(step.Took == TimeSpan.Zero ? "" : $"{step.Took.TotalMilliseconds:0} ms"),8}  {CellText.Clean(step.Evidence)}"));
        }
    }

    internal static (string Color, string Word) Severity(Severity severity) =>
        severity switch { Diagnostics.Severity.Error => (Red, "FAULT"), Diagnostics.Severity.Warning => (Yellow, "warning"), _ => (Dim, "note") };

    internal static void Word(Output output, string color, string word) => output.Text(output.IsTerminal && output.IsColored ? $"{color}{word}\e[0m" : word);
}
