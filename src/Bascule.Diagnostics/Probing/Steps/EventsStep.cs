using System.Globalization;

namespace Bascule.Diagnostics;

/// <summary>What came of a stream of server-sent events within a short time.</summary>
/// <param name="Events">How many were whole.</param>
/// <param name="Arrivals">In how many pieces: each piece is one reading.</param>
public sealed record EventsSeen(int Events, int Arrivals);

/// <summary>Server-sent events, where the path serves some: whether they come as they are sent, or in clumps.</summary>
internal sealed class EventsStep(Ladder ladder, ProbeDoor door, ProbeRequest requests, ProbeOptions options)
{
    // Events that come one by one are seen as such in this time; most streams say something at once.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);

    // A server may send what a client missed at once; a buffer does it all the time.
    private const int Clump = 4;

    internal static bool IsStream(HttpAnswer answer) => answer["Content-Type"].Contains("event-stream", StringComparison.OrdinalIgnoreCase);

    /// <returns>Null when no stream was opened.</returns>
    internal async Task<EventsSeen?> TakeAsync(Differential seen, CancellationToken interruption)
    {
        var start = ladder.Now();
        var opening = await door.OpenAsync(interruption);
        if (opening.Peer is not { } peer)
            return null;
        await using (peer)
        {
            await peer.SendAsync(requests.Events(), interruption);
            var answer = await peer.ReadAnswerAsync(interruption);
            if (answer.Head is null)
            {
                ladder.Add("events", StepResult.Warn, ladder.Since(start), $"not even the head of the answer: {answer.End.Words()}");
                return null;
            }

            var events = await ListenAsync(peer, interruption);
            var clumps = events.Arrivals > 1 && events.Events >= Clump * events.Arrivals && seen.Proxy is not null;
            var evidence = string.Create(CultureInfo.InvariantCulture, $"{events.Events} events in {events.Arrivals} pieces within {ladder.Since(start).TotalSeconds:0.#} s");
            ladder.Add("events", clumps ? StepResult.Warn : StepResult.Ok, ladder.Since(start), evidence, clumps ? Buffered(seen.Proxy!.Name, Severity.Warning, "in clumps", evidence) : null);
            return events;
        }
    }

    internal static Verdict Buffered(string who, Severity severity, string how, string evidence) => Findings.Of(
        "PROBE-SSE-BUFFERED", severity, $"{who} holds server-sent events back: they come {how}.", evidence, "A buffer for answers waits until it is full; a stream of small events fills it after minutes.",
        "EventSource opens late or never, and messages come late and in bunches.", "nginx: proxy_buffering off in this location, or X-Accel-Buffering: no from the back end; elsewhere switch off buffering, compression and caching of this path.");

    private async Task<EventsSeen> ListenAsync(RawPeer peer, CancellationToken interruption)
    {
        var (start, limit) = (ladder.Now(), options.Clock.StepLimit < Longest ? options.Clock.StepLimit : Longest);
        var arrivals = peer.Unread.IsEmpty ? 0 : 1;
        while (limit - ladder.Since(start) is var left && left > TimeSpan.Zero && peer.Unread.Length < 1 << 20)
        {
            if (await peer.ReceiveAsync(left, interruption) != PeerEnd.None)
                break;
            arrivals++;
        }

        return new EventsSeen(Whole(peer.Unread), arrivals);
    }

    private static int Whole(ReadOnlySpan<byte> text) => text.Count("\n\n"u8) + text.Count("\r\n\r\n"u8);
}
