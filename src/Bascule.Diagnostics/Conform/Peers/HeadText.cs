using System.Text;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>The head of a request or an answer, to be sent as it is: nothing is checked, so it may be wrong on purpose.</summary>
/// <param name="FirstLine">Without its line end.</param>
public sealed record HeadText(string FirstLine, IReadOnlyList<KeyValuePair<string, string>> Fields)
{
    /// <summary>An upgrade as RFC 6455 §4.1 wants it, with a fresh key.</summary>
    public static HeadText Upgrade(Uri url, IEnumerable<KeyValuePair<string, string>>? more = null) => new(
        $"GET {url.PathAndQuery} HTTP/1.1",
        [
            new("Host", url.Authority), new("Connection", "Upgrade"), new("Upgrade", "websocket"),
            new("Sec-WebSocket-Version", "13"), new("Sec-WebSocket-Key", AcceptKey.NewKey()), .. more ?? [],
        ]);

    /// <summary>The answer of a server to a key: the 101 of RFC 6455 §4.2.2.</summary>
    public static HeadText SwitchingProtocols(string key, IEnumerable<KeyValuePair<string, string>>? more = null) => new(
        "HTTP/1.1 101 Switching Protocols",
        [new("Connection", "Upgrade"), new("Upgrade", "websocket"), new("Sec-WebSocket-Accept", AcceptKey.Compute(key)), .. more ?? []]);

    public string? Value(string name) => Fields.FirstOrDefault(f => f.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>One more field, whether there is one of that name or not.</summary>
    public HeadText With(string name, string value) => this with { Fields = [.. Fields, new(name, value)] };

    public HeadText Without(string name) =>
        this with { Fields = [.. Fields.Where(f => !f.Key.Equals(name, StringComparison.OrdinalIgnoreCase))] };

    /// <summary>The same place, another value; the name as given.</summary>
    public HeadText Replace(string name, string value) =>
        this with { Fields = [.. Fields.Select(f => f.Key.Equals(name, StringComparison.OrdinalIgnoreCase) ? new(name, value) : f)] };

    public byte[] ToBytes() => Encoding.Latin1.GetBytes($"{FirstLine}\r\n{string.Concat(Fields.Select(f => $"{f.Key}: {f.Value}\r\n"))}\r\n");
}
