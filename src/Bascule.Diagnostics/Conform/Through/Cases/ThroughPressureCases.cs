using System.Security.Cryptography;

namespace Bascule.Diagnostics;

/// <summary>A reader that does not read: its sender is stopped, nothing is lost, and nobody else suffers.</summary>
internal static class ThroughPressureCases
{
    private const int FrameBytes = 64 * 1024;
    private const int Frames = 256;

    /// <summary>16 MiB: more than the system's own buffers of a connection through one gateway take by default on Linux (tcp_wmem 4 MiB, twice, and what a reader that sleeps was offered).</summary>
    private const int BurstBytes = FrameBytes * Frames;

    internal static IEnumerable<ThroughCase> All { get; } =
    [
        .. ThroughCase.BothWays("burst", "16 MiB to a reader that sleeps stop their sender, and arrive when it wakes", "RFC 9293 §3.8.6", BurstAsync),
        .. ThroughCase.BothWays("burst-other-way", "While one direction stands still, the other one moves", "RFC 6455 §1.2", OtherWayAsync),
        new("burst-neighbour", "While one connection stands still, another one moves", "RFC 9293 §3.8.6", NeighbourAsync),
        ThroughCase.OnPair("burst-dead-reader", "A reader that dies while its sender is stopped: the sender learns it", "RFC 6455 §7.1.5", DeadReaderAsync),
    ];

    private static async Task<Observation> BurstAsync(ThroughPair pair, Way way, CancellationToken interruption)
    {
        var payload = RandomNumberGenerator.GetBytes(FrameBytes);
        var (sending, taken) = await FillAsync(pair, way, payload, interruption);
        for (var i = 0; i < Frames; i++)
        {
            var seen = await pair.To(way).ReadMessageAsync(interruption);
            if (seen.Difference(way, 2, payload) is { } difference)
                return Observation.Failed($"frame {i} of {Frames}: {difference}", "All of it, once it is read.");
        }

        await sending;
        return taken < BurstBytes
            ? Observation.Passed($"the sender stopped after {taken / 1024:N0} KiB; all arrived")
            : Observation.Lenient($"all {BurstBytes / 1024:N0} KiB were taken; all arrived", "The sender is stopped: what stands between holds it in memory, for every reader that sleeps.");
    }

    /// <summary>Sends the burst until nothing moves any more.</summary>
    /// <returns>The sending, which goes on when the reader wakes, and the bytes that were taken until it stopped.</returns>
    private static async Task<(Task<PeerSend> Sending, long Taken)> FillAsync(ThroughPair pair, Way way, byte[] payload, CancellationToken interruption)
    {
        var from = pair.From(way);
        var before = from.SentBytes;
        var frame = RawFrame.Binary(payload).ToBytes(asClient: way == Way.Up);
        var sending = from.SendAsync(Enumerable.Repeat(frame, Frames).SelectMany(f => f).ToArray(), interruption);
        long taken;
        do
        {
            taken = from.SentBytes;
            await Task.Delay(ThroughStage.Quiet, pair.Clock.Time, interruption);
        }
        while (taken != from.SentBytes && !sending.IsCompleted);
        return (sending, from.SentBytes - before);
    }

    private static async Task<Observation> OtherWayAsync(ThroughPair pair, Way way, CancellationToken interruption)
    {
        await FillAsync(pair, way, new byte[FrameBytes], interruption);
        var other = way == Way.Up ? Way.Down : Way.Up;
        var seen = await pair.PassAsync(other, [RawFrame.Text("the other way")], interruption);
        return seen.Difference(other, 1, "the other way"u8) is { } difference
            ? Observation.Failed(difference, "The message: its direction is free.")
            : Observation.Passed("it moves");
    }

    private static async Task<Observation> NeighbourAsync(ThroughStage stage, CancellationToken interruption)
    {
        await using var still = await stage.OpenAsync(interruption);
        await FillAsync(still, Way.Down, new byte[FrameBytes], interruption);
        await using var other = await stage.OpenAsync(interruption);
        foreach (var way in (Way[])[Way.Up, Way.Down])
        {
            var seen = await other.PassAsync(way, [RawFrame.Text("neighbour")], interruption);
            if (seen.Difference(way, 1, "neighbour"u8) is { } difference)
                return Observation.Failed(difference, "The message: this connection is free.");
        }

        return Observation.Passed("it opens and moves");
    }

    private static async Task<Observation> DeadReaderAsync(ThroughPair pair, CancellationToken interruption)
    {
        var (sending, taken) = await FillAsync(pair, Way.Down, new byte[FrameBytes], interruption);
        if (sending.IsCompleted)
            return Observation.NotApplicable($"the sender was not stopped: all {taken / 1024:N0} KiB were taken");
        pair.Client.Reset();
        var ending = await pair.Backend.ReadToEndAsync(answerClose: true, interruption);
        return ending.Close is null && ending.End == PeerEnd.Silent
            ? Observation.Failed("nothing told the back end", "A close frame, or the end of the connection.")
            : Observation.Passed($"the back end saw {ending}");
    }
}
