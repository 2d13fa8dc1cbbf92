namespace Bascule.Diagnostics;

/// <summary>The answers to variants of one request: a single refusal proves little, the pattern over all of them names the cause.</summary>
/// <param name="Full">The upgrade as a page of the wanted origin sends it.</param>
/// <param name="NoOrigin">The same without Origin, as programs send it.</param>
/// <param name="OwnOrigin">The same from a page of the same host; null when that is what <paramref name="Full"/> is.</param>
/// <param name="Elsewhere">The same to a path that nobody can know.</param>
/// <param name="Plain">An ordinary GET of the same path.</param>
/// <param name="PlainElsewhere">An ordinary GET of the unknown path.</param>
internal sealed record Differential(
    ProbeTarget Target, HttpAnswer Full, HttpAnswer NoOrigin, HttpAnswer? OwnOrigin, HttpAnswer Elsewhere, HttpAnswer Plain, HttpAnswer PlainElsewhere)
{
    /// <summary>The path with its last slash added or taken away; asked only after a 404.</summary>
    internal HttpAnswer? OtherSlash { get; init; }

    /// <summary>The upgrade with the token in the query; asked only when the header was refused.</summary>
    internal HttpAnswer? TokenInQuery { get; init; }

    /// <summary>The same upgrade once more, several times at once.</summary>
    internal IReadOnlyList<HttpAnswer> Again { get; init; } = [];

    /// <summary>The same once more, one after the other: asked only when some of those at once failed and none before.</summary>
    internal IReadOnlyList<HttpAnswer> Singly { get; init; } = [];

    /// <summary>The upgrade with one value made up each time; asked only after a refusal.</summary>
    internal IReadOnlyList<ChangedValue> Changed { get; init; } = [];

    /// <summary>When it was asked: tokens have times.</summary>
    internal required DateTimeOffset Now { get; init; }

    internal IReadOnlyList<HopSeen> Hops { get; } = HopReading.Of(Target.Url.IdnHost, [Full, NoOrigin, Plain, PlainElsewhere]);

    internal HopSeen? Author { get; } = HopReading.AuthorOf(Target.Url.IdnHost, Full);

    /// <summary>As the start of a sentence.</summary>
    internal string Who => Author?.Name ?? "The server";

    /// <summary>The upgrade was answered as if it were no upgrade.</summary>
    internal bool IsTakenForPlain => Full.IsLike(Plain);

    internal bool IsOn(string platform) => Hops.Any(h => h.Platform == platform);

    /// <summary>A reverse proxy that shows itself, for sentences about what it may have removed.</summary>
    internal HopSeen? Proxy => Hops.LastOrDefault(h => h.Kind is HopKind.Proxy or HopKind.Edge or HopKind.Platform);

    internal string Seen => $"Upgrade: {Full}. Without Origin: {Brief(NoOrigin)}. A plain GET of the same path: {Brief(Plain)}. Upgrade of an unknown path: {Brief(Elsewhere)}.";

    internal Verdict Say(string ruleId, string headline, string why, string fix, params IReadOnlyList<string> facts) => Say(ruleId, Severity.Error, headline, why, fix, facts);

    internal Verdict Say(string ruleId, Severity severity, string headline, string why, string fix, params IReadOnlyList<string> facts) =>
        Findings.Of(ruleId, severity, headline, Seen, why, Findings.HiddenStatus, fix, facts);

    private string Brief(HttpAnswer answer) => answer.IsLike(Full) ? "the same" : answer.Brief;
}

/// <summary>The answer when one value of the request was made up.</summary>
/// <param name="Name">The parameter of the query, or the name of the header.</param>
internal sealed record ChangedValue(string Name, bool IsToken, HttpAnswer Answer);
