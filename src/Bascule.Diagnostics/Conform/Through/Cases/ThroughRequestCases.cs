using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>What becomes of the fields of the upgrade on its way to the back end.</summary>
internal static class ThroughRequestCases
{
    private const string Field = "X-Case-Field";

    internal static IEnumerable<ThroughCase> All { get; } =
    [
        Of("request-host", "The back end learns the host that the client asked for", "RFC 9110 §7.2", u => u, Host),
        Of("request-client-address", "The back end learns the address of the client", "RFC 7239 §5.2", u => u, (_, head) => Told(head, "X-Forwarded-For", "for=")),
        Of("request-scheme", "The back end learns whether the client came by TLS", "RFC 7239 §5.4", u => u, (_, head) => Told(head, "X-Forwarded-Proto", "proto=")),
        Of("request-forged-address", "A client cannot choose the address that the back end believes", "RFC 7239 §8.1", u => u.With("X-Forwarded-For", "203.0.113.9"), Forged),
        Of("request-fields", "Fields that nobody knows arrive, repeated ones in their order", "RFC 9110 §5.3, §7.6", u => u.With(Field, "one").With(Field, "two; x=\"y\""),
            (_, head) => Same(head, Field, "one, two; x=\"y\"")),
        Of("request-field-bytes", "Bytes above 127 in a field arrive", "RFC 9110 §5.5", u => u.With(Field, "caf\u00C3\u00A9"), (_, head) => Same(head, Field, "caf\u00C3\u00A9")),
        Of("request-field-long", "A field of 6,000 bytes arrives whole", "RFC 9110 §5.4", u => u.With(Field, new string('f', 6000)), (_, head) => Same(head, Field, new string('f', 6000))),
        Of("request-cookie", "Cookies arrive", "RFC 6265 §5.4", u => u.With("Cookie", "session=a1; theme=\"dark\""), (_, head) => Same(head, "Cookie", "session=a1; theme=\"dark\"")),
        Of("request-authorization", "Credentials for the back end arrive", "RFC 9110 §11.6.2", u => u.With("Authorization", "Bearer conform.case.token"),
            (_, head) => Same(head, "Authorization", "Bearer conform.case.token")),
        Of("request-origin", "The origin of a page arrives", "RFC 6455 §10.2", u => u.With("Origin", $"http://{u.Value("Host")}"), (sent, head) => Same(head, "Origin", sent.Value("Origin")!)),
        Of("request-hop-fields", "Fields that Connection names, and Keep-Alive, TE, Proxy-Authorization, stay on their hop", "RFC 9110 §7.6.1",
            u => u.Replace("Connection", "Upgrade, X-Case-Hop").With("X-Case-Hop", "1").With("Keep-Alive", "timeout=5").With("TE", "trailers").With("Proxy-Authorization", "Basic eDp5"), HopFields),
        Of("request-handshake", "The back end gets a whole handshake: GET, version 13, one valid key, Upgrade and Connection", "RFC 6455 §4.2.1", u => u, Handshake),
        Of("request-subprotocols", "The offer of subprotocols arrives in its order", "RFC 6455 §4.1", u => u.With("Sec-WebSocket-Protocol", "chat.v2, chat.v1").With("Sec-WebSocket-Protocol", "raw"),
            (_, head) => Same(head, "Sec-WebSocket-Protocol", "chat.v2, chat.v1, raw")),
        Of("request-extensions", "The offer of extensions arrives with its parameters", "RFC 7692 §7",
            u => u.With("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate"), Extensions),
    ];

    private static ThroughCase Of(string id, string title, string source, Func<HeadText, HeadText> change, Func<HeadText, RequestHead, Observation> judge) =>
        new(id, title, source, async (stage, interruption) =>
        {
            await using var attempt = await stage.AttemptAsync(change(stage.Front.Upgrade()), interruption);
            if (attempt.Call is not { } call)
                return Observation.Lenient($"the request was refused: {await attempt.Answer}", "It reaches the back end.");
            await attempt.AcceptAsync(interruption);
            return judge(attempt.Request, call.Head);
        });

    private static Observation Host(HeadText sent, RequestHead head)
    {
        var host = sent.Value("Host");
        var forwarded = head.Headers.Joined("X-Forwarded-Host") ?? head.Headers.Joined("Forwarded");
        if (head.Host == host)
            return Observation.Passed($"Host: {host}");
        return forwarded?.Contains(host!, StringComparison.Ordinal) == true
            ? Observation.Passed($"Host: {head.Host}, and {host} in a field beside it")
            : Observation.Lenient($"Host: {host} arrived as {head.Host}", "The host of the client, in Host or in X-Forwarded-Host: origin checks and absolute links of the back end need it.");
    }

    private static Observation Told(RequestHead head, string field, string part)
    {
        var value = head.Headers.Joined(field) is { } own ? $"{field}: {own}"
            : head.Headers.Joined("Forwarded") is { } standard && standard.Contains(part, StringComparison.OrdinalIgnoreCase) ? $"Forwarded: {standard}" : null;
        return value is null
            ? Observation.Lenient($"neither {field} nor Forwarded came", "One of them, unless the back end learns it in another way (PROXY protocol).")
            : Observation.Passed(value);
    }

    private static Observation Forged(HeadText sent, RequestHead head)
    {
        var value = head.Headers.Joined("X-Forwarded-For");
        if (value is null)
            return Observation.Passed("the forged X-Forwarded-For was taken out");
        return value.TrimEnd().EndsWith("203.0.113.9", StringComparison.Ordinal)
            ? Observation.Lenient($"X-Forwarded-For: {value}, as the client wrote it", "It is replaced, or the true address put behind it: a back end that believes it can be lied to.")
            : Observation.Passed($"X-Forwarded-For: {value}");
    }

    private static Observation HopFields(HeadText sent, RequestHead head)
    {
        var passed = ((string[])["X-Case-Hop", "Keep-Alive", "TE", "Proxy-Authorization"]).Where(name => head.Headers.First(name) is not null).ToList();
        return passed.Count == 0
            ? Observation.Passed("none of them arrived")
            : Observation.Lenient($"arrived: {string.Join(", ", passed)}", "RFC 9110 wants them taken out; a WebSocket does not suffer from them.");
    }

    private static Observation Handshake(HeadText sent, RequestHead head)
    {
        List<string> faults = [];
        if (head.Method != "GET" || head.Kind != HttpKind.Http11)
            faults.Add($"{head.Method} by {head.Kind}");
        if (head.Headers.Joined("Sec-WebSocket-Version") != "13")
            faults.Add($"version {head.Headers.Joined("Sec-WebSocket-Version")}");
        var key = head.Headers.Joined("Sec-WebSocket-Key") ?? "";
        var room = new byte[32];
        if (!Convert.TryFromBase64String(key, room, out var bytes) || bytes != 16)
            faults.Add($"the key \"{key}\"");
        if (!(head.Headers.Joined("Upgrade") ?? "").Equals("websocket", StringComparison.OrdinalIgnoreCase))
            faults.Add($"Upgrade: {head.Headers.Joined("Upgrade")}");
        if (!(head.Headers.Joined("Connection") ?? "").Contains("upgrade", StringComparison.OrdinalIgnoreCase))
            faults.Add($"Connection: {head.Headers.Joined("Connection")}");
        return faults.Count > 0
            ? Observation.Failed($"the back end got {string.Join(", ", faults)}", "A handshake that RFC 6455 §4.2.1 lets it accept.")
            : Observation.Passed(key == sent.Value("Sec-WebSocket-Key") ? "with the key of the client" : "with a key of its own");
    }

    private static Observation Extensions(HeadText sent, RequestHead head)
    {
        var wanted = ExtensionList.TryParse(sent.Value("Sec-WebSocket-Extensions")!, out var offered) ? offered.Count : 0;
        if (head.Headers.Joined("Sec-WebSocket-Extensions") is not { } value)
            return Observation.Lenient("no offer arrived", "The back end can compress only what it is offered.");
        return ExtensionList.TryParse(value, out var arrived) && arrived.Count == wanted && value.Contains("server_max_window_bits=10", StringComparison.Ordinal)
            ? Observation.Passed(value)
            : Observation.Lenient($"the offer arrived as {value}", "The offer of the client. Another one is allowed where what stands between compresses itself.");
    }

    private static Observation Same(RequestHead head, string name, string wanted)
    {
        var value = head.Headers.Joined(name);
        if (value == wanted)
            return Observation.Passed(wanted.Length > 60 ? $"{wanted.Length} bytes, the same" : $"{name}: {value}");
        return value is null
            ? Observation.Lenient($"{name} did not arrive", "It arrives, unless it was configured away.")
            : Observation.Failed($"{name}: {value}", $"{name}: {(wanted.Length > 60 ? $"{wanted.Length} bytes" : wanted)}");
    }
}
