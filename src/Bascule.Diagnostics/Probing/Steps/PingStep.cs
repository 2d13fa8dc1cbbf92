using System.Globalization;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>A ping on a fresh WebSocket, or why it does not live that long.</summary>
internal static class PingStep
{
    // A server that talks all the time is heard for so long.
    private const int MostMessages = 1000;

    /// <summary>Whether a pong came, and the code with which the server closed instead.</summary>
    /// <returns>False for <c>Lives</c>: the connection is over.</returns>
    internal static async Task<(bool Lives, bool Pongs, int CloseCode)> TakeAsync(Ladder ladder, RawPeer peer, AgreedUpgrade agreed, CancellationToken interruption)
    {
        var start = ladder.Now();
        var conversation = new Conversation(peer, agreed);
        byte[] payload = [.. "bascule"u8];
        await peer.SendAsync(RawFrame.Ping(payload), interruption);
        for (var messages = 0; messages < MostMessages; messages++)
        {
            var heard = await conversation.NextAsync(interruption);
            var took = ladder.Since(start);
            if (heard.BrokenRule is { } rule)
                return Ended(ladder, took, rule, BrokenRule(rule), 0);
            if (heard.Close is { } close)
                return Ended(ladder, took, close.ToString(), ClosedAtOnce(close), close.Close?.Code ?? 0);
            if (heard.End == PeerEnd.Silent)
            {
                ladder.Add("ping", StepResult.Warn, took, "no pong", NoPong());
                return (true, false, 0);
            }

            if (heard.End != PeerEnd.None)
                return Ended(ladder, took, heard.End.Words(), CutAtOnce(heard.End), 0);
            if (heard.Said!.IsPong && heard.Said.Payload.AsSpan().SequenceEqual(payload))
            {
                ladder.Add("ping", StepResult.Ok, took, string.Create(CultureInfo.InvariantCulture, $"pong after {took.TotalMilliseconds:0.#} ms{(messages == 0 ? "" : $"; {messages} messages came first")}"));
                return (true, true, 0);
            }
        }

        ladder.Add("ping", StepResult.Warn, ladder.Since(start), $"no pong among {MostMessages} messages", NoPong());
        return (true, false, 0);
    }

    private static (bool Lives, bool Pongs, int CloseCode) Ended(Ladder ladder, TimeSpan took, string evidence, Verdict verdict, int code)
    {
        ladder.Add("ping", StepResult.Fail, took, evidence, verdict);
        return (false, false, code);
    }

    private static Verdict NoPong() => Findings.Of(
        "PROBE-PONG-MISSING", Severity.Warning, "Pings are not answered.", "ping \"bascule\": no pong", "The server or a gateway before it swallows pings, though every end must answer them (RFC 6455 §5.5.2).",
        "Heartbeats by ping count living connections as dead.", "Answer pings; until then use messages of the application as heartbeat.");

    private static Verdict BrokenRule(string rule) => Findings.Of(
        "PROBE-FRAMES", Severity.Error, $"After the 101 the server does not speak WebSocket properly: {rule}.", rule, "Clients must end a connection on such a frame.", "A browser connects, and ends at once with 1006 or 1002.",
        "Let a WebSocket library write the frames; bascule conform shows every rule that is broken.");

    private static Verdict CutAtOnce(PeerEnd end) => Findings.Of(
        "PROBE-CUT-AFTER-101", Severity.Error, $"The connection ends right after the 101, without a close frame: {end.Words()}.", $"101, then {end.Words()}", "A crash in the application's handler, a handler that returns at once, or a proxy that does not keep upgraded connections.",
        "onopen fires, then onclose with 1006 at once.", "Look into the application's log at this time; keep the handler running as long as the connection lives.");

    /// <summary>Bascule and others tell what browsers hide by a close frame right after the 101.</summary>
    private static Verdict ClosedAtOnce(FrameSeen close)
    {
        var (code, text) = (close.Close?.Code ?? 0, close.Close?.Reason ?? "");
        var reason = EndReasons.All.FirstOrDefault(r => r.Code == code && r.Label == text.Split(';')[0]);
        var why = reason?.Text ?? code switch
        {
            CloseCodes.PolicyViolation => "1008 is a refusal by the application's rules: a token, an origin, a session.",
            CloseCodes.InternalError => "1011 is a fault inside the application.",
            CloseCodes.TryAgainLater or CloseCodes.ServiceRestart => "The server is full or restarts.",
            >= 3000 => "Codes from 3000 on are the application's own.",
            _ => "The handler in the application closed, or returned at once.",
        };
        return Findings.Of(
            "PROBE-CLOSED-AT-ONCE", Severity.Error, $"The server takes the upgrade and closes at once: {code}{(text.Length == 0 ? "" : $" \"{text}\"")}.", close.ToString(), why,
            "onopen fires, then onclose with this code and reason.", reason?.Advice ?? "Look up the code in the application; a token or parameter that it wants may be missing (--token, --header).");
    }
}
