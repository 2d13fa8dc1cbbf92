using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>Collects what was seen, in the order in which a person asks for it.</summary>
internal static class Evidence
{
    internal static Dictionary<string, string> Collect(Attempt attempt, AttemptEnd? end, bool full)
    {
        var evidence = new Dictionary<string, string>(StringComparer.Ordinal);
        Add("request", $"{attempt.Method} {attempt.Scheme}://{attempt.Host}{attempt.Path} ({Spoken(attempt.Protocol)})");
        Add("forwarded scheme", attempt.ForwardedProto);
        Add("origin", attempt.Origin);
        Add("user agent", attempt.UserAgent);
        Add("route", attempt.Route);
        Add("pool", attempt.Pool);
        Add("subprotocol", attempt.Subprotocol);
        if (full)
        {
            Add("client address", attempt.ClientAddress);
            Add("user", attempt.Subject);
            Add("node", attempt.Node);
        }

        if (attempt.Connected)
            AddTraffic(attempt, end);
        foreach (var note in attempt.Notes)
        {
            if (full || note.Reader == NoteReader.Everyone)
                Add(note.Name, Shown(note.Value, attempt, full));
        }

        return evidence;

        void AddTraffic(Attempt of, AttemptEnd? at)
        {
            var counts = at?.Counts ?? of.Counts;
            var until = at?.At ?? of.StartedAt + of.Lasted;
            var when = at is null ? "ago" : "before the end";
            Add("client to back end", $"{counts.MessagesToBackend} messages, {counts.BytesToBackend} bytes");
            Add("back end to client", $"{counts.MessagesToClient} messages, {counts.BytesToClient} bytes");
            Add("last frame of client", Since(counts.LastFrameFromClient, until, when));
            Add("last frame of back end", Since(counts.LastFrameFromBackend, until, when));
            Add("ping of client", counts.ClientPingRoundTrip is { } client ? ExplainText.Duration(client) : null);
            Add("ping of back end", counts.BackendPingRoundTrip is { } backend ? ExplainText.Duration(backend) : null);
        }

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                evidence[name] = value;
        }
    }

    /// <summary>Text as this reader may see it.</summary>
    internal static string Shown(string text, Attempt attempt, bool full) => full ? text : EvidenceText.WithoutAddresses(text, attempt.Node);

    private static string Since(DateTimeOffset? frame, DateTimeOffset until, string when) => frame is { } at
        ? $"{ExplainText.Duration(until > at ? until - at : TimeSpan.Zero)} {when}"
        : "none came";

    private static string Spoken(HttpKind kind) => kind switch
    {
        HttpKind.Http10 => "HTTP/1.0",
        HttpKind.Http11 => "HTTP/1.1",
        _ => "HTTP/2",
    };
}
