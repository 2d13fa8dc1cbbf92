using System.Text;

namespace Bascule.Diagnostics;

/// <summary>Pings and pongs: from end to end, or answered on the way.</summary>
internal static class ThroughControlCases
{
    private const string EndToEnd = "It reaches the other end. Answered on the way it is allowed, but says nothing about who is behind.";

    internal static IEnumerable<ThroughCase> All { get; } =
    [
        .. ThroughCase.BothWays("ping", "A ping is answered, best by the other end", "RFC 6455 §5.5.2", (pair, way, interruption) => PingAsync(pair, way, "are you there"u8.ToArray(), interruption)),
        .. ThroughCase.BothWays("ping-empty", "A ping without payload is answered", "RFC 6455 §5.5.2", (pair, way, interruption) => PingAsync(pair, way, [], interruption)),
        .. ThroughCase.BothWays("ping-full", "A ping of 125 bytes keeps every one of them", "RFC 6455 §5.5", (pair, way, interruption) =>
            PingAsync(pair, way, [.. Enumerable.Range(131, 125).Select(i => (byte)i)], interruption)),
        .. ThroughCase.BothWays("ping-many", "Three pings in one packet get their own pongs, in their order", "RFC 6455 §5.5.3", ManyAsync),
        .. ThroughCase.BothWays("ping-between-fragments", "A ping between two fragments passes before the message ends", "RFC 6455 §5.4", BetweenAsync),
        .. ThroughCase.BothWays("pong-alone", "A pong that nobody asked for disturbs nothing", "RFC 6455 §5.5.3", PongAsync),
    ];

    private static async Task<Observation> PingAsync(ThroughPair pair, Way way, byte[] payload, CancellationToken interruption)
    {
        await pair.From(way).SendAsync(RawFrame.Ping(payload), interruption);
        var (at, seen) = await pair.FirstAsync(pair.To(way), pair.From(way), interruption);
        if (seen is null)
            return Observation.Failed("it reached nobody, and nobody answered", EndToEnd);
        if (!seen.Payload.AsSpan().SequenceEqual(payload))
            return Observation.Failed($"{seen} came, with another payload", EndToEnd);
        if (at == pair.From(way))
            return seen.Opcode == 10 ? Observation.Lenient("answered on the way", EndToEnd) : Observation.Failed($"the sender got {seen}", EndToEnd);
        if (seen.Opcode != 9)
            return Observation.Failed($"it came as {seen}", EndToEnd);
        await pair.To(way).SendAsync(RawFrame.Pong(payload), interruption);
        var pong = await pair.From(way).ReadAsync(interruption);
        return pong.Frame is { Opcode: 10 } && pong.Frame.Payload.AsSpan().SequenceEqual(payload)
            ? Observation.Passed("from end to end, and back")
            : Observation.Failed($"it reached the other end, whose pong came back as {pong}", "The pong with the same payload.");
    }

    private static async Task<Observation> ManyAsync(ThroughPair pair, Way way, CancellationToken interruption)
    {
        string[] names = ["one", "two", "three"];
        await pair.From(way).SendAsync(names.Select(n => RawFrame.Ping(Encoding.ASCII.GetBytes(n))), interruption);
        List<string> answered = [];
        var reached = 0;
        while (answered.Count < names.Length)
        {
            var (at, seen) = await pair.FirstAsync(pair.To(way), pair.From(way), interruption);
            if (seen is null)
                break;
            if (at == pair.From(way))
                answered.Add(Encoding.ASCII.GetString(seen.Payload));
            else if (seen.Opcode == 9 && ++reached > 0)
                await pair.To(way).SendAsync(RawFrame.Pong(seen.Payload), interruption);
        }

        if (answered.SequenceEqual(names))
            return reached == names.Length ? Observation.Passed("three pongs, from the other end") : Observation.Lenient($"{names.Length - reached} of them answered on the way", EndToEnd);
        // RFC 6455 §5.5.3 lets an end answer only the last of several pings.
        return answered is ["three"]
            ? Observation.Lenient("only the last was answered", "One pong for each: who measures round trips counts the others as lost.")
            : Observation.Failed($"pongs: {string.Join(", ", answered)}", "one, two, three.");
    }

    private static async Task<Observation> BetweenAsync(ThroughPair pair, Way way, CancellationToken interruption)
    {
        await pair.From(way).SendAsync([RawFrame.Text("first, ") with { Final = false }, RawFrame.Ping("between"u8.ToArray())], interruption);
        var held = false;
        PeerRead read;
        do
        {
            read = await pair.To(way).ReadAsync(ThroughStage.Quiet, interruption);
        }
        while (read.Frame is { Opcode: not 9 });
        var reached = read.Frame is not null;
        if (!reached && (await pair.From(way).ReadAsync(ThroughStage.Quiet, interruption)).Frame is not { Opcode: 10 })
            held = true;

        var seen = await pair.PassAsync(way, [RawFrame.Continuation("second"u8.ToArray(), final: true)], interruption);
        var parts = seen.Payload;
        if (!seen.IsWhole || !Encoding.ASCII.GetString(parts).EndsWith("second", StringComparison.Ordinal))
            return Observation.Failed($"the rest of the message came as {seen}", "The message, unharmed by the ping.");
        if (reached)
            return Observation.Passed("it passed before the end of the message");
        return held
            ? seen.Controls.Any(c => c.Opcode == 9)
                ? Observation.Lenient("it was held back until the message was whole", "It passes at once: behind a long message a heartbeat comes too late.")
                : Observation.Failed("it reached nobody, and nobody answered", "It passes at once, or is answered on the way.")
            : Observation.Lenient("answered on the way", EndToEnd);
    }

    private static async Task<Observation> PongAsync(ThroughPair pair, Way way, CancellationToken interruption)
    {
        await pair.From(way).SendAsync([RawFrame.Pong("alone"u8.ToArray()), RawFrame.Text("after")], interruption);
        var seen = await pair.To(way).ReadMessageAsync(interruption);
        if (seen.Difference(way, 1, "after"u8) is { } difference)
            return Observation.Failed($"the message behind it: {difference}", "Pong and message, or the message alone.");
        return seen.Controls is [{ Opcode: 10 } pong] && pong.Payload.AsSpan().SequenceEqual("alone"u8)
            ? Observation.Passed("it passed")
            : seen.Controls.Count == 0
                ? Observation.Lenient("it was taken out", "It passes: some clients use pongs as a heartbeat in one direction.")
                : Observation.Failed($"{seen} came", "Pong and message, or the message alone.");
    }
}
