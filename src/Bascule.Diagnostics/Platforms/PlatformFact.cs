namespace Bascule.Diagnostics;

/// <summary>How one platform, proxy, server or client treats WebSockets.</summary>
/// <param name="Id">Stable: <c>nginx-read-timeout</c>.</param>
/// <param name="Platform">Whom it is about: <c>nginx</c>.</param>
/// <param name="Category">handshake, idle, lifetime, limits, support …</param>
/// <param name="Number">Its main figure, in <paramref name="Unit"/>.</param>
/// <param name="Host">A regular expression of host names on which it holds; null when any may be.</param>
/// <param name="Header">The answer's fields that show it, as text: <c>server: envoy; x-cache</c>.</param>
/// <param name="Source">The address of the document.</param>
public sealed record PlatformFact(
    string Id, string Platform, string Category, string Fact, double? Number, string? Unit, string? Cause, string? Fix, string? Host, string? Header, EvidenceLevel Evidence, string Source);

/// <summary>Who ends connections after how long.</summary>
/// <param name="Kind"><c>idle</c>: after silence; <c>lifetime</c>: whatever moves; <c>after-event</c>: so long after a reload.</param>
/// <param name="Suspects">For a person.</param>
/// <param name="Facts">Ids of <see cref="PlatformFact"/>.</param>
public sealed record DurationFingerprint(double Seconds, string Kind, string Suspects, IReadOnlyList<string> Facts);
