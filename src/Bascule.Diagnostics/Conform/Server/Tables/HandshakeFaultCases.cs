using System.Globalization;

namespace Bascule.Diagnostics;

/// <summary>Requests that must not become a WebSocket: RFC 6455 §4.2.1, §4.4.</summary>
internal static class HandshakeFaultCases
{
    private const string Source = "RFC 6455 §4.2.1";
    private const string Version = "Sec-WebSocket-Version";
    private const string Key = "Sec-WebSocket-Key";
    private const string MayBeOld = "a server may also speak an older draft (RFC 6455 §4.4)";

    internal static IEnumerable<ConformCase> All()
    {
        var table = new CaseTable(ServerAreas.Handshake);
        AddRequestLine(table);
        AddUpgrade(table);
        AddVersion(table);
        AddKey(table);
        AddHost(table);
        return table;
    }

    private static void AddRequestLine(CaseTable table)
    {
        foreach (var method in (string[])["POST", "PUT", "HEAD", "OPTIONS"])
            table.Add($"method-{method.ToLowerInvariant()}", $"an upgrade with {method} is declined", Source, HandshakeShape.Declined(405, h => h with { FirstLine = method + h.FirstLine[3..] }));
        table.Add("method-case", "an upgrade with \"get\" is declined: methods have case", "RFC 9110 §9.1", HandshakeShape.Declined(400, h => h with { FirstLine = "get" + h.FirstLine[3..] }));
        table.Add("http-1.0", "an upgrade with HTTP/1.0 is declined", Source, HandshakeShape.Declined(400, h => h with { FirstLine = h.FirstLine.Replace("HTTP/1.1", "HTTP/1.0") }));
        table.Add("http-0.9", "an upgrade without a version of HTTP is declined", Source, HandshakeShape.Declined(400, h => h with { FirstLine = h.FirstLine.Replace(" HTTP/1.1", "") }));
        table.Add("huge-header", "a request with a field of 1 MB is declined", "RFC 9110 §5.4", HandshakeShape.Declined(431, h => h.With("X-Huge", new string('x', 1_000_000)), "the RFC sets no limit to fields"));
    }

    private static void AddUpgrade(CaseTable table)
    {
        table.Add("upgrade-missing", "a request without Upgrade is no WebSocket", Source, HandshakeShape.Ordinary(h => h.Without("Upgrade")));
        table.Add("upgrade-other", "Upgrade: h2c is no WebSocket", Source, HandshakeShape.Ordinary(h => h.Replace("Upgrade", "h2c")));
        table.Add("upgrade-prefix", "Upgrade: websocketx is declined: only the whole word counts", Source, HandshakeShape.Declined(426, h => h.Replace("Upgrade", "websocketx")));
        table.Add("upgrade-empty", "an empty Upgrade is no WebSocket", Source, HandshakeShape.Ordinary(h => h.Replace("Upgrade", "")));
        table.Add("connection-missing", "a request without Connection is no WebSocket", Source, HandshakeShape.Ordinary(h => h.Without("Connection")));
        table.Add("connection-other", "Connection: keep-alive is no WebSocket", Source, HandshakeShape.Ordinary(h => h.Replace("Connection", "keep-alive")));
        table.Add("connection-prefix", "Connection: Upgrades is declined: only the whole word counts", Source, HandshakeShape.Declined(400, h => h.Replace("Connection", "Upgrades")));
        table.Add("plain-get", "a request with nothing of a WebSocket is ordinary HTTP", Source,
            HandshakeShape.Ordinary(h => h.Without("Upgrade").Without("Connection").Without(Key).Without(Version)));
    }

    private static void AddVersion(CaseTable table)
    {
        // Versions up to 12 were drafts, and are registered as such (IANA).
        foreach (var (value, mayTake) in new[] { ("0", MayBeOld), ("7", MayBeOld), ("8", MayBeOld), ("14", null), ("99", null) })
            table.Add($"version-{value}", $"version {value} is declined, and the answer names 13", "RFC 6455 §4.4", OtherVersion(h => h.Replace(Version, value), mayTake));
        table.Add("version-word", "version \"thirteen\" is declined", "RFC 6455 §4.3", HandshakeShape.Declined(400, h => h.Replace(Version, "thirteen")));
        table.Add("version-empty", "an empty version is declined", "RFC 6455 §4.3", HandshakeShape.Declined(400, h => h.Replace(Version, "")));
        table.Add("version-zero-13", "version \"013\" is declined: no leading zero", "RFC 6455 §4.3", HandshakeShape.Declined(426, h => h.Replace(Version, "013"), "it is the same number"));
        table.Add("version-missing", "a request without a version is declined", Source, HandshakeShape.Declined(400, h => h.Without(Version)));
        table.Add("version-twice", "two versions in two fields are declined", "RFC 6455 §11.3.5", HandshakeShape.Declined(400, h => h.With(Version, "8"), "the first of them is right"));
    }

    // Which error it is stays open ("such as 426"); the field with the known versions does not.
    private static Func<ConformStage, CancellationToken, Task<Observation>> OtherVersion(Func<HeadText, HeadText> change, string? mayTake) => async (stage, interruption) =>
    {
        await using var peer = await stage.DialAsync(interruption);
        await peer.SendAsync(change(stage.Upgrade()), interruption);
        var answer = await peer.ReadAnswerAsync(interruption);
        const string expected = "426 with Sec-WebSocket-Version: 13";
        if (answer.Head is not { } head)
            return HandshakeShape.Judge(answer, 426, null);
        var versions = head.Headers.Joined(Version);
        var seen = string.Create(CultureInfo.InvariantCulture, $"HTTP {head.Status} {(versions is null ? $"without {Version}" : $"with {Version}: {versions}")}");
        if (head.Status == 101 && mayTake is not null)
            return Observation.Lenient(seen, $"{expected}; but {mayTake}");
        if (head.Status < 400)
            return Observation.Failed(seen, expected);
        if (versions?.Split(',', StringSplitOptions.TrimEntries).Contains("13") != true)
            return Observation.Failed(seen, $"{expected}: the field is a MUST (RFC 6455 §4.2.2)");
        return head.Status == 426 ? Observation.Passed(seen) : Observation.Lenient(seen, $"{expected}: 426 is only an example in the RFC (§4.2.2)");
    };

    private static void AddKey(CaseTable table)
    {
        table.Add("key-missing", "a request without a key is declined", Source, HandshakeShape.Declined(400, h => h.Without(Key)));
        foreach (var (id, what, value, mayTake) in new[]
        {
            ("empty", "an empty key", "", null),
            ("short", "a key of 15 bytes", Convert.ToBase64String(new byte[15]), "a server need not decode the key (RFC 6455 §4.2.2)"),
            ("long", "a key of 17 bytes", Convert.ToBase64String(new byte[17]), "a server need not decode the key (RFC 6455 §4.2.2)"),
            ("no-base64", "a key that is no base64", "!!!! not base64 !!!!!!!!", "a server need not decode the key (RFC 6455 §4.2.2)"),
            ("no-padding", "a key without its padding", "dGhlIHNhbXBsZSBub25jZQ", "a server need not decode the key (RFC 6455 §4.2.2)"),
        })
        {
            table.Add($"key-{id}", $"{what} is declined", Source, HandshakeShape.Declined(400, h => h.Replace(Key, value), mayTake));
        }

        table.Add("key-twice", "two keys are declined", "RFC 6455 §11.3.1", HandshakeShape.Declined(400, h => h.With(Key, "AAAAAAAAAAAAAAAAAAAAAA==")));
    }

    private static void AddHost(CaseTable table)
    {
        table.Add("host-missing", "a request without Host is declined", "RFC 9112 §3.2", HandshakeShape.Declined(400, h => h.Without("Host")));
        table.Add("host-twice", "a request with two Hosts is declined", "RFC 9112 §3.2", HandshakeShape.Declined(400, h => h.With("Host", "other.example")));
        table.Add("field-space", "a space between name and colon is declined", "RFC 9112 §5.1", HandshakeShape.Declined(400, h => h.With("X-Space ", "1")));
        table.Add("field-nul", "a NUL in a field is declined", "RFC 9110 §5.5", HandshakeShape.Declined(400, h => h.With("X-Nul", "a\0b")));
    }
}
