namespace Bascule.Diagnostics;

/// <summary>What a fault breaks; the first is told first among findings of one severity.</summary>
public enum Breaks
{
    /// <summary>Connections are refused.</summary>
    Handshake,

    /// <summary>Connections are cut.</summary>
    Connection,

    /// <summary>Some fail when there are many.</summary>
    Load,

    /// <summary>The platform refuses the configuration, or it does nothing.</summary>
    Deploy,

    /// <summary>Nothing by itself.</summary>
    Nothing,
}

/// <summary>One thing that the linter knows to be wrong.</summary>
/// <param name="Id">Stable; never used again for something else.</param>
/// <param name="Wish">The severity where the facts behind it are firm.</param>
/// <param name="Inspects">The files and keys, in words.</param>
public sealed record LintRule(string Id, Severity Wish, Breaks Breaks, string Inspects)
{
    /// <summary>Why it breaks.</summary>
    public required string Why { get; init; }

    /// <summary>What a client will observe.</summary>
    public required string Symptom { get; init; }

    public required string Fix { get; init; }

    /// <summary>Ids of the catalogue of platforms.</summary>
    public IReadOnlyList<string> Facts { get; init; } = [];

    /// <summary>Whether it recognises a popular repair that does not help.</summary>
    public bool IsWrongFix { get; init; }

    /// <summary>Whether it holds for plain HTTP, too, and so needs no sign of WebSockets.</summary>
    public bool IsForAll { get; init; }

    public required Func<Deployment, IEnumerable<LintHit>> Check { get; init; }

    /// <summary>Files in which the rule finds something.</summary>
    public required LintExample Fires { get; init; }

    /// <summary>The same files, put right.</summary>
    public required LintExample Silent { get; init; }

    /// <summary>One step below the wish where all facts are hearsay or memory.</summary>
    public Severity Severity => Limited(Wish);

    /// <summary>Where it is written, for what is no fact of a platform; its severity stays as it is.</summary>
    public string? Reference { get; init; }

    public string Source => string.Join("; ", new[] { PlatformCatalogue.SourceOf(Known), Reference }.Where(s => !string.IsNullOrEmpty(s)));

    private IReadOnlyList<PlatformFact> Known => [.. Facts.Select(f => PlatformCatalogue.Embedded[f])];

    internal Severity Limited(Severity wish) => wish.Limit(Known);
}

/// <summary>Small files that show a rule.</summary>
public sealed class LintExample(params IReadOnlyList<(string Path, string Text)> files)
{
    public IReadOnlyList<(string Path, string Text)> Files { get; } = files;

    /// <summary>What the person who lints says besides.</summary>
    public LintOptions Options { get; init; } = new();
}

/// <summary>One place where a rule found something.</summary>
/// <param name="Seen">What stands there, without secrets.</param>
public sealed record LintHit(Place Place, string Seen)
{
    /// <summary>Instead of the rule's own.</summary>
    public string? Fix { get; init; }

    public Severity? Severity { get; init; }

    /// <summary>The only host that it concerns; null: any.</summary>
    public string? Host { get; init; }

    /// <summary>How the file would be changed.</summary>
    public LineEdit? Edit { get; init; }
}
