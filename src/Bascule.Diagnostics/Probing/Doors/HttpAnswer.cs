using System.Globalization;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>What came back for one request.</summary>
/// <param name="Head">Null when no answer could be read.</param>
/// <param name="End">Why there is none.</param>
/// <param name="Body">Its first 4 KiB, without the secrets that were sent; of what could not be read, the first bytes.</param>
/// <param name="Unreached">Why there was no connection to ask on; else null.</param>
internal sealed record HttpAnswer(ResponseHead? Head, PeerEnd End, string Body, TimeSpan Took, string? Unreached)
{
    private const int MostShown = 80;

    /// <summary>How long TCP alone took; zero when there was no connection.</summary>
    internal TimeSpan Connected { get; init; }

    /// <summary>What is wrong with a head that began as HTTP and could not be read; else null.</summary>
    internal string? Fault { get; init; }

    /// <summary>Takes the secrets that were sent out of a text: done before it is cut. The body is without them already.</summary>
    internal Func<string, string> Masked { get; init; } = static text => text;

    internal int Status => Head?.Status ?? 0;

    internal bool IsSuccess => Status is >= 200 and < 300;

    internal bool IsRedirect => Status is 301 or 302 or 303 or 307 or 308;

    /// <summary>All values of the field, or the empty text.</summary>
    internal string this[string name] => Head?.Headers.Joined(name) ?? "";

    internal bool Says(string words) => Body.Contains(words, StringComparison.OrdinalIgnoreCase);

    internal bool ServerIs(string name) => this["Server"].StartsWith(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Both come from the same hand, as far as one can see: pages differ in times and ids, but not in how they begin.</summary>
    internal bool IsLike(HttpAnswer other) => Head is not null && other.Head is not null && Status == other.Status && this["Server"] == other["Server"]
        && this["Content-Type"] == other["Content-Type"] && Start(Body) == Start(other.Body);

    /// <summary>Only status and server: for sentences that compare many answers.</summary>
    internal string Brief => Unreached is not null || Head is null ? ToString() : this["Server"].Length == 0 ? $"{Status}" : $"{Status} (server: {Shorten(this["Server"])})";

    /// <summary><c>403, server: envoy, empty body</c>.</summary>
    public override string ToString()
    {
        if (Unreached is not null)
            return $"no connection: {Unreached}";
        if (Head is null && Fault is not null)
            return End == PeerEnd.Unreadable ? $"a head that cannot be read: {Fault}" : $"a part of a head (\"{Shorten(Body)}\"), {(End == PeerEnd.Silent ? "and not the rest in time" : $"then {End.Words()}")}";
        if (Head is null)
            return End == PeerEnd.Unreadable ? $"what came is no HTTP: {Shorten(Body)}" : End.Words();
        if (Status == 101)
            return "101";
        List<string> parts = [string.Create(CultureInfo.InvariantCulture, $"{Status}")];
        foreach (var field in new[] { "Server", "Via", "Location", "Retry-After", "WWW-Authenticate", "X-Bascule-Attempt" })
        {
            if (this[field] is { Length: > 0 } value)
                parts.Add($"{field.ToLowerInvariant()}: {Shorten(field == "Location" ? WithoutQuery(value) : value)}");
        }

        parts.Add(Page);
        return string.Join(", ", parts);
    }

    /// <summary><c>page "Not found"</c>, <c>body "no"</c> or <c>empty body</c>.</summary>
    internal string Page => Body.Length == 0 ? "empty body" : Title() is { } title ? $"page \"{title}\"" : $"body \"{Shorten(Body)}\"";

    private static string Start(string body)
    {
        const int compared = 64;
        return body.Length <= compared ? body : body[..compared];
    }

    private string? Title()
    {
        var start = Body.IndexOf("<title>", StringComparison.OrdinalIgnoreCase);
        var end = start < 0 ? -1 : Body.IndexOf('<', start + 7);
        return end < 0 ? null : Shorten(Body[(start + 7)..end]);
    }

    private static string WithoutQuery(string location) => location.IndexOf('?') is var query and >= 0 ? location[..query] + "?…" : location;

    private string Shorten(string text)
    {
        var line = string.Join(' ', Masked(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= MostShown ? line : line[..MostShown] + "…";
    }
}
