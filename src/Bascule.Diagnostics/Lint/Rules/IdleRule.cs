namespace Bascule.Diagnostics;

/// <summary>Makes the rule of one kind of hop: it closes silent connections, and nothing here keeps them from being silent. Where there is a heartbeat, APP-PING-VS-IDLE compares.</summary>
internal static class IdleRule
{
    internal static LintRule Of(string id, Severity severity, string inspects, HopType kind, string key, string setting, string file, string body, params IReadOnlyList<string> facts) =>
        new(id, severity, Breaks.Connection, inspects)
        {
            Why = "It counts silence, not need: a connection over which nothing is sent is closed, whatever the two ends still want of it.",
            Symptom = "A connection that was open and quiet ends; the browser shows 1006 and gives no reason.",
            Fix = $"Ping from the server every 20 to 25 s. Then, if quiet clients shall last longer without it, set {setting}.",
            Facts = facts,
            Check = deployment => Check(deployment, kind, key),
            Fires = new LintExample((file, body), Samples.Quiet),
            Silent = new LintExample((file, body), Samples.Pinging),
        };

    private static IEnumerable<LintHit> Check(Deployment deployment, HopType kind, string key) =>
        from hop in deployment.Hops
        where hop.Kind == kind && hop.Idle is { Seconds: < 3600 } && deployment.Quickest is null
        select new LintHit(hop.Idle!.Place, $"{hop.Name} closes connections that are silent for {hop.Idle} ({key}), and no heartbeat was found in these files");
}
