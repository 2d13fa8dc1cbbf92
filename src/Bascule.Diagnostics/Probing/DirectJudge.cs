namespace Bascule.Diagnostics;

/// <summary>Compares a service with and without what stands before it.</summary>
internal static class DirectJudge
{
    /// <returns>Which side is at fault; null when neither is, or it cannot be told.</returns>
    internal static Verdict? Of(ProbeReport front, ProbeReport direct)
    {
        if (front.WasInterrupted || direct.WasInterrupted)
            return null;
        if (direct.Facts.Events is { Events: > 0 } && front.Facts.Events is null && front.Facts.IsReachable)
        {
            var name = front.Hops.LastOrDefault(h => h.Kind is HopKind.Proxy or HopKind.Edge or HopKind.Platform)?.Name ?? $"What stands before {direct.Url}";
            return EventsStep.Buffered(name, Severity.Error, "directly and not through it", $"{front.Url}: no event; {direct.Url}: {direct.Facts.Events.Events} events in {direct.Facts.Events.Arrivals} pieces");
        }

        var cause = front.Verdicts.FirstOrDefault(v => v.Severity != Severity.Info);
        var behind = direct.Verdicts.FirstOrDefault(v => v.Severity != Severity.Info);
        if (cause is null)
            return behind is null ? null : Say("PROBE-DIRECT-ONLY", Severity.Info, $"Only the direct way fails: {behind.Headline}", behind, "The back end may not be reachable from here, or wants what the front adds: a header, a host name, TLS.");
        if (behind is null)
        {
            var hop = front.Hops.LastOrDefault(h => h.Kind is HopKind.Proxy or HopKind.Edge or HopKind.Platform && direct.Hops.All(d => d.Name != h.Name));
            return Say("PROBE-DIRECT-FRONT", cause.Severity, $"The back end is fine; what stands before it{(hop is null ? "" : $" ({hop.Name})")} is at fault: {cause.Headline}", cause, $"{direct.Url} works without it. {cause.Why}");
        }

        return behind.RuleId == cause.RuleId || !direct.Facts.IsWebSocket
            ? Say("PROBE-DIRECT-BACK", behind.Severity, $"The back end itself is at fault, also without what stands before it: {behind.Headline}", behind, behind.Why)
            : null;

        Verdict Say(string ruleId, Severity severity, string headline, Verdict of, string why) => new(
            ruleId, severity, headline, $"{front.Url}: {Words(front)}; {direct.Url}: {Words(direct)}", why, of.Symptom, of.Fix, of.Source);
    }

    private static string Words(ProbeReport report) => report.Facts switch
    {
        { IsReachable: false } => "not reachable",
        { IsWebSocket: true } => "a WebSocket",
        { Status: 0 } => "no answer to the upgrade",
        var facts => $"HTTP {facts.Status}",
    };
}
