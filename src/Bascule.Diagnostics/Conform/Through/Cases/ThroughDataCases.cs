using System.Security.Cryptography;

namespace Bascule.Diagnostics;

/// <summary>Whether messages arrive as they were sent: whole, in order, at once.</summary>
internal static class ThroughDataCases
{
    private const int Large = 16 * 1024 * 1024;
    private const int ManyFrames = 10_000;

    /// <summary>Each border of the three forms of a length (RFC 6455 §5.2), and two beyond the buffers of most gateways.</summary>
    private static readonly int[] Lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 200_000];

    internal static IEnumerable<ThroughCase> All { get; } =
    [
        .. ThroughCase.BothWays("data-lengths", "Text and binary of every border of a length arrive", "RFC 6455 §5.2", LengthsAsync),
        .. ThroughCase.BothWays("data-byte-by-byte", "A frame that is sent byte by byte arrives", "RFC 6455 §5", ByteByByteAsync),
        .. ThroughCase.BothWays("data-fragments", "A message in five frames arrives, and in the same five", "RFC 6455 §5.4", FragmentsAsync),
        .. ThroughCase.BothWays("data-partial", "The start of a frame goes on before its end is there", "RFC 6455 §5.2", PartialAsync),
        .. ThroughCase.BothWays("data-large", "16 MiB in one frame arrive", "RFC 6455 §5.2", LargeAsync),
        .. ThroughCase.BothWays("data-many", $"{ManyFrames:N0} small frames arrive, in their order", "RFC 6455 §5", ManyAsync),
        ThroughCase.OnPair("data-both-ways", "4 MiB in each direction at the same time arrive", "RFC 6455 §1.2", BothAtOnceAsync),
        new("data-deflate-up", $"Compressed messages with one context arrive as they are, {Way.Up.Words()}", "RFC 7692 §7.2", (stage, interruption) => DeflatedTraffic.PlayAsync(stage, Way.Up, interruption)),
        new("data-deflate-down", $"Compressed messages with one context arrive as they are, {Way.Down.Words()}", "RFC 7692 §7.2", (stage, interruption) => DeflatedTraffic.PlayAsync(stage, Way.Down, interruption)),
    ];

    private static async Task<Observation> LengthsAsync(ThroughPair pair, Way way, CancellationToken interruption)
    {
        foreach (var length in Lengths)
        {
            foreach (var opcode in (int[])[1, 2])
            {
                var payload = opcode == 1 ? Letters(length) : RandomNumberGenerator.GetBytes(length);
                var seen = await pair.PassAsync(way, [new RawFrame(opcode, payload)], interruption);
                if (seen.Difference(way, opcode, payload) is { } difference)
                    return Observation.Failed($"{(opcode == 1 ? "text" : "binary")} of {length} bytes: {difference}", "The same message.");
                if (seen.Frames.Count > 1)
                    return Observation.Lenient($"{length} bytes came in {seen.Frames.Count} frames", "In one, as they were sent. Cutting a message without reserved bits is allowed (§5.4).");
            }
        }

        return Observation.Passed($"{2 * Lengths.Length} messages up to {Lengths[^1]:N0} bytes arrived");
    }

    private static async Task<Observation> ByteByByteAsync(ThroughPair pair, Way way, CancellationToken interruption)
    {
        var payload = Letters(300);
        var bytes = RawFrame.Text(payload).ToBytes(asClient: way == Way.Up);
        var sending = pair.From(way).SendInPiecesAsync(bytes, Enumerable.Repeat(1, bytes.Length), interruption);
        var seen = await pair.To(way).ReadMessageAsync(interruption);
        await sending;
        return seen.Difference(way, 1, payload) is { } difference ? Observation.Failed(difference, "The same message.") : Observation.Passed("it arrived");
    }

    private static async Task<Observation> FragmentsAsync(ThroughPair pair, Way way, CancellationToken interruption)
    {
        byte[][] parts = ["one "u8.ToArray(), [], "two "u8.ToArray(), Letters(70_000), "end"u8.ToArray()];
        var frames = parts.Select((part, i) => new RawFrame(i == 0 ? 1 : 0, part) { Final = i == parts.Length - 1 });
        var seen = await pair.PassAsync(way, frames, interruption);
        if (seen.Difference(way, 1, parts.SelectMany(p => p).ToArray()) is { } difference)
            return Observation.Failed(difference, "The same message.");
        return seen.Frames.Select(f => f.Payload.Length).SequenceEqual(parts.Select(p => p.Length))
            ? Observation.Passed("the same five frames arrived")
            : Observation.Lenient($"it arrived in {seen.Frames.Count} frames", "In the same five: allowed (§5.4), but who streams a message waits for its first part.");
    }

    private static async Task<Observation> PartialAsync(ThroughPair pair, Way way, CancellationToken interruption)
    {
        const int length = 1024 * 1024;
        var payload = RandomNumberGenerator.GetBytes(length);
        var bytes = RawFrame.Binary(payload).ToBytes(asClient: way == Way.Up).AsMemory();
        var header = bytes.Length - length;
        var (sent, mostHeld) = (0, 0);
        // A few bytes of a frame, some that fit a buffer of any gateway, and some that fit none.
        foreach (var upTo in (int[])[header + 10, header + 1000, header + 16_000, header + 600_000])
        {
            var sending = pair.From(way).SendAsync(bytes[sent..upTo], interruption);
            sent = upTo;
            while (pair.To(way).Unread.Length < sent && await pair.To(way).ReceiveAsync(ThroughStage.Quiet, interruption) == PeerEnd.None)
            {
            }

            mostHeld = Math.Max(mostHeld, sent - pair.To(way).Unread.Length);
            await sending;
        }

        var seen = await pair.PassAsync(way, bytes[sent..], interruption);
        if (seen.Difference(way, 2, payload) is { } difference)
            return Observation.Failed(difference, "The whole frame, once all of it was sent.");
        return mostHeld == 0
            ? Observation.Passed("every part arrived at once")
            : Observation.Lenient($"held back up to {mostHeld:N0} bytes", "Each part goes on as it comes: who waits for the end of a frame adds its time to every large message, and needs the memory.");
    }

    private static async Task<Observation> LargeAsync(ThroughPair pair, Way way, CancellationToken interruption)
    {
        var payload = RandomNumberGenerator.GetBytes(Large);
        var start = pair.Clock.Time.GetTimestamp();
        var seen = await pair.PassAsync(way, [RawFrame.Binary(payload)], interruption);
        if (seen.Difference(way, 2, payload) is { } difference)
            return seen.Controls.FirstOrDefault(f => f.Opcode == 8) is { } close
                ? Observation.Lenient($"refused: {close}", "It arrives, or is refused with 1009 or a code of its own, as here.")
                : Observation.Failed(difference, "The same message, or a close code that says what is too big.");
        return Observation.Passed(seen.Frames.Count == 1 ? $"it arrived in {pair.Clock.Time.GetElapsedTime(start).TotalMilliseconds:0} ms" : $"it arrived in {seen.Frames.Count} frames");
    }

    private static async Task<Observation> ManyAsync(ThroughPair pair, Way way, CancellationToken interruption)
    {
        var bytes = Enumerable.Range(0, ManyFrames).SelectMany(i => RawFrame.Binary(BitConverter.GetBytes(i)).ToBytes(asClient: way == Way.Up)).ToArray();
        var sending = pair.From(way).SendAsync(bytes, interruption);
        for (var i = 0; i < ManyFrames; i++)
        {
            var seen = await pair.To(way).ReadMessageAsync(interruption);
            if (seen.Difference(way, 2, BitConverter.GetBytes(i)) is { } difference)
                return Observation.Failed($"frame {i}: {difference}", "Each frame, in its order.");
        }

        await sending;
        return Observation.Passed("all arrived");
    }

    private static async Task<Observation> BothAtOnceAsync(ThroughPair pair, CancellationToken interruption)
    {
        var up = RandomNumberGenerator.GetBytes(Large / 4);
        var down = RandomNumberGenerator.GetBytes(Large / 4);
        var upwards = pair.PassAsync(Way.Up, [RawFrame.Binary(up)], interruption);
        var downwards = pair.PassAsync(Way.Down, [RawFrame.Binary(down)], interruption);
        var difference = (await upwards).Difference(Way.Up, 2, up) ?? (await downwards).Difference(Way.Down, 2, down);
        return difference is null ? Observation.Passed("both arrived") : Observation.Failed(difference, "Both messages.");
    }

    private static byte[] Letters(int length)
    {
        var letters = new byte[length];
        for (var i = 0; i < length; i++)
            letters[i] = (byte)('a' + (i % 26));
        return letters;
    }
}
