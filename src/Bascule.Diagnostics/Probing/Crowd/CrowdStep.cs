using System.Globalization;

namespace Bascule.Diagnostics;

/// <summary>Many handshakes at once: rate limits, full back ends, and what fails only in part.</summary>
internal sealed class CrowdStep(Ladder ladder, ProbeTarget target, SocketOpener opener, ProbeOptions options)
{
    // Asked one after the other when some of the crowd failed: does it need a crowd?
    private const int Singles = 10;

    // A rate of one in a second, and some more.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    // Below this it may be chance; above it somebody notices.
    private const double Few = 0.01;

    internal async Task TakeAsync(CancellationToken interruption)
    {
        var start = ladder.Now();
        var tries = await Task.WhenAll(Enumerable.Range(0, options.Handshakes).Select(_ => opener.OpenAsync(options.Clock, interruption)));
        var took = ladder.Since(start);
        // All are held until the last one is answered: a limit of open connections shows only so.
        foreach (var peer in tries.Select(t => t.Peer).OfType<RawPeer>())
        {
            await peer.SendAsync(RawFrame.Close(1000), interruption);
            await peer.DisposeAsync();
        }

        if (ConnectTimes.Judge(target.Url.Authority, [.. tries.Select(t => t.Answer).Where(a => a.Unreached is null).Select(a => a.Connected)]) is { } steps)
            ladder.Add("handshakes-tcp", StepResult.Warn, took, steps.Seen, steps);
        var failed = tries.Where(t => t.Peer is null).Select(t => t.Answer).ToList();
        var evidence = $"{tries.Length - failed.Count} of {tries.Length} opened{(failed.Count == 0 ? "" : $"; {Kinds(failed)}")}";
        if (failed.Count == 0)
        {
            ladder.Add("handshakes", StepResult.Ok, took, evidence);
            return;
        }

        var singles = 0;
        for (var i = 0; i < Singles; i++)
        {
            var (_, peer, _) = await opener.OpenAsync(options.Clock, interruption);
            singles += peer is null ? 1 : 0;
            if (peer is not null)
                await peer.DisposeAsync();
        }

        var recovers = singles == Singles && await RecoversAsync(interruption);
        evidence += $"; afterwards, one after the other, {Singles - singles} of {Singles} opened{(recovers ? string.Create(CultureInfo.InvariantCulture, $", and {Pause.TotalSeconds:0} s later again") : "")}";
        var isMuch = failed.Count > tries.Length * Few;
        // Where one after the other works, no instance is broken: the few before met the same limit.
        if (isMuch && (recovers || singles == 0))
            ladder.TakeBack("PROBE-INSTANCES", $"times {Most(failed).Brief}");
        ladder.Add("handshakes", isMuch ? StepResult.Fail : StepResult.Warn, took, evidence, isMuch ? Judge(tries.Length, failed, recovers ? -1 : singles, evidence) : null);
    }

    /// <summary>What fills up again within seconds is counted by time, not by open connections.</summary>
    private async Task<bool> RecoversAsync(CancellationToken interruption)
    {
        await Task.Delay(Pause, options.Clock.Time, interruption);
        var (_, peer, _) = await opener.OpenAsync(options.Clock, interruption);
        if (peer is null)
            return false;
        await peer.DisposeAsync();
        return true;
    }

    private static string Kinds(IEnumerable<HttpAnswer> failed) =>
        string.Join(", ", failed.GroupBy(f => f.Head is null ? f.ToString() : f.Brief).OrderByDescending(g => g.Count()).Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Count()} times {g.Key}")));

    /// <summary>One of those that came most often.</summary>
    private static HttpAnswer Most(List<HttpAnswer> failed) => failed.GroupBy(f => f.Status).MaxBy(g => g.Count())!.First();

    private static Verdict Judge(int all, List<HttpAnswer> failed, int singles, string evidence)
    {
        var share = string.Create(CultureInfo.InvariantCulture, $"{100.0 * failed.Count / all:0.#} %");
        var most = Most(failed);
        var author = HopReading.AuthorOf("", most)?.Name ?? "The server";
        if (most.Status == 429)
            return Findings.Of("PROBE-429", Severity.Warning, $"{author} limits the rate of handshakes: {failed.Count} of {all} at once got 429 ({share}).", evidence,
                $"When all clients come back at once, after a restart or from one office, most are refused.{(most["Retry-After"] is { Length: > 0 } after ? $" Retry-After: {after} s." : "")}",
                "Some users connect, others see 1006, and again after the next restart.", "Give upgrades a limit of their own, per client and with room for everybody to come back; clients wait growing, random times.", "cf-one-request");
        var (pattern, fix) = singles switch
        {
            < 0 => ("a little later they work again, so it is a limit of the rate", "Give upgrades a rate limit of their own, with room for everybody to come back, and let it answer 429 (nginx: limit_req_status 429; its 503 looks like a broken back end)."),
            0 => ("one after the other all work, so it is a limit under load", "Find the limit in the log of what refused: connections, open files, workers, backlog, processor; raise it or add instances."),
            Singles => ("afterwards all fail, so something is used up or broke down", "See whether the server counts closed connections as open, and whether it still lives."),
            _ => ("one after the other some fail too, so one of several instances is likely broken", "Probe each instance by itself (--direct) and take the broken one out."),
        };
        var what = most.Status == 0 ? most.ToString() : string.Create(CultureInfo.InvariantCulture, $"HTTP {most.Status}");
        return Findings.Of("PROBE-CAPACITY", Severity.Warning, $"{share} of the handshakes fail when {all} come at once ({what}): {pattern}.", evidence,
            most.Status == 0 ? "No answer at all: a full queue of connections, a limit of connections, or a firewall." : $"{author} answers, so TCP and TLS are fine; the refusal is a decision above them.",
            "Clients report \"bad handshake\" or 1006 now and then, more often at busy times.", fix, "gorilla-bad-handshake");
    }
}
