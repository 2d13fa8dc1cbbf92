using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>What a server agrees to, and whether it then keeps to it: RFC 7692 §5, §7.1.</summary>
internal static class NegotiationCases
{
    private const string Plain = DeflateShape.Plain;

    private static readonly byte[] Hello = "hello"u8.ToArray();

    // Each part is noise, twice: only a window of at least its length finds the repetition. 256, 512 … 32768 are the windows of 8 to 15 bits.
    private static readonly Lazy<byte[]> Temptation = new(() =>
        [.. new[] { 200, 400, 800, 1600, 3200, 6400, 12800, 25600 }.SelectMany(length => Enumerable.Repeat(Sample.Noise(length), 2)).SelectMany(part => part)]);

    internal static IEnumerable<ConformCase> All()
    {
        var table = new CaseTable(ServerAreas.Negotiation);
        AddGood(table);
        AddLists(table);
        AddBad(table);
        return table;
    }

    private static void AddGood(CaseTable table)
    {
        const string source = "RFC 7692 §7.1";
        table.Add("plain", "an offer without parameters is agreed to, and kept", source, Agreed(Plain));
        table.Add("server-no-takeover", "server_no_context_takeover is agreed to, and kept", "RFC 7692 §7.1.1.1", Agreed($"{Plain}; server_no_context_takeover"));
        table.Add("client-no-takeover", "client_no_context_takeover is agreed to", "RFC 7692 §7.1.1.2", Agreed($"{Plain}; client_no_context_takeover"));
        table.Add("no-takeover", "both kinds of no_context_takeover are agreed to, and kept", "RFC 7692 §7.1.1", Agreed($"{Plain}; client_no_context_takeover; server_no_context_takeover"));
        table.Add("client-bits", "client_max_window_bits without a value is agreed to", "RFC 7692 §7.1.2.2", Agreed($"{Plain}; client_max_window_bits"));
        for (var bits = 8; bits <= 15; bits++)
        {
            table.Add($"server-bits-{bits}", $"server_max_window_bits={bits} is agreed to, and kept", "RFC 7692 §7.1.2.1", Agreed($"{Plain}; server_max_window_bits={bits}"));
            table.Add($"client-bits-{bits}", $"client_max_window_bits={bits} is agreed to", "RFC 7692 §7.1.2.2", Agreed($"{Plain}; client_max_window_bits={bits}"));
        }

        table.Add("both-bits", "both windows of 10 bits are agreed to, and kept", "RFC 7692 §7.1.2", Agreed($"{Plain}; client_max_window_bits=10; server_max_window_bits=10"));
        table.Add("all", "all four parameters together are agreed to, and kept", source,
            Agreed($"{Plain}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=12"));
        table.Add("quoted", "a value in quotes is the same value", "RFC 6455 §9.1", Agreed($"{Plain}; server_max_window_bits=\"12\""));
        table.Add("spaces", "white space around separators does no harm", "RFC 6455 §9.1", Agreed($"{Plain} ;  server_no_context_takeover\t; client_max_window_bits"));
        table.Add("no-spaces", "an offer without white space is agreed to", "RFC 6455 §9.1", Agreed($"{Plain};server_no_context_takeover;client_max_window_bits"));
    }

    private static void AddLists(CaseTable table)
    {
        const string source = "RFC 7692 §5.1";
        table.Add("two-offers", "the first of two good offers is agreed to, or the second", source, Agreed($"{Plain}; server_max_window_bits=10, {Plain}"));
        table.Add("second-good", "a good offer after a bad one is agreed to", source, Agreed($"{Plain}; server_max_window_bits=99, {Plain}"));
        table.Add("second-known", "an offer after one with an unknown parameter is agreed to", source, Agreed($"{Plain}; nobody_knows, {Plain}"));
        table.Add("after-unknown", "an offer after an unknown extension is agreed to", "RFC 6455 §9.1", Agreed($"x-nobody-knows; a=1, {Plain}"));
        table.Add("before-unknown", "an offer before an unknown extension is agreed to", "RFC 6455 §9.1", Agreed($"{Plain}, x-nobody-knows"));
    }

    private static void AddBad(CaseTable table)
    {
        const string source = "RFC 7692 §7.1";
        foreach (var (id, parameters) in new[]
        {
            ("server-bits-none", "server_max_window_bits"), ("server-bits-7", "server_max_window_bits=7"), ("server-bits-16", "server_max_window_bits=16"),
            ("server-bits-0", "server_max_window_bits=0"), ("server-bits-08", "server_max_window_bits=08"), ("server-bits-word", "server_max_window_bits=ten"),
            ("server-bits-sign", "server_max_window_bits=+10"), ("server-bits-huge", "server_max_window_bits=4294967306"),
            ("client-bits-7", "client_max_window_bits=7"), ("client-bits-16", "client_max_window_bits=16"), ("client-bits-0", "client_max_window_bits=0"),
            ("client-bits-08", "client_max_window_bits=08"), ("client-bits-word", "client_max_window_bits=ten"),
            ("server-takeover-value", "server_no_context_takeover=1"), ("client-takeover-value", "client_no_context_takeover=true"),
            ("server-takeover-twice", "server_no_context_takeover; server_no_context_takeover"), ("client-takeover-twice", "client_no_context_takeover; client_no_context_takeover"),
            ("server-bits-twice", "server_max_window_bits=10; server_max_window_bits=12"), ("client-bits-twice", "client_max_window_bits; client_max_window_bits"),
            ("unknown", "nobody_knows"), ("unknown-value", "nobody_knows=1"),
        })
        {
            table.Add($"bad-{id}", $"an offer with {parameters} is declined", source, Declined($"{Plain}; {parameters}"));
        }

        foreach (var (id, text) in new[] { ("no-name", "; server_no_context_takeover"), ("no-parameter", $"{Plain}; ; client_max_window_bits"), ("no-value", $"{Plain}; server_max_window_bits="), ("open-quote", $"{Plain}; server_max_window_bits=\"10") })
            table.Add($"malformed-{id}", $"\"{text}\", which has no form, is declined", "RFC 6455 §9.1", Malformed(text));
    }

    private static Func<ConformStage, CancellationToken, Task<Observation>> Agreed(string offer) => async (stage, interruption) =>
    {
        if (DeflateShape.NotPlayable(stage) is { } why)
            return why;
        var (peer, agreed, fault) = await OpenAsync(stage, offer, interruption);
        await using (peer)
        {
            if (fault is not null)
                return Observation.Failed(fault, "101 with an answer that fits the offer");
            if (agreed.ReservedBits == 0)
                return Observation.Lenient("101 without permessage-deflate", "the offer agreed to; but a server may decline any offer (RFC 7692 §5.1)");
            return await KeptAsync(peer, agreed, interruption);
        }
    };

    // The first message is not compressed by us, and holds what a window too large would find; the second is.
    private static async Task<Observation> KeptAsync(RawPeer peer, AgreedUpgrade agreed, CancellationToken interruption)
    {
        var talk = new Conversation(peer, agreed);
        RawFrame[] frames = [RawFrame.Binary(Temptation.Value), DeflateShape.Compressed(1, new DeflateWriter().Fixed(Hello).ToMessage()), RawFrame.Binary(Sample.Noise(200))];
        var sending = peer.SendInPiecesAsync(frames.SelectMany(f => f.ToBytes(asClient: true)).ToArray(), [], interruption);
        var seen = await EchoShape.HearAsync(talk, sending, [Said.Binary(Temptation.Value), Said.Text(Hello), Said.Binary(Sample.Noise(200))], interruption);
        await sending;
        return seen.Outcome == Outcome.Passed ? Observation.Passed($"agreed to \"{agreed.Extensions}\" and kept to it") : seen;
    }

    private static Func<ConformStage, CancellationToken, Task<Observation>> Declined(string offer) => async (stage, interruption) =>
    {
        if (stage.Facts.NoDeflate is { } why)
            return Observation.NotApplicable(why);
        await using var peer = await stage.DialAsync(interruption);
        await peer.SendAsync(stage.Upgrade().With("Sec-WebSocket-Extensions", offer), interruption);
        var answer = await peer.ReadAnswerAsync(interruption);
        const string expected = "101 without permessage-deflate: the offer is declined, not the WebSocket (RFC 7692 §7)";
        if (answer.Head is not { Status: 101 } head)
            return answer.Head is { Status: >= 400 and < 500 } ? Observation.Lenient(answer.ToString(), expected) : Observation.Failed(answer.ToString(), expected);
        return head.Headers.Joined("Sec-WebSocket-Extensions") is { } agreed ? Observation.Failed($"101 with \"{agreed}\"", expected) : Observation.Passed("101 without permessage-deflate");
    };

    private static Func<ConformStage, CancellationToken, Task<Observation>> Malformed(string text) => async (stage, interruption) =>
    {
        await using var peer = await stage.DialAsync(interruption);
        await peer.SendAsync(stage.Upgrade().With("Sec-WebSocket-Extensions", text), interruption);
        var answer = await peer.ReadAnswerAsync(interruption);
        if (answer.Head is { Status: 101 } head && head.Headers.Joined("Sec-WebSocket-Extensions") is { } agreed)
            return Observation.Failed($"101 with \"{agreed}\"", "HTTP 400, or 101 without an extension");
        return HandshakeShape.Judge(answer, 400, "the field is ignored, so nothing is agreed on (RFC 6455 §9.1 speaks of failing)");
    };

    private static async Task<(RawPeer Peer, AgreedUpgrade Agreed, string? Fault)> OpenAsync(ConformStage stage, string offer, CancellationToken interruption)
    {
        var request = stage.Upgrade().With("Sec-WebSocket-Extensions", offer);
        var peer = await stage.DialAsync(interruption);
        await peer.SendAsync(request, interruption);
        var answer = await peer.ReadAnswerAsync(interruption);
        if (answer.Head is not { } head)
            return (peer, AgreedUpgrade.Plain, answer.ToString());
        var key = request.Value("Sec-WebSocket-Key")!;
        var fault = UpgradeAnswer.Check(head, new UpgradeOffer(key, stage.Target.Subprotocols, Offers.In(offer), offer), key, out var agreed);
        return (peer, agreed, fault?.Detail);
    }
}
