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

    public int Count(Severity severity) => Findings.Count(f => f.Severity == severity);
}
