using System.Text;

namespace Bascule.Diagnostics;

/// <summary>The close handshake: codes, reasons, and the end of the connection behind it.</summary>
internal static class ThroughCloseCases
{
    internal static IEnumerable<ThroughCase> All { get; } =
    [
        .. Codes("close-codes", "Codes of RFC 6455 pass with their reasons", 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011),
        .. Codes("close-codes-later", "The codes 1012, 1013 and 1014, which came later, pass with their reasons", 1012, 1013, 1014),
        .. Codes("close-codes-own", "Codes of libraries and applications pass with their reasons", 3000, 3999, 4000, 4401, 4999),
        .. ThroughCase.BothWays("close-reason-full", "A reason of 123 bytes with characters of 1 to 4 bytes arrives", "RFC 6455 §5.5.1", (pair, way, interruption) =>
            PassesAsync(pair, way, RawFrame.Close(4321, FullReason()), interruption)),
        .. ThroughCase.BothWays("close-empty", "A close without code arrives without one", "RFC 6455 §5.5.1", (pair, way, interruption) => PassesAsync(pair, way, RawFrame.Close([]), interruption)),
        .. ThroughCase.BothWays("close-after-data", "1 MiB and the close right behind it arrive", "RFC 6455 §7.1.2", AfterDataAsync),
        .. ThroughCase.BothWays("close-then-data", "Data behind a close is not passed", "RFC 6455 §5.5.1", ThenDataAsync),
        .. ThroughCase.BothWays("close-ends", "After the close handshake, the connection ends at both sides, soon", "RFC 6455 §7.1.1", EndsAsync),
        ThroughCase.OnPair("close-both", "Both ends close at the same time: both see a close and the end", "RFC 6455 §7.1.5", BothAsync),
    ];

    private static IEnumerable<ThroughCase> Codes(string id, string title, params IReadOnlyList<int> codes) =>
        ((Way[])[Way.Up, Way.Down]).Select(way => new ThroughCase($"{id}-{way.Suffix()}", $"{title}, {way.Words()}", "RFC 6455 §7.4", async (stage, interruption) =>
        {
            List<Observation> lenient = [];
            foreach (var code in codes)
            {
                await using var pair = await stage.OpenAsync(interruption);
                var seen = await PassesAsync(pair, way, RawFrame.Close(code, $"because of {code}"), interruption);
                if (seen.Outcome == Outcome.Failed)
                    return seen with { Seen = $"{code}: {seen.Seen}" };
                if (seen.Outcome == Outcome.Lenient)
                    lenient.Add(seen);
            }

            return lenient.Count > 0 ? lenient[0] : Observation.Passed($"{string.Join(", ", codes)} passed");
        }));

    private static async Task<Observation> PassesAsync(ThroughPair pair, Way way, RawFrame close, CancellationToken interruption)
    {
        await pair.From(way).SendAsync(close, interruption);
        var there = await pair.To(way).ReadUntilCloseAsync(interruption);
        if (there.Frame is not { } seen)
            return Observation.Failed($"{way.Receiver()} saw {there}", "The close frame.");
        if (!seen.Payload.AsSpan().SequenceEqual(close.Payload))
            return Observation.Failed($"{way.Receiver()} got {seen}", "Code and reason, byte for byte.");
        await pair.To(way).SendAsync(RawFrame.Close(close.Payload[..Math.Min(2, close.Payload.Length)]), interruption);
        pair.Backend.HalfClose();
        var back = await pair.From(way).ReadUntilCloseAsync(interruption);
        return back.Frame is not null
            ? Observation.Passed($"{seen} arrived; the answer: {back.Frame}")
            : Observation.Lenient($"{seen} arrived; the answer did not come back: {back}", "The answer of the other end: without it some libraries report 1006.");
    }

    private static async Task<Observation> AfterDataAsync(ThroughPair pair, Way way, CancellationToken interruption)
    {
        var payload = new byte[1024 * 1024];
        payload.AsSpan().Fill(0x5A);
        var sending = SendAndLeaveAsync();
        var seen = await pair.To(way).ReadMessageAsync(interruption);
        var close = await pair.To(way).ReadUntilCloseAsync(interruption);
        await sending;
        if (seen.Difference(way, 2, payload) is { } difference)
            return Observation.Failed(difference, "All that was sent before the close.");
        return close.Frame?.Close is { Code: 4200 } ? Observation.Passed("both arrived") : Observation.Failed($"the message, then {close}", "The message, then the close.");

        async Task SendAndLeaveAsync()
        {
            await pair.From(way).SendAsync([RawFrame.Binary(payload), RawFrame.Close(4200, "done")], interruption);
            // Some programs do not wait for the answer.
            pair.From(way).HalfClose();
        }
    }

    private static async Task<Observation> ThenDataAsync(ThroughPair pair, Way way, CancellationToken interruption)
    {
        await pair.From(way).SendAsync([RawFrame.Close(1000, "bye"), RawFrame.Text("too late")], interruption);
        var close = await pair.To(way).ReadUntilCloseAsync(interruption);
        if (close.Frame?.Close is not { Code: 1000 })
            return Observation.Failed($"{way.Receiver()} saw {close}", "The close frame.");
        var behind = await pair.To(way).ReadAsync(ThroughStage.Quiet, interruption);
        return behind.Frame is { } late
            ? Observation.Lenient($"{late} came behind the close", "Nothing comes: the sender broke the rule, and the receiver must not read it.")
            : Observation.Passed("nothing came behind the close");
    }

    private static async Task<Observation> EndsAsync(ThroughPair pair, Way way, CancellationToken interruption)
    {
        await pair.From(way).SendAsync(RawFrame.Close(1000), interruption);
        await pair.To(way).ReadUntilCloseAsync(interruption);
        await pair.To(way).SendAsync(RawFrame.Close(1000), interruption);
        await pair.From(way).ReadUntilCloseAsync(interruption);
        // The server's side ends first (§7.1.1); the client's only when it sees that.
        var start = pair.Clock.Time.GetTimestamp();
        pair.Backend.HalfClose();
        var atClient = (await pair.Client.ReadAsync(interruption)).End;
        pair.Client.HalfClose();
        var atBackend = (await pair.Backend.ReadAsync(interruption)).End;
        var took = pair.Clock.Time.GetElapsedTime(start).TotalMilliseconds;
        if (atClient is PeerEnd.Silent || atBackend is PeerEnd.Silent)
            return Observation.Failed($"the client saw {atClient.Words()}, the back end {atBackend.Words()}", "The end of the connection at both sides.");
        return atClient == PeerEnd.Fin && atBackend == PeerEnd.Fin
            ? Observation.Passed($"both ended within {took:0} ms")
            : Observation.Lenient($"the client saw {atClient.Words()}, the back end {atBackend.Words()}", "A clean end (FIN) at both.");
    }

    private static async Task<Observation> BothAsync(ThroughPair pair, CancellationToken interruption)
    {
        var fromClient = pair.Client.SendAsync(RawFrame.Close(4001, "client"), interruption);
        var fromBackend = pair.Backend.SendAsync(RawFrame.Close(4002, "back end"), interruption);
        await fromClient;
        await fromBackend;
        var atClient = await pair.Client.ReadUntilCloseAsync(interruption);
        var atBackend = await pair.Backend.ReadUntilCloseAsync(interruption);
        if (atClient.Frame is null || atBackend.Frame is null)
            return Observation.Failed($"the client saw {atClient}, the back end {atBackend}", "A close frame at both.");
        pair.Backend.HalfClose();
        var end = (await pair.Client.ReadAsync(interruption)).End;
        return end is PeerEnd.Silent
            ? Observation.Failed("the connection stays open", "The end of the connection.")
            : Observation.Passed($"the client got {atClient}, the back end {atBackend}");
    }

    /// <summary>123 bytes, the most that fits (RFC 6455 §5.5): 1, 2, 3 and 4 bytes for a character, twelve times, and three more.</summary>
    private static string FullReason()
    {
        var reason = string.Concat(Enumerable.Repeat("a\u00E9\u20AC\U0001F600", 12)) + "end";
        return Encoding.UTF8.GetByteCount(reason) == 123 ? reason : throw new InvalidOperationException("The reason is to have 123 bytes.");
    }
}
