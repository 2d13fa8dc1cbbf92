using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Requests that are right, however unusual, and must become a WebSocket: RFC 6455 §4.2.</summary>
internal static class HandshakeCases
{
    private const string Source = "RFC 6455 §4.2.1";

    internal static IEnumerable<ConformCase> All()
    {
        var table = new CaseTable(ServerAreas.Handshake);
        table.Add("plain", "an ordinary upgrade gets a 101 with a right accept key", "RFC 6455 §4.2.2", HandshakeShape.Taken(h => h));
        AddCase(table);
        AddLists(table);
        AddOffers(table);
        AddSplits(table);
        return table;
    }

    private static void AddCase(CaseTable table)
    {
        foreach (var (id, value) in new[] { ("mixed", "WebSocket"), ("upper", "WEBSOCKET") })
            table.Add($"upgrade-{id}", $"Upgrade: {value} is taken: case does not count", Source, HandshakeShape.Taken(h => h.Replace("Upgrade", value)));
        foreach (var (id, value) in new[] { ("lower", "upgrade"), ("upper", "UPGRADE") })
            table.Add($"connection-{id}", $"Connection: {value} is taken: case does not count", Source, HandshakeShape.Taken(h => h.Replace("Connection", value)));
        table.Add("names-lower", "field names in lower case are taken", "RFC 9110 §5.1", HandshakeShape.Taken(h => h with { Fields = [.. h.Fields.Select(f => new KeyValuePair<string, string>(f.Key.ToLowerInvariant(), f.Value))] }));
        table.Add("names-upper", "field names in upper case are taken", "RFC 9110 §5.1", HandshakeShape.Taken(h => h with { Fields = [.. h.Fields.Select(f => new KeyValuePair<string, string>(f.Key.ToUpperInvariant(), f.Value))] }));
    }

    private static void AddLists(CaseTable table)
    {
        foreach (var (id, value) in new[] { ("keep-alive", "keep-alive, Upgrade"), ("last", "Upgrade, keep-alive"), ("spaces", "  Upgrade  ,  keep-alive"), ("tabs", "keep-alive\t,\tUpgrade"), ("no-space", "keep-alive,Upgrade"), ("empty-elements", ", ,Upgrade,,") })
            table.Add($"connection-list-{id}", $"Connection: {value.Replace("\t", "⇥")} is taken: it is a list", Source, HandshakeShape.Taken(h => h.Replace("Connection", value)));
        table.Add("connection-twice", "Connection in two fields is taken: they are one list", "RFC 9110 §5.3", HandshakeShape.Taken(h => h.Replace("Connection", "keep-alive").With("Connection", "Upgrade")));
        table.Add("upgrade-list", "Upgrade: h2c, websocket is taken: it is a list", "RFC 9110 §7.8",
            HandshakeShape.Taken(h => h.Replace("Upgrade", "h2c, websocket"), mayDecline: "which protocol of several to take is the server's choice (RFC 9110 §7.8)"));
        table.Add("key-spaces", "white space around the key does not belong to it", "RFC 9110 §5.5", HandshakeShape.Taken(h => h.Replace("Sec-WebSocket-Key", "\t dGhlIHNhbXBsZSBub25jZQ== \t")));
        table.Add("origin", "an Origin of nobody in particular is taken", "RFC 6455 §10.2",
            HandshakeShape.Taken(h => h.With("Origin", "https://conformance.example"), mayDecline: "a server may take only the origins that it knows (RFC 6455 §10.2)"));
        table.Add("unknown-fields", "unknown fields are ignored", "RFC 9110 §5.1", HandshakeShape.Taken(h => h.With("X-Nobody-Knows", "1").With("Sec-WebSocket-Unknown", "2")));
        table.Add("http-1.2", "an upgrade with HTTP/1.2 is taken: \"1.1 or higher\"", Source,
            HandshakeShape.Taken(h => h with { FirstLine = h.FirstLine.Replace("HTTP/1.1", "HTTP/1.2") }, mayDecline: "there is no HTTP/1.2 yet"));
        table.Add("query", "a query in the target does no harm", "RFC 6455 §3", HandshakeShape.Taken(h => h with { FirstLine = AddQuery(h.FirstLine) }));
    }

    private static string AddQuery(string firstLine)
    {
        var parts = firstLine.Split(' ');
        return $"{parts[0]} {parts[1]}{(parts[1].Contains('?') ? '&' : '?')}conform=a%20b {parts[2]}";
    }

    private static void AddOffers(CaseTable table)
    {
        const string mayDecline = "a server may insist on a subprotocol that it knows (RFC 6455 §4.2.2)";
        table.Add("subprotocol-none", "no subprotocol is chosen when none is offered", "RFC 6455 §4.2.2", HandshakeShape.Taken(h => h));
        table.Add("subprotocol-unknown", "a subprotocol that nobody knows is not chosen, unless the server takes any", "RFC 6455 §4.2.2",
            HandshakeShape.Taken(h => h.With("Sec-WebSocket-Protocol", "nobody-knows.bascule"), mayDecline: mayDecline));
        table.Add("subprotocol-list", "at most one subprotocol of a list is chosen", "RFC 6455 §4.2.2",
            HandshakeShape.Taken(h => h.With("Sec-WebSocket-Protocol", "nobody-knows.a, nobody-knows.b"), mayDecline: mayDecline));
        table.Add("subprotocol-fields", "at most one subprotocol of two fields is chosen", "RFC 6455 §11.3.4",
            HandshakeShape.Taken(h => h.With("Sec-WebSocket-Protocol", "nobody-knows.a").With("Sec-WebSocket-Protocol", "nobody-knows.b"), mayDecline: mayDecline));
        table.Add("extension-unknown", "an unknown extension is not agreed on", "RFC 6455 §9.1", HandshakeShape.Taken(h => h.With("Sec-WebSocket-Extensions", "x-nobody-knows")));
        table.Add("extension-parameters", "an unknown extension with parameters is not agreed on", "RFC 6455 §9.1",
            HandshakeShape.Taken(h => h.With("Sec-WebSocket-Extensions", "x-nobody-knows; a=1; b=\"2\", x-nor-this")));
    }

    private static void AddSplits(CaseTable table)
    {
        foreach (var cut in (int[])[1, 3, 15, 40, 120])
            table.Add($"split-{cut}", $"a request in two packets, cut after {cut} bytes, is taken", "RFC 6455 §4.2.1", HandshakeShape.Taken(h => h, [cut]));
        table.Add("split-line-end", "a request cut between CR and LF of its last line is taken", "RFC 6455 §4.2.1", async (stage, interruption) =>
            await HandshakeShape.Taken(h => h, [stage.Upgrade().ToBytes().Length - 1])(stage, interruption));
        table.Add("split-bytes", "a request that arrives byte by byte is taken", "RFC 6455 §4.2.1", HandshakeShape.Taken(h => h, [.. Enumerable.Repeat(1, 400)]));
        table.Add("frame-behind", "a frame in the same packet as the request is not lost", "RFC 6455 §5.1", async (stage, interruption) =>
        {
            var request = stage.Upgrade();
            await using var peer = await stage.DialAsync(interruption);
            await peer.SendAsync((byte[])[.. request.ToBytes(), .. RawFrame.Ping("early"u8.ToArray()).ToBytes(asClient: true)], interruption);
            if (HandshakeShape.FaultOf(await peer.ReadAnswerAsync(interruption), request) is { } fault)
                return Observation.Lenient(fault, "101 and a pong; but a client should wait for the 101 before it sends (RFC 6455 §4.1)");
            var seen = await EchoShape.HearAsync(new Conversation(peer, AgreedUpgrade.Plain), Task.FromResult(PeerSend.Sent), [Said.Pong("early"u8.ToArray())], interruption);
            return seen.Outcome == Outcome.Failed ? Observation.Lenient(seen.Seen, "a pong; but a client should wait for the 101 before it sends (RFC 6455 §4.1)") : seen;
        });
    }
}
