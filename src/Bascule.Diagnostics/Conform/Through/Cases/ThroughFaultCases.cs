namespace Bascule.Diagnostics;

/// <summary>Frames that break a rule: what stands between may refuse them or pass them on, but must not change them into others.</summary>
internal static class ThroughFaultCases
{
    internal static IEnumerable<ThroughCase> All { get; } =
    [
        .. Of("fault-utf8", "Text that is no UTF-8", "RFC 6455 §8.1", RawFrame.Text([(byte)'a', 0xC3, 0x28, (byte)'b'])),
        .. Of("fault-reserved-1", "RSV1 without an extension", "RFC 6455 §5.2", RawFrame.Text("one") with { Reserved = 0x40 }),
        .. Of("fault-reserved-2", "RSV2", "RFC 6455 §5.2", RawFrame.Text("two") with { Reserved = 0x20 }),
        .. Of("fault-reserved-3", "RSV3", "RFC 6455 §5.2", RawFrame.Text("three") with { Reserved = 0x10 }),
        .. Of("fault-opcode-data", "The unknown opcode 3", "RFC 6455 §5.2", new RawFrame(3, "three"u8.ToArray())),
        .. Of("fault-opcode-control", "The unknown opcode 11", "RFC 6455 §5.2", new RawFrame(11, "eleven"u8.ToArray())),
        .. Of("fault-length", "A length that is not in its shortest form", "RFC 6455 §5.2", RawFrame.Text("long form") with { Form = LengthForm.Bits64 }),
        .. Of("fault-control-long", "A ping of 126 bytes", "RFC 6455 §5.5", RawFrame.Ping(new byte[126])),
        .. Of("fault-control-cut", "A ping that is not final", "RFC 6455 §5.5", RawFrame.Ping("cut"u8.ToArray()) with { Final = false }),
        .. Of("fault-continuation", "A continuation of nothing", "RFC 6455 §5.4", RawFrame.Continuation("of what"u8.ToArray(), final: true)),
        .. ThroughCase.BothWays("fault-mask", "A frame masked where it must not be, or not where it must, is refused or passed as it is", "RFC 6455 §5.1", (pair, way, interruption) =>
            PlayAsync(pair, way, RawFrame.Text("mask") with { Masked = way == Way.Down }, interruption)),
        .. ThroughCase.BothWays("fault-close-code", "The close code 1005, which must not be sent, is refused or passed as it is", "RFC 6455 §7.4.1", (pair, way, interruption) =>
            PlayAsync(pair, way, RawFrame.Close(1005), interruption)),
    ];

    private static IEnumerable<ThroughCase> Of(string id, string what, string source, RawFrame frame) =>
        ThroughCase.BothWays(id, $"{what} is refused, or passed as it is", source, (pair, way, interruption) => PlayAsync(pair, way, frame, interruption));

    private static async Task<Observation> PlayAsync(ThroughPair pair, Way way, RawFrame frame, CancellationToken interruption)
    {
        await pair.From(way).SendAsync(frame, interruption);
        var (at, seen) = await pair.FirstAsync(pair.To(way), pair.From(way), interruption);
        if (seen is null)
            return await CutAsync(pair, way, interruption);
        if (at == pair.To(way) && IsSame(seen, frame, way))
            return Observation.Passed($"passed as it is: {way.Receiver()} has to find it");
        if (seen is { Opcode: 8 })
            return await RefusedAsync(pair, way, at == pair.To(way) ? seen : null, at == pair.To(way) ? null : seen, interruption);
        return Observation.Failed($"{(at == pair.To(way) ? way.Receiver() : "the sender")} got {seen}{(seen.Masked ? ", masked" : "")}", "The same frame, or a close frame.");
    }

    private static async Task<Observation> RefusedAsync(ThroughPair pair, Way way, FrameSeen? atReceiver, FrameSeen? atSender, CancellationToken interruption)
    {
        if (atSender is not null)
            return Observation.Passed($"refused: the sender got {atSender}");
        var told = await pair.From(way).ReadUntilCloseAsync(interruption);
        return told.Frame is { } close
            ? Observation.Passed($"refused: the sender got {close}, the other end {atReceiver}")
            : Observation.Lenient($"refused: {way.Receiver()} got {atReceiver}, the sender saw {told}", "A close frame with 1002 or 1007 to the sender: it says what was wrong.");
    }

    private static bool IsSame(FrameSeen seen, RawFrame sent, Way way) =>
        seen.Opcode == sent.Opcode && seen.Reserved == sent.Reserved && seen.Final == sent.Final && seen.IsShortest == (sent.Form == LengthForm.Shortest)
        && seen.Masked == (sent.Masked ?? way == Way.Up) && seen.Payload.AsSpan().SequenceEqual(sent.Payload);

    private static async Task<Observation> CutAsync(ThroughPair pair, Way way, CancellationToken interruption)
    {
        var end = (await pair.From(way).ReadAsync(ThroughStage.Quiet, interruption)).End;
        return end == PeerEnd.Silent
            ? Observation.Failed("the frame came nowhere, and the connection went on", "The same frame, or a close frame.")
            : Observation.Lenient($"refused: the sender saw {end.Words()}", "A close frame with 1002 or 1007: it says what was wrong.");
    }
}
