using System.Globalization;

namespace Bascule.Diagnostics;

/// <summary>Tells from how long connections took whether the first packet was lost: the system sends it again after 1, 3 and 7 s.</summary>
internal static class ConnectTimes
{
    // Below this share of many it may be one lost packet.
    private const double Few = 0.02;

    // RFC 6298 §2.1: one second, then twice as long each time. The end is what a far server needs beside it.
    private static readonly (TimeSpan From, TimeSpan To)[] Again =
    [
        (TimeSpan.FromSeconds(0.98), TimeSpan.FromSeconds(1.4)), (TimeSpan.FromSeconds(2.98), TimeSpan.FromSeconds(3.5)), (TimeSpan.FromSeconds(6.98), TimeSpan.FromSeconds(7.6)),
    ];

    internal static bool IsSentAgain(TimeSpan took) => Again.Any(a => took >= a.From && took <= a.To);

    /// <param name="times">Of connections that came about.</param>
    /// <returns>Null when nothing shows that packets were lost.</returns>
    internal static Verdict? Judge(string place, IReadOnlyList<TimeSpan> times)
    {
        var again = times.Where(IsSentAgain).Order().ToList();
        if (again.Count == 0 || again.Count < times.Count * Few)
            return null;
        var seen = string.Create(CultureInfo.InvariantCulture, $"{again.Count} of {times.Count} connections to {place} took {again[0].TotalSeconds:0.00} to {again[^1].TotalSeconds:0.00} s; the quickest took {times.Min().TotalMilliseconds:0.#} ms");
        return Findings.Measured(
            "PROBE-TCP-STEPS", Severity.Warning, $"{place} drops the first packet of connections: they come about after 1, 3 or 7 s, when it is sent again.", seen,
            "The queue of the listener is full, because the server takes connections too slowly (processor, one accepting thread) or the queue is short; on a long way packets may be lost, too.",
            "Connecting takes a second or three now and then, more often when many come; then it works.", "See whether the server's processor is full; raise net.core.somaxconn and the listener's backlog; nstat TcpExtListenOverflows counts it.", "host-abort-on-overflow");
    }
}
