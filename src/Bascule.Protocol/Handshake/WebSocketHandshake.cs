using Bascule.Model;

namespace Bascule.Protocol;

/// <summary>What a client asks for in its upgrade.</summary>
/// <param name="Key">Sec-WebSocket-Key; null over HTTP/2, which needs none (RFC 8441 §5).</param>
/// <param name="Subprotocols">In the order of the client's preference; may be empty.</param>
/// <param name="ExtensionsText">As sent, several fields joined by commas; null when absent.</param>
public sealed record UpgradeOffer(
    string? Key, IReadOnlyList<string> Subprotocols, IReadOnlyList<ExtensionOffer> Extensions, string? ExtensionsText);

/// <summary>Reads the request for a WebSocket: RFC 6455 §4.2.1 over HTTP/1.1, RFC 8441 §5 over HTTP/2.</summary>
public static class WebSocketHandshake
{
    private const string Version = "13";
    private const string Protocol = "websocket";

    /// <summary>Whether this request wants to be a WebSocket at all, well made or not. Everything else is ordinary HTTP.</summary>
    public static bool IsAttempt(RequestHead head) =>
        head.Kind == HttpKind.Http2 ? head is { Method: "CONNECT", ConnectProtocol: not null } : HttpSyntax.Names(head.Headers, "Upgrade", Protocol);

    /// <summary>Checks a request. The first broken rule wins, in the order of the RFC.</summary>
    /// <returns>Null with the offer, or the ending of the attempt, whose detail says what was seen.</returns>
    public static Ending? Check(RequestHead head, out UpgradeOffer? offer)
    {
        offer = null;
        var ending = (head.Kind == HttpKind.Http2 ? CheckConnect(head) : CheckUpgrade(head)) ?? CheckVersion(head);
        string? key = null;
        if (ending is null && head.Kind != HttpKind.Http2)
            ending = CheckKey(head, out key);
        if (ending is not null)
            return ending;

        ending = CheckSubprotocols(head, out var subprotocols);
        if (ending is not null)
            return ending;
        // Some clients send the field empty when they want no extension.
        var extensionsText = head.Headers.Joined("Sec-WebSocket-Extensions") is { Length: > 0 } text ? text : null;
        IReadOnlyList<ExtensionOffer> extensions = [];
        if (extensionsText is not null && !ExtensionList.TryParse(extensionsText, out extensions))
            return new Ending(EndReasons.BadExtensions, $"Sec-WebSocket-Extensions was {Evidence.Quoted(extensionsText)}");
        offer = new UpgradeOffer(key, subprotocols, extensions, extensionsText);
        return null;
    }

    private static Ending? CheckUpgrade(RequestHead head)
    {
        if (head.Method != "GET")
            return new Ending(EndReasons.BadMethod, $"the method was {Evidence.Quoted(head.Method)}, expected GET");
        if (head.Kind == HttpKind.Http10)
            return new Ending(EndReasons.BadHttpVersion, "the request was HTTP/1.0, expected HTTP/1.1");
        if (CheckHost(head) is { } noHost)
            return noHost;
        if (!HttpSyntax.Names(head.Headers, "Upgrade", Protocol))
            return new Ending(EndReasons.UpgradeRequired, Evidence.OfField("Upgrade", head.Headers.Joined("Upgrade"), "\"websocket\""));
        if (!HttpSyntax.Names(head.Headers, "Connection", "Upgrade"))
            return new Ending(EndReasons.BadConnectionHeader, Evidence.OfField("Connection", head.Headers.Joined("Connection"), "\"Upgrade\""));
        return null;
    }

    private static Ending? CheckConnect(RequestHead head)
    {
        // A browser that opens the address as a page asks like this; the advice for it is another than for a wrong method.
        if (head is { Method: "GET", ConnectProtocol: null })
            return new Ending(EndReasons.UpgradeRequired, "an ordinary GET over HTTP/2, expected CONNECT with :protocol \"websocket\"");
        if (head.Method != "CONNECT")
            return new Ending(EndReasons.BadMethod, $"the method was {Evidence.Quoted(head.Method)} over HTTP/2, expected CONNECT");
        if (head.ConnectProtocol != Protocol)
            return new Ending(EndReasons.BadConnectProtocol, Evidence.OfField(":protocol", head.ConnectProtocol, "\"websocket\""));
        return CheckHost(head);
    }

    private static Ending? CheckHost(RequestHead head)
    {
        var count = head.Headers.CountOf("Host");
        if (count > 1)
            return new Ending(EndReasons.MissingHost, $"Host came {count} times, expected once");
        return head.Host.Length == 0 ? new Ending(EndReasons.MissingHost, "Host was absent or empty") : null;
    }

    private static Ending? CheckVersion(RequestHead head)
    {
        var version = head.Headers.Joined("Sec-WebSocket-Version");
        return version == Version ? null : new Ending(EndReasons.UnsupportedVersion, Evidence.OfField("Sec-WebSocket-Version", version, "\"13\""));
    }

    private static Ending? CheckKey(RequestHead head, out string? key)
    {
        key = head.Headers.First("Sec-WebSocket-Key");
        var count = head.Headers.CountOf("Sec-WebSocket-Key");
        if (key is null || count != 1)
            return new Ending(EndReasons.MissingKey, count == 0 ? "Sec-WebSocket-Key was absent" : $"Sec-WebSocket-Key came {count} times, expected once");
        if (!AcceptKey.IsValid(key))
            return new Ending(EndReasons.BadKey, Evidence.OfField("Sec-WebSocket-Key", key, "24 characters of base64 for 16 bytes"));
        return null;
    }

    // A subprotocol may carry a token, so the detail tells its place in the list and not its text.
    private static Ending? CheckSubprotocols(RequestHead head, out IReadOnlyList<string> subprotocols)
    {
        var found = new List<string>();
        subprotocols = found;
        var text = head.Headers.Joined("Sec-WebSocket-Protocol");
        if (text is null)
            return null;
        foreach (var element in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var place = found.Count + 1;
            if (!HttpSyntax.IsToken(element))
                return new Ending(EndReasons.BadSubprotocol, $"name {place} in Sec-WebSocket-Protocol has a character that no token may have");
            if (found.IndexOf(element) is >= 0 and var before)
                return new Ending(EndReasons.BadSubprotocol, $"names {before + 1} and {place} in Sec-WebSocket-Protocol are the same");
            found.Add(element);
        }

        return found.Count > 0 ? null : new Ending(EndReasons.BadSubprotocol, "Sec-WebSocket-Protocol was there but named nothing");
    }
}
