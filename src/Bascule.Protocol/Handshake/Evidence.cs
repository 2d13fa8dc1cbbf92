using System.Text;
using Bascule.Model;

namespace Bascule.Protocol;

/// <summary>Puts what was seen into words for the details of an <see cref="Ending"/>: short, without secrets.</summary>
internal static class Evidence
{
    // One value may not drown the others in a log line.
    private const int MaxValueCharacters = 80;

    // What tells an operator who answered and why, in this order.
    private static readonly string[] AnswerFields =
        ["Location", "WWW-Authenticate", "Retry-After", "Upgrade", "Sec-WebSocket-Version", "Content-Type", "Server", "Via"];

    /// <summary><c>answered 200 OK, content-type text/html, server SimpleHTTP/0.6</c></summary>
    internal static string OfAnswer(ResponseHead answer)
    {
        var text = new StringBuilder("answered ").Append(answer.Status);
        if (answer.ReasonPhrase.Length > 0)
            text.Append(' ').Append(Shown(answer.ReasonPhrase));
        foreach (var field in AnswerFields)
        {
            if (answer.Headers.First(field) is { } value)
                text.Append(", ").Append(field.ToLowerInvariant()).Append(' ').Append(field == "Location" ? WithoutQuery(value) : Shown(value));
        }

        return text.ToString();
    }

    /// <summary><c>Upgrade was absent, expected "websocket"</c></summary>
    internal static string OfField(string field, string? seen, string expected) => $"{field} was {Quoted(seen)}, expected {expected}";

    internal static string Quoted(string? value) => value is null ? "absent" : $"\"{Shown(value)}\"";

    // A subprotocol may carry a token; its name may be told, the token not.
    internal static string Subprotocol(string value) =>
        value.StartsWith("bearer.", StringComparison.OrdinalIgnoreCase) ? "\"bearer.…\"" : Quoted(value);

    private static string WithoutQuery(string location)
    {
        var query = location.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? Shown(location) : Shown(location[..query]) + "?…";
    }

    private static string Shown(string value) => value.Length <= MaxValueCharacters ? value : value[..MaxValueCharacters] + "…";
}
