using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace Bascule.Diagnostics;

/// <summary>A JSON Web Token among what is sent. Only its times are read: the signature is the server's to check, and nothing of it is shown.</summary>
/// <param name="Where">In words: <c>the query (token)</c>.</param>
internal sealed record TokenSeen(string Where, DateTimeOffset? From, DateTimeOffset? Until)
{
    // As much as servers take in a line of the head.
    private const int MostChars = 16 * 1024;

    private static readonly string[] TokenNames = ["token", "access_token", "id_token", "jwt", "ticket", "auth", "authorization", "key", "api_key", "apikey", "session_token"];

    /// <summary>The first token that can be read; null when there is none.</summary>
    internal static TokenSeen? Of(ProbeTarget target) => Sent(target).Select(s => Read(s.Where, s.Value)).FirstOrDefault(t => t is not null);

    /// <summary>Whether anything is sent that a server could take for the proof of who asks.</summary>
    internal static bool IsSent(ProbeTarget target) =>
        target.Token is not null
        || target.Headers.Any(h => h.Key.Contains("auth", StringComparison.OrdinalIgnoreCase) || h.Key.Contains("key", StringComparison.OrdinalIgnoreCase) || h.Key.Contains("token", StringComparison.OrdinalIgnoreCase) || h.Key.Equals("Cookie", StringComparison.OrdinalIgnoreCase))
        || QueryOf(target.Url).Any(p => IsTokenName(p.Name) || Read("", p.Value) is not null);

    internal static bool IsTokenName(string name) => TokenNames.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a value of the query is a token, by its name or by what it is.</summary>
    internal static bool IsToken(string name, string value) => IsTokenName(name) || Read("", value) is not null;

    /// <summary>The parameters of the query, as they stand there.</summary>
    internal static IEnumerable<(string Name, string Value)> QueryOf(Uri url) =>
        from pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        let sign = pair.IndexOf('=')
        where sign > 0
        select (pair[..sign], pair[(sign + 1)..]);

    /// <summary>What is wrong with its times; null when nothing is.</summary>
    internal string? FaultAt(DateTimeOffset now) =>
        Until <= now ? $"expired {Ago(now - Until.Value)} ago, at {Until:yyyy-MM-dd HH:mm:ss} UTC"
        : From > now ? $"is not valid before {From:yyyy-MM-dd HH:mm:ss} UTC"
        : null;

    private static IEnumerable<(string Where, string Value)> Sent(ProbeTarget target)
    {
        if (target.Token is { } token)
            yield return ("the Authorization header", token);
        foreach (var header in target.Headers.Where(h => h.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase)))
            yield return ("the Authorization header", header.Value[(header.Value.LastIndexOf(' ') + 1)..]);
        foreach (var (name, value) in QueryOf(target.Url))
            yield return ($"the query ({name})", value);
    }

    private static TokenSeen? Read(string where, string text)
    {
        var parts = text.Split('.');
        if (parts.Length != 3 || text.Length > MostChars || !Base64Url.IsValid(parts[0]) || !Base64Url.IsValid(parts[1]))
            return null;
        try
        {
            using var head = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]), new JsonDocumentOptions { MaxDepth = 8 });
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]), new JsonDocumentOptions { MaxDepth = 16 });
            return head.RootElement.ValueKind == JsonValueKind.Object && claims.RootElement.ValueKind == JsonValueKind.Object && head.RootElement.TryGetProperty("alg", out _)
                ? new TokenSeen(where, Time(claims.RootElement, "nbf"), Time(claims.RootElement, "exp"))
                : null;
        }
        catch (JsonException)
        {
            // Three words with dots between: somebody's own kind of token.
            return null;
        }
    }

    private static DateTimeOffset? Time(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var claim) && claim.ValueKind == JsonValueKind.Number && claim.TryGetDouble(out var seconds) && seconds is > 0 and < 253_402_300_799
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;

    private static string Ago(TimeSpan time) => time switch
    {
        { TotalDays: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0} days"),
        { TotalHours: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0} hours"),
        { TotalMinutes: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} minutes"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s"),
    };
}
