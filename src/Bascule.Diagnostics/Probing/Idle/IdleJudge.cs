namespace Bascule.Diagnostics;

/// <summary>Tells an idle limit from a limit of life, and names who is known for that time.</summary>
internal static class IdleJudge
{
    // From here on a heartbeat as most people set it keeps a connection alive, and pages are rarely silent for so long.
    private const double LongSeconds = 300;

    // What ends within this share of the same time met the same limit.
    private const double SameTime = 1.15;

    // A machine that stood still from before the cut until it was seen measures the cut up to this many times as long as the silence of its own pings.
    private const int Stalled = 2;

    private const int MostFacts = 4;

    internal static Verdict? Of(IReadOnlyList<IdleSeen> all, IReadOnlyList<HopSeen> hops)
    {
        if (all.Where(s => s is { Manner: IdleManner.Silent, IsCut: true }).MinBy(s => s.After) is not { } cut)
            return all.FirstOrDefault(s => s is { Manner: not IdleManner.Silent, IsCut: true }) is { } busy ? BusyOnly(busy, Seen(all)) : null;
        var pinging = all.FirstOrDefault(s => s.Manner == IdleManner.Pinging);
        var talking = all.FirstOrDefault(s => s.Manner == IdleManner.Talking);
        var pingDied = pinging is not null && EndsWith(pinging, cut) && WasBusy(pinging, cut);
        var talkDied = talking is not null && EndsWith(talking, cut) && WasBusy(talking, cut);
        return (pingDied, talkDied) switch
        {
            (false, _) => Idle(cut, all, hops),
            (true, false) when talking is { End: IdleEnd.Alive } => Direction(cut, all),
            _ => Lifetime(cut, all, hops),
        };
    }

    private static bool EndsWith(IdleSeen busy, IdleSeen cut) => busy.IsCut && busy.After.TotalSeconds <= cut.After.TotalSeconds * SameTime;

    /// <summary>Never silent for as long as what ended the silent one may have been.</summary>
    private static bool WasBusy(IdleSeen busy, IdleSeen cut) => busy.Silence * Stalled <= cut.After;

    private static string Seen(IEnumerable<IdleSeen> all) => string.Join("; ", all.Select(s => s.ToString()));

    private static Verdict Idle(IdleSeen cut, IReadOnlyList<IdleSeen> all, IReadOnlyList<HopSeen> hops)
    {
        var (who, facts) = Suspects(cut, "idle", hops);
        var seconds = cut.After.TotalSeconds;
        var pings = all.FirstOrDefault(s => s.Manner == IdleManner.Pinging) switch
        {
            { End: IdleEnd.Alive } => "with pings they live on",
            { } late when EndsWith(late, cut) => $"whether pings help is not known: {late.Silence.TotalSeconds:0.#} s passed without one",
            { End: IdleEnd.Unknown } => "whether pings help is not known: none is answered",
            _ => "whether pings help is not known",
        };
        return Findings.Measured(
            "PROBE-IDLE-CUT", seconds >= LongSeconds ? Severity.Warning : Severity.Error, $"{who} ends connections after {seconds:0.#} s of silence; {pings}.", Seen(all), Form(cut),
            "An idle tab is disconnected with 1006, again and again after the same time.",
            $"Let the server ping every {Math.Min(25, seconds / 2):0.#} s or more often; then raise the limit of the hop. Pings of the browser's scripts do not exist, and timers of hidden tabs are slowed down.", facts);
    }

    private static Verdict Lifetime(IdleSeen cut, IReadOnlyList<IdleSeen> all, IReadOnlyList<HopSeen> hops)
    {
        var (who, facts) = Suspects(cut, "lifetime", hops);
        return Findings.Measured(
            "PROBE-LIFETIME-CUT", Severity.Error, $"{who} ends every connection after {cut.After.TotalSeconds:0.#} s, busy or not.", Seen(all), $"Silent and busy connections end at the same time, so it is a limit of life: pings cannot help. {Form(cut)}",
            "Every user is disconnected after the same time, even in the middle of work.", "Raise the limit where it is set; let clients come back by themselves before it ends, and resume.", facts);
    }

    private static Verdict Direction(IdleSeen cut, IReadOnlyList<IdleSeen> all) => Findings.Measured(
        "PROBE-DIRECTION-IDLE", Severity.Error, $"Pings of the client do not keep connections alive: they end after {cut.After.TotalSeconds:0.#} s unless messages flow both ways.", Seen(all),
        "A hop answers pings itself, or counts only what the back end sends.", "An idle tab is disconnected although the client has a heartbeat.", "Send the heartbeat from the server, as pings or messages.", "aws-cloudfront-idle-10m", "nginx-either-direction");

    private static Verdict BusyOnly(IdleSeen busy, string seen) => Findings.Measured(
        "PROBE-BUSY-CUT", Severity.Warning, $"A connection {(busy.Manner == IdleManner.Pinging ? "that pings" : "that talks")} is ended after {busy.After.TotalSeconds:0.#} s, while silent ones live on.", seen,
        "The server does not want what it got: it limits messages or pings, or closes after a message that it cannot read.", "Clients with a heartbeat of their own are disconnected.", "Look at the server's limits for messages and pings.");

    private static string Form(IdleSeen cut) => cut.End switch
    {
        IdleEnd.Close => $"It came with a close frame ({cut.Note}): the server, or a gateway that speaks WebSocket, has this limit itself.",
        IdleEnd.Fin => "It came as an end of TCP without a close frame: the timer of a proxy, or the end of a process.",
        IdleEnd.Reset => "It came as a reset: a firewall, NAT or layer-4 balancer forgot the connection, or a process was killed.",
        _ => "Nothing came at all, and the next packet got no answer: a firewall or NAT forgot the connection.",
    };

    /// <summary>Whom the time fits: a hop that was recognized, else all who are known for it.</summary>
    private static (string Who, string[] Facts) Suspects(IdleSeen cut, string kind, IReadOnlyList<HopSeen> hops)
    {
        if (cut.End == IdleEnd.Close)
            return ("The server", []);
        var known = PlatformCatalogue.Embedded.EndingAfter(cut.After.TotalSeconds, kind).ToList();
        var facts = known.SelectMany(d => d.Facts).Distinct(StringComparer.Ordinal).Select(id => PlatformCatalogue.Embedded[id]).ToList();
        var fitting = facts.Where(f => hops.Any(h => h.MayBe(f.Platform))).ToList();
        if (fitting.Count > 0)
            return ($"{hops.First(h => h.MayBe(fitting[0].Platform)).Name} (its limit is {fitting[0].Number:0.#} {fitting[0].Unit} unless set otherwise)", [.. fitting.Take(MostFacts).Select(f => f.Id)]);
        if (hops.LastOrDefault(h => h.Kind is HopKind.Proxy or HopKind.Edge or HopKind.Platform) is { } hop)
            return ($"Something on the way, most likely {hop.Name} with a limit that somebody set,", [.. PlatformCatalogue.Embedded.Facts.Where(f => hop.MayBe(f.Platform) && f.Category == kind).Take(MostFacts).Select(f => f.Id)]);
        return known.Count == 0
            ? ("Something on the way", [])
            : ($"Something on the way (this time fits {string.Join("; ", known.Select(d => d.Suspects))})", [.. facts.Take(MostFacts).Select(f => f.Id)]);
    }
}
