using System.Text;

namespace Bascule.Gateway.Tests;

/// <summary>The text of a request for a WebSocket, right unless a test makes it wrong.</summary>
internal sealed record Ask(string Target)
{
    internal const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    internal const string AcceptOfKey = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    internal string Method { get; init; } = "GET";

    internal string Version { get; init; } = "HTTP/1.1";

    internal string? Host { get; init; } = "gateway.test";

    /// <summary>The fields of the handshake; a null value leaves the field out.</summary>
    internal IReadOnlyDictionary<string, string?> Handshake { get; init; } = Proper;

    /// <summary>Further fields, one per line.</summary>
    internal IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>The page that the gateway itself could have served: it may connect without being named.</summary>
    internal const string OwnPage = "http://gateway.test";

    /// <summary>What every browser sends along.</summary>
    internal static IReadOnlyList<string> BrowserFields { get; } = [$"Origin: {OwnPage}", "Sec-Fetch-Mode: websocket", "Sec-Fetch-Site: same-origin"];

    internal static IReadOnlyDictionary<string, string?> Proper { get; } = new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["Connection"] = "Upgrade",
        ["Upgrade"] = "websocket",
        ["Sec-WebSocket-Version"] = "13",
        ["Sec-WebSocket-Key"] = Key,
    };

    /// <summary>An ordinary request.</summary>
    internal static Ask Plain(string target) => new(target) { Handshake = new Dictionary<string, string?>(StringComparer.Ordinal) };

    internal Ask Set(string name, string? value) => this with { Handshake = new Dictionary<string, string?>(Handshake, StringComparer.Ordinal) { [name] = value } };

    internal Ask With(params string[] fields) => this with { Fields = [.. Fields, .. fields] };

    /// <summary>Too large a head for the gateway's own listener, which looks at 8 KiB at most.</summary>
    internal Ask ForKestrel() => With($"X-Padding: {new string('x', 9000)}");

    /// <summary>From a page of this origin, and of no other.</summary>
    internal Ask From(string origin) => this with { Fields = [.. Fields.Where(f => !f.StartsWith("Origin:", StringComparison.Ordinal)), $"Origin: {origin}"] };

    internal Ask WithToken(string token) => With($"Authorization: Bearer {token}");

    internal Ask AsBrowser() => this with { Fields = [.. Fields, .. BrowserFields] };

    public override string ToString()
    {
        var text = new StringBuilder($"{Method} {Target} {Version}\r\n");
        if (Host is not null)
            text.Append($"Host: {Host}\r\n");
        foreach (var (name, value) in Handshake)
        {
            if (value is not null)
                text.Append($"{name}: {value}\r\n");
        }

        foreach (var field in Fields)
            text.Append($"{field}\r\n");
        return text.Append("\r\n").ToString();
    }
}
