namespace Bascule.Diagnostics;

/// <summary>The connection stood, but no answer came that could be read.</summary>
internal static class NoAnswer
{
    internal static Verdict? Judge(Differential seen) => seen.Full switch
    {
        { Head: not null } => null,
        { Unreached: { } why } => seen.Say("PROBE-TCP-REFUSED", $"{seen.Target.Url.Authority} took one connection and then no more: {why}.",
            "The first connections of the probe were taken, later ones were not.", "Look for a limit of connections or a firewall that counts them."),
        { End: PeerEnd.Silent } => seen.Say("PROBE-SILENT",
            seen.Plain.Head is null
                ? $"{seen.Target.Url.Authority} takes connections, but never answers."
                : "The upgrade is never answered, although a plain GET of the same path is.",
            seen.Plain.Head is null
                ? seen.PlainElsewhere.Head is null ? "Something listens there that waits, hangs, or speaks another protocol."
                    : "Other paths are answered, so it is what serves this one: it hangs, or a proxy holds back a stream of events until its buffer is full (proxy_buffering)."
                : "The application holds the upgrade back: it waits for something else first (a session, a back end, a lock), or a proxy buffers the request.",
            seen.Plain.Head is null
                ? "Check that the port is the right one and that the process is not stuck."
                : "Answer the upgrade at once, and do what takes long afterwards; see where the application waits."),
        { End: PeerEnd.Unreadable } => seen.Say("PROBE-NOT-HTTP", $"What answers at {seen.Target.Url.Authority} does not speak HTTP/1.1.",
            "A WebSocket begins as an HTTP/1.1 request.", "Check the port: another service, or a listener for HTTP/2 only, has it."),
        _ => seen.Say("PROBE-CUT",
            seen.Plain.Head is null
                ? $"{seen.Target.Url.Authority} takes connections, and ends them without an answer."
                : "The connection is cut when an upgrade is asked for, although a plain GET of the same path is answered.",
            seen.Plain.Head is null
                ? "Something listens there that does not want this protocol: a TLS port asked without TLS, a proxy whose back end is gone, or a firewall."
                : "A firewall or proxy dislikes the upgrade, or the application crashes on it.",
            seen.Plain.Head is null ? "Check scheme and port." : "Look into the application's log at this time; probe from inside with --direct."),
    };
}
