using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>What becomes of the answer of the back end on its way to the client, when it is a good one.</summary>
internal static class ThroughAnswerCases
{
    /// <summary>Longer than a gateway polls, shorter than any of them waits.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    internal static IEnumerable<ThroughCase> All { get; } =
    [
        new("answer-accept", "The client gets the proof for its own key, and what RFC 6455 wants beside it", "RFC 6455 §4.2.2", AcceptAsync),
        Of("answer-subprotocol", "The choice of a subprotocol arrives", "RFC 6455 §4.2.2", Offer("Sec-WebSocket-Protocol", "chat.v2, chat.v1"), Answer("Sec-WebSocket-Protocol", "chat.v1")),
        Of("answer-no-subprotocol", "No subprotocol arrives where none was chosen", "RFC 6455 §4.2.2", Offer("Sec-WebSocket-Protocol", "chat.v2, chat.v1"), [], "Sec-WebSocket-Protocol"),
        Of("answer-extension", "The choice of an extension arrives with its parameters", "RFC 6455 §9.1, RFC 7692 §7.1",
            Offer("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"), Answer("Sec-WebSocket-Extensions", "permessage-deflate; server_no_context_takeover")),
        Of("answer-no-extension", "No extension arrives where none was chosen", "RFC 6455 §9.1",
            Offer("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"), [], "Sec-WebSocket-Extensions"),
        Of("answer-fields", "Fields that nobody knows arrive in the 101", "RFC 9110 §7.6", [], Answer("X-Case-Answer", "one; two")),
        Of("answer-cookies", "Two Set-Cookie in the 101 arrive as two", "RFC 6265 §3", [], [new("Set-Cookie", "a=1; Path=/"), new("Set-Cookie", "b=2, c; HttpOnly")]),
        Of("answer-long", "A 101 with a field of 6,000 bytes arrives", "RFC 9110 §5.4", [], Answer("X-Case-Answer", new string('x', 6000))),
        new("answer-slow", "A back end that takes a second to answer is waited for", "RFC 6455 §4.1", SlowAsync),
        new("answer-interim", "103 before the 101 passes, or is taken out", "RFC 9110 §15.2", InterimAsync),
        new("answer-with-frame", "A frame in the same packet as the 101 arrives", "RFC 6455 §5", WithFrameAsync),
        new("request-with-frame", "A frame in the same packet as the upgrade arrives, or the client is refused", "RFC 6455 §4.1", EarlyFrameAsync),
    ];

    private static KeyValuePair<string, string>[] Offer(string name, string value) => [new(name, value)];

    private static KeyValuePair<string, string>[] Answer(string name, string value) => [new(name, value)];

    /// <param name="absent">A field that must not come.</param>
    private static ThroughCase Of(
        string id, string title, string source, KeyValuePair<string, string>[] offer, KeyValuePair<string, string>[] answer, string? absent = null) =>
        new(id, title, source, async (stage, interruption) =>
        {
            var request = offer.Aggregate(stage.Front.Upgrade(), (head, field) => head.With(field.Key, field.Value));
            await using var attempt = await stage.AttemptAsync(request, interruption);
            var call = await attempt.ReachedAsync();
            if (offer.FirstOrDefault(o => call.Head.Headers.First(o.Key) is null).Key is { } missing)
                return Observation.NotApplicable($"the offer in {missing} did not reach the back end");
            var got = await attempt.AcceptAsync(interruption, answer);
            if (got.Head is not { Status: 101 } head)
                return Observation.Lenient($"the client got {got}", "It gets the 101 of the back end.");
            if (absent is not null)
                return head.Headers.Joined(absent) is { } value ? Observation.Failed($"{absent}: {value}", $"No {absent}: the back end agreed to none.") : Observation.Passed("none arrived");
            return Same(head, answer);
        });

    private static Observation Same(ResponseHead head, KeyValuePair<string, string>[] answer)
    {
        var name = answer[0].Key;
        List<string> got = [];
        foreach (var field in head.Headers)
        {
            if (field.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                got.Add(field.Value);
        }

        if (got.SequenceEqual(answer.Select(a => a.Value), StringComparer.Ordinal))
            return Observation.Passed(got[0].Length > 60 ? $"{got[0].Length} bytes, the same" : $"{name}: {string.Join(" | ", got)}");
        var words = got.Count == 0 ? $"{name} did not arrive" : $"{name}: {string.Join(" | ", got)}";
        return name.StartsWith("Sec-", StringComparison.Ordinal) ? Observation.Failed(words, $"{name}: {answer[0].Value}") : Observation.Lenient(words, "As the back end sent it.");
    }

    private static async Task<Observation> AcceptAsync(ThroughStage stage, CancellationToken interruption)
    {
        await using var attempt = await stage.AttemptAsync(stage.Front.Upgrade(), interruption);
        var got = await attempt.AcceptAsync(interruption);
        if (got.Head is not { } head)
            return Observation.Failed(got.ToString(), "A 101.");
        var key = attempt.Request.Value("Sec-WebSocket-Key")!;
        return UpgradeAnswer.Check(head, new UpgradeOffer(key, [], [], null), key, out _) is { } fault
            ? Observation.Failed(fault.Detail ?? fault.ToString()!, "A 101 that RFC 6455 §4.1 lets the client accept.")
            : Observation.Passed("a 101 with the right proof");
    }

    private static async Task<Observation> SlowAsync(ThroughStage stage, CancellationToken interruption)
    {
        await using var attempt = await stage.AttemptAsync(stage.Front.Upgrade(), interruption);
        await attempt.ReachedAsync();
        await Task.Delay(Slow, stage.Clock.Time, interruption);
        var got = await attempt.AcceptAsync(interruption);
        return got.Head is { Status: 101 } ? Observation.Passed("the 101 came") : Observation.Lenient($"the client got {got}", "The 101: a second is no long time for a back end that starts.");
    }

    private static async Task<Observation> InterimAsync(ThroughStage stage, CancellationToken interruption)
    {
        await using var attempt = await stage.AttemptAsync(stage.Front.Upgrade(), interruption);
        var answer = await attempt.GoodAnswerAsync();
        var got = await attempt.ReplyAsync([.. "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"u8, .. answer.ToBytes()], interruption);
        var passed = got.Head is { Status: 103 };
        if (passed)
            got = await attempt.Client.ReadAnswerAsync(interruption);
        if (got.Head is { Status: 101 })
            return Observation.Passed(passed ? "103, then 101" : "101 alone");
        if (got.End == PeerEnd.Silent)
            return Observation.Failed(passed ? "103, and then nothing" : "the client waits, and nothing comes", "The 101, or a status: a client that waits learns nothing.");
        return Observation.Lenient(passed ? $"103, then {got}" : $"the client got {got}", "The 101: interim answers may come before any answer. Few back ends send one here.");
    }

    private static async Task<Observation> WithFrameAsync(ThroughStage stage, CancellationToken interruption)
    {
        await using var attempt = await stage.AttemptAsync(stage.Front.Upgrade(), interruption);
        var answer = await attempt.GoodAnswerAsync();
        var got = await attempt.ReplyAsync([.. answer.ToBytes(), .. RawFrame.Text("first").ToBytes(asClient: false)], interruption);
        if (got.Head is not { Status: 101 })
            return Observation.Failed($"the client got {got}", "The 101, then the frame.");
        var seen = await attempt.Client.ReadMessageAsync(interruption);
        return seen.Difference(Way.Down, 1, "first"u8) is { } difference ? Observation.Failed(difference, "The frame, as it was sent.") : Observation.Passed("it arrived");
    }

    private static async Task<Observation> EarlyFrameAsync(ThroughStage stage, CancellationToken interruption)
    {
        var frame = RawFrame.Text("early").ToBytes(asClient: true);
        await using var attempt = await stage.AttemptAsync(stage.Front.Upgrade(), interruption, frame);
        if (attempt.Call is not { } call)
            return Observation.Passed($"the client was refused: {await attempt.Answer}");
        var got = await attempt.AcceptAsync(interruption);
        if (got.Head is not { Status: 101 })
            return Observation.Passed($"the client was refused: {got}");
        var seen = await call.Peer.ReadMessageAsync(interruption);
        return seen.Difference(Way.Up, 1, "early"u8) is { } difference
            ? Observation.Failed(difference, "The frame, or a refusal: the client was too early, but must not lose it without a word.")
            : Observation.Passed("it arrived after the handshake");
    }
}
