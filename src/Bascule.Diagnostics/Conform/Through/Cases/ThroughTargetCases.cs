namespace Bascule.Diagnostics;

/// <summary>Whether path and query arrive as they were sent.</summary>
internal static class ThroughTargetCases
{
    private const string Source = "RFC 6455 §4.1, RFC 3986 §6.2";

    internal static IEnumerable<ThroughCase> All { get; } =
    [
        Of("request-path", "A path below the URL arrives", "/lobby/room-7"),
        Of("request-path-encoded", "Percent-encoding stays as it is, %2F and %41 too", "/a%2Fb%20c/%41%C3%A9/%25"),
        Of("request-path-slashes", "Two slashes in a row stay two", "/a//b/"),
        Of("request-path-marks", "; , = @ ! ' in a path stay as they are", "/a;v=1/b,c=d@e!'(x)*"),
        Of("request-path-dots", "Dot segments arrive as sent, or resolved", "/a/./b/../c"),
        Of("request-query", "A query arrives byte for byte, with its repeated and empty parts", "/", "a=1&a=2&b=%20+%26&c&=&d[]=x;y&e=/?"),
        Of("request-query-long", "A query of 4,000 bytes arrives whole", "/", "token=" + new string('t', 3994)),
    ];

    private static ThroughCase Of(string id, string title, string path, string query = "") =>
        new(id, title, Source, (stage, interruption) => ArrivesAsync(stage, path, query, interruption));

    private static async Task<Observation> ArrivesAsync(ThroughStage stage, string path, string query, CancellationToken interruption)
    {
        var url = stage.Front.Target.Url;
        var sentPath = url.AbsolutePath.TrimEnd('/') + (path == "/" ? url.AbsolutePath[url.AbsolutePath.TrimEnd('/').Length..] : path);
        var sentQuery = string.Join('&', ((string[])[url.Query.TrimStart('?'), query]).Where(q => q.Length > 0));
        var target = sentQuery.Length == 0 ? sentPath : $"{sentPath}?{sentQuery}";
        await using var attempt = await stage.AttemptAsync(stage.Front.Upgrade() with { FirstLine = $"GET {target} HTTP/1.1" }, interruption);
        if (attempt.Call is not { } call)
            return Refused(await attempt.Answer, path);

        await attempt.AcceptAsync(interruption);
        var seen = call.Head.Path + call.Head.Query;
        // The gateway may cut or change the part that its own configuration names; what lies below is the client's.
        if (call.Head.Path.EndsWith(path == "/" ? "" : path, StringComparison.Ordinal) && call.Head.Query.TrimStart('?') == sentQuery)
            return Observation.Passed(seen.Length > 60 ? $"{seen.Length} bytes, the same" : $"{seen} arrived");
        return Uri.UnescapeDataString(seen) == Uri.UnescapeDataString(target) || Resolved(seen) == Resolved(target)
            ? Observation.Lenient($"{target} arrived as {seen}", "Unchanged: the back end may sign or compare what the client wrote.")
            : Observation.Failed($"{target} arrived as {seen}", "The same path and query.");
    }

    private static Observation Refused(AnswerRead answer, string path) => answer.Head is { Status: 404 } && path == "/lobby/room-7"
        ? Observation.NotApplicable("404: only the URL itself is routed to the back end, nothing below it")
        : Observation.Lenient($"the request was refused: {answer}", "It reaches the back end, which knows what it means.");

    private static string Resolved(string target) => new Uri("http://x" + target.Replace("//", "/", StringComparison.Ordinal)).PathAndQuery;
}
