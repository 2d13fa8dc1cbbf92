using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Cases in which something right is sent and must come back: messages as they were, pings as pongs.</summary>
internal static class EchoShape
{
    // Below this no sensible limit lies; above it a close with 1009 is a limit, not a fault.
    private const int SmallBytes = 1024;

    /// <summary>Sends frames in as few packets as possible.</summary>
    internal static Func<ConformStage, CancellationToken, Task<Observation>> Of(IReadOnlyList<RawFrame> frames, params IReadOnlyList<Said> back) => Of(frames, [], back);

    /// <param name="pieces">Lengths of the packets, as <see cref="RawPeer.SendInPiecesAsync"/> takes them.</param>
    internal static Func<ConformStage, CancellationToken, Task<Observation>> Of(IReadOnlyList<RawFrame> frames, IReadOnlyList<int> pieces, params IReadOnlyList<Said> back) =>
        async (stage, interruption) =>
        {
            if (NotPlayable(stage, back) is { } why)
                return why;
            await using var peer = await stage.OpenAsync(interruption);
            var sending = peer.SendInPiecesAsync(frames.SelectMany(f => f.ToBytes(asClient: true)).ToArray(), pieces, interruption);
            var seen = await HearAsync(new Conversation(peer, AgreedUpgrade.Plain), sending, back, interruption);
            await sending;
            return seen;
        };

    internal static Observation? NotPlayable(ConformStage stage, IEnumerable<Said> back) =>
        stage.Facts.NoEcho is { } why && back.Any(s => !s.IsPong) ? Observation.NotApplicable(why) : null;

    /// <summary>Listens until all of it came back. The order among messages counts, and among pongs, but not between the two.</summary>
    /// <param name="sending">While it runs, silence means nothing.</param>
    /// <param name="mayEnd">Why the end of the connection is no fault, or null.</param>
    internal static Task<Observation> HearAsync(
        Conversation conversation, Task<PeerSend> sending, IReadOnlyList<Said> back, CancellationToken interruption, string? mayEnd = null) =>
        HearAsync(conversation.NextAsync, sending, back, interruption, mayEnd);

    /// <param name="next">How to hear the next message, and how long it may take.</param>
    internal static async Task<Observation> HearAsync(
        Func<CancellationToken, Task<Heard>> next, Task<PeerSend> sending, IReadOnlyList<Said> back, CancellationToken interruption, string? mayEnd = null)
    {
        var messages = new Queue<Said>(back.Where(s => !s.IsPong));
        var pongs = new Queue<Said>(back.Where(s => s.IsPong));
        List<string> skipped = [];
        while (messages.Count + pongs.Count > 0)
        {
            // Asked before: what is sent only now cannot have come back yet.
            var isSent = sending.IsCompleted;
            var heard = await next(interruption);
            if (heard.End == PeerEnd.Silent && !isSent)
                continue;
            if (heard is not { BrokenRule: null, Said: { } said })
            {
                if (mayEnd is not null && (heard.Close is not null || heard.End is PeerEnd.Fin or PeerEnd.Reset))
                    return Observation.Lenient($"{heard}, with {messages.Count + pongs.Count} answers missing", $"all of them; but {mayEnd}");
                return LimitOf(heard, back) ?? Observation.Failed(heard.ToString(), $"{Next(messages, pongs)} back");
            }

            if (said.IsPong)
            {
                while (pongs.Count > 1 && !pongs.Peek().Equals(said.Opcode, said.Payload))
                    skipped.Add(pongs.Dequeue().ToString());
            }

            var wanted = said.IsPong ? pongs : messages;
            if (wanted.Count == 0 || !wanted.Peek().Equals(said.Opcode, said.Payload))
                return Observation.Failed(Difference(said, wanted.Count == 0 ? null : wanted.Peek()), wanted.Count == 0 ? "no such thing" : $"{wanted.Peek()} back");
            wanted.Dequeue();
        }

        return skipped.Count == 0
            ? Observation.Passed(string.Join(", ", back.Take(3)) + (back.Count > 3 ? $" and {back.Count - 3} more" : ""))
            : Observation.Lenient($"no {string.Join(", no ", skipped)}", "a pong for each ping; only the latest must be answered (RFC 6455 §5.5.3)");
    }

    private static string Next(Queue<Said> messages, Queue<Said> pongs) => (messages.Count > 0 ? messages : pongs).Peek().ToString();

    private static string Difference(Said seen, Said? wanted)
    {
        if (wanted is null || wanted.Opcode != seen.Opcode || wanted.Payload.Length != seen.Payload.Length)
            return seen.ToString();
        var at = wanted.Payload.AsSpan().CommonPrefixLength(seen.Payload);
        return $"{seen}, which differs from byte {at} on";
    }

    private static Observation? LimitOf(Heard heard, IReadOnlyList<Said> back) => heard.Close?.Close?.Code switch
    {
        CloseCodes.MessageTooBig when back.Any(s => s.Payload.Length > SmallBytes) =>
            Observation.Lenient(heard.ToString(), "the message back; but a server may have a limit, and says so with 1009 (RFC 6455 §7.4.1, §10.4)"),
        CloseCodes.UnsupportedPayload =>
            Observation.Lenient(heard.ToString(), "the message back; but a server may take only one kind of data, and says so with 1003 (RFC 6455 §7.4.1)"),
        _ => null,
    };
}
