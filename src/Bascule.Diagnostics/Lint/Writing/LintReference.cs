using System.Globalization;
using System.Text;

namespace Bascule.Diagnostics;

/// <summary>The reference page of the rules, made from them.</summary>
public static class LintReference
{
    public static string Markdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Rules of bascule lint

            Made from the rules themselves: change them, then run their tests with BASCULE_UPDATE=1. How to use the linter stands in [lint.md](lint.md).
            {LintRules.All.Count} rules, {LintRules.All.Count(r => r.IsWrongFix)} of which know repairs that do not help. A severity is one step lower than it would be where no source behind the rule is better than hearsay.
            Facts as of {PlatformCatalogue.Embedded.AsOf:yyyy-MM-dd}.

            | rule | severity | looks at |
            |---|---|---|

            """);
        foreach (var rule in LintRules.All)
            text.Append(CultureInfo.InvariantCulture, $"| [{rule.Id}](#{rule.Id.ToLowerInvariant()}) | {LintText.Word(rule.Severity)} | {Cell(rule.Inspects)} |\n");
        foreach (var rule in LintRules.All)
            Rule(text, rule);
        return text.ToString();
    }

    private static void Rule(StringBuilder text, LintRule rule)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {rule.Id}\n\n**{LintText.Word(rule.Severity)}**{(rule.IsWrongFix ? ", a repair that does not help" : "")}. Looks at: {rule.Inspects}.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"- **Why:** {rule.Why}\n- **The client sees:** {rule.Symptom}\n- **Fix:** {rule.Fix}\n");
        text.Append(CultureInfo.InvariantCulture, $"- **Source:** {rule.Source}\n");
        text.Append("\nFires:\n\n```text\n").Append(Example(rule.Fires)).Append("```\n\nSilent:\n\n```text\n").Append(Example(rule.Silent)).Append("```\n");
    }

    private static string Example(LintExample example) => string.Concat(example.Files.Select(f => $"# {f.Path}\n{f.Text.TrimEnd('\n')}\n"));

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
