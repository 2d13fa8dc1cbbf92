using System.Security.Cryptography;
using System.Text;

namespace Bascule.Diagnostics;

/// <summary>A fault that stands in a file.</summary>
/// <param name="Diff">How the file would be changed; null where no line says it.</param>
public sealed record LintFinding(LintRule Rule, Severity Severity, Place Place, string Seen, string Fix, string? Diff)
{
    /// <summary>The only host that it concerns; null: any.</summary>
    public string? Host { get; init; }

    /// <summary>The same as long as the fault stays, wherever in the file it moves: what a baseline remembers.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Rule.Id}\n{Place.File}\n{WithoutLines(Seen)}")))[..16];

    public Verdict Verdict => new(Rule.Id, Severity, $"{Place}: {Seen}", Seen, Rule.Why, Rule.Symptom, Fix, Rule.Source);

    /// <summary>Places of other files in the text change with every edit of those.</summary>
    private static string WithoutLines(string text) => System.Text.RegularExpressions.Regex.Replace(text, ":[0-9]+", "", System.Text.RegularExpressions.RegexOptions.NonBacktracking);
}

/// <summary>A service, workload or route that shows no WebSockets of its own.</summary>
public sealed record PlainUnit(string Name, Place Place);

/// <summary>Findings of one rule that a report leaves out: who has so many reads the first ones and repairs them all.</summary>
/// <param name="Left">How many are not in the report.</param>
public sealed record CutRule(string Rule, Severity Severity, int Left);

/// <summary>What one run found.</summary>
/// <param name="Findings">The gravest first; a wrong fix after the faults that it was meant for.</param>
/// <param name="Intents">Why WebSockets are believed to be carried; empty when nothing shows it, and then most rules are silent.</param>
public sealed record LintReport(IReadOnlyList<LintFinding> Findings, IReadOnlyList<Intent> Intents, int Files)
{
    /// <summary>What a connection passes, as far as the files show.</summary>
    public IReadOnlyList<Hop> Hops { get; init; } = [];

    internal ServingMap? Serving { get; init; }

    /// <summary>The quickest traffic that keeps a connection from being silent; null where none was found.</summary>
    public Heartbeat? Heartbeat { get; init; }

    /// <summary>Whether the person said that WebSockets are carried, whatever the files show.</summary>
    public bool IsAssumed { get; init; }

    /// <summary>Parts that show no WebSockets, beside others that do: most rules leave them alone.</summary>
    public IReadOnlyList<PlainUnit> Plain { get; init; } = [];

    /// <summary>Findings that a comment with a reason, or the baseline, took out.</summary>
    public int Suppressed { get; init; }

    /// <summary>The first verdict; null when nothing was found.</summary>
    public Verdict? First => Findings.Count == 0 ? null : Findings[0].Verdict;

    /// <summary>Rules of which not all findings are here.</summary>
    public IReadOnlyList<CutRule> Cut { get; init; } = [];

    /// <summary>Those that were left out are counted, too.</summary>
    public int Count(Severity severity) => Findings.Count(f => f.Severity == severity) + Cut.Where(c => c.Severity == severity).Sum(c => c.Left);

    /// <summary>The report with no more than so many findings of a rule, and how many were left out.</summary>
    public LintReport Shortened(int mostOfARule = 1000)
    {
        var rules = Findings.GroupBy(f => (f.Rule.Id, f.Severity)).Where(g => g.Count() > mostOfARule).ToList();
        var left = rules.SelectMany(g => g.Skip(mostOfARule)).ToHashSet(ReferenceEqualityComparer.Instance);
        return rules.Count == 0 ? this : this with
        {
            Findings = [.. Findings.Where(f => !left.Contains(f))],
            Cut = [.. rules.Select(g => new CutRule(g.Key.Id, g.Key.Severity, g.Count() - mostOfARule))],
        };
    }
}
