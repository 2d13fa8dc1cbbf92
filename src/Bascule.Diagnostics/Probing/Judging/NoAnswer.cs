namespace Bascule.Diagnostics;

/// <summary>The connection stood, but no answer came that could be read.</summary>
internal static class NoAnswer
{
    internal static Verdict? Judge(Differential seen) => seen.Full switch
    {
        { Head: not null } => null,
        { Unreached: { } why } => seen.Say("PROBE-TCP-REFUSED", $"{seen.Target.Url.Authority} took one connection and then no more: {why}.",
            "The first connections of the probe were taken, later ones were not.", "Look for a limit of connections or a firewall that counts them."),
        { Fault: { } fault } => HalfAnswer(seen, fault),
        { End: PeerEnd.Silent } => seen.Say("PROBE-SILENT",
            seen.Plain.Head is null
                ? $"{seen.Target.Url.Authority} takes connections, but never answers."
                : "The upgrade is never answered, although a plain GET of the same path is.",
            seen.Plain.Head is null
                ? seen.PlainElsewhere.Head is null ? "Something listens there that waits, hangs, or speaks another protocol."
                    : "Other paths are answered, so it is what serves this one: it hangs, or a proxy holds back a stream of events until its buffer is full (proxy_buffering)."
                : "The application holds the upgrade back: it waits for something else first (a session, a back end, a lock), or a proxy buffers the request.",
            seen.Plain.Head is null
                ? "Check that the port is the right one and that the process is not stuck. A longer --timeout shows whether it is only slow."
                : "Answer the upgrade at once, and do what takes long afterwards; see where the application waits. A longer --timeout shows whether it is only slow."),
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

    /// <summary>It speaks HTTP, but what it says has no end or breaks the rules.</summary>
    private static Verdict HalfAnswer(Differential seen, string fault) => seen.Full.End switch
    {
        PeerEnd.Unreadable => seen.Say("PROBE-NOT-HTTP", $"The head of the answer of {seen.Target.Url.Authority} cannot be read: {fault}.",
            "It speaks HTTP, but clients and proxies refuse a head that is longer than they take or breaks the rules of HTTP (RFC 9112).",
            "Let an HTTP or WebSocket library write the head, and see what adds or changes fields: cookies that pile up, a proxy, a text that is passed on unchecked."),
        PeerEnd.Silent => seen.Say("PROBE-SILENT", $"{seen.Target.Url.Authority} begins an answer and does not end it in time: {seen.Full}.",
            "What answers stops in the middle of the head, or is slower than --timeout allows.", "See where the server writes its answer: the whole head, and the empty line at its end, must go out at once. A longer --timeout shows whether it is only slow."),
        _ => seen.Say("PROBE-CUT", $"{seen.Target.Url.Authority} ends the connection in the middle of its answer: {seen.Full}.",
            "The application crashed while it answered, or something on the way dislikes the answer.", "Look into the application's log at this time; probe from inside with --direct."),
    };
}
