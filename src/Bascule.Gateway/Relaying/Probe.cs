using System.Text.Json;
using System.Text.Json.Serialization;
using Bascule.Admission;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>What the probe says first.</summary>
public sealed record ProbeHello(
    string Type, string Server, string Attempt, string Protocol, string Scheme, string Host, string Path, string? ClientAddress, IReadOnlyDictionary<string, string> Headers);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProbeHello))]
internal sealed partial class ProbeJson : JsonSerializerContext;

/// <summary>WS /ws-test: a back end inside the gateway, which says what the server saw, then echoes (case B2). To the relay it is one like any other.</summary>
public sealed class Probe(BuildVersion build)
{
    /// <summary>Longer than the 15 minutes that a validator must hold a connection (case D3). It is open to everyone, so it ends.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromHours(1);

    private static readonly string[] ShownHeaders =
    [
        "Host", "Origin", "User-Agent", "Connection", "Upgrade", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions",
        "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "Via",
    ];

    internal ProbeEcho Open(Passage passage) => new(Hello(passage));

    private byte[] Hello(Passage passage)
    {
        var head = passage.Head;
        var shown = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in ShownHeaders)
        {
            // A token or a ticket in the subprotocol is not echoed.
            if (head.Headers.Joined(name) is { } value)
                shown[name] = name == "Sec-WebSocket-Protocol" && (value.Contains(TokenSource.SubprotocolPrefix, StringComparison.Ordinal) || value.Contains(TicketSource.SubprotocolPrefix, StringComparison.Ordinal)) ? "***" : value;
        }

        var protocol = head.Kind == HttpKind.Http2 ? "HTTP/2" : "HTTP/1.1";
        return JsonSerializer.SerializeToUtf8Bytes(
            new ProbeHello("hello", $"bascule/{build.Version}", passage.Attempt.Id.ToString(), protocol, head.Scheme, head.Host, passage.Attempt.Path, passage.Attempt.ClientAddress, shown),
            ReadableJson.Probe.ProbeHello);
    }
}
