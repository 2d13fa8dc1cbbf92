using System.Globalization;
using System.Text;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>A ping on a fresh WebSocket, or why it does not live that long.</summary>
internal static class PingStep
{
    // A server that talks all the time is heard for so long.
    private const int MostMessages = 1000;

    /// <summary>Whether a pong came, and the code with which the server closed instead.</summary>
    /// <param name="patience">For all that comes before the pong.</param>
    /// <returns>False for <c>Lives</c>: the connection is over.</returns>
    internal static async Task<(bool Lives, bool Pongs, int CloseCode)> TakeAsync(Ladder ladder, RawPeer peer, AgreedUpgrade agreed, TimeSpan patience, CancellationToken interruption)
    {
        var start = ladder.Now();
        var conversation = new Conversation(peer, agreed);
        byte[] payload = [.. "bascule"u8];
        await peer.SendAsync(RawFrame.Ping(payload), interruption);
        var messages = 0;
        Said? otherPong = null;
        for (var asked = ladder.Now(); messages < MostMessages && patience - ladder.Since(asked) is var left && left > TimeSpan.Zero; messages++)
        {
            var heard = await conversation.NextAsync(left, interruption);
            var took = ladder.Since(start);
            if (BrokenFrames.RuleOf(heard, ladder) is { } rule)
                return Ended(ladder, took, rule, BrokenFrames.Verdict(rule, "After the 101", "A browser connects, and ends at once with 1006, 1002 or 1007."), 0);
            if (heard.Close is { } close)
                return Ended(ladder, took, close.ToString(), ClosedAtOnce(close), CodeOf(close).Code);
            if (heard.End == PeerEnd.Silent)
                break;
            if (heard.End != PeerEnd.None)
                return Ended(ladder, took, heard.End.Words(), CutAtOnce(heard.End), 0);
            if (heard.Said!.IsPong && heard.Said.Payload.AsSpan().SequenceEqual(payload))
            {
                ladder.Add("ping", StepResult.Ok, took, string.Create(CultureInfo.InvariantCulture, $"pong after {took.TotalMilliseconds:0.#} ms{(messages == 0 ? "" : $"; {messages} messages came first")}"));
                return (true, true, 0);
            }

            otherPong = heard.Said.IsPong ? heard.Said : otherPong;
        }

        var evidence = otherPong is not null ? $"no pong with the ping's payload; {OtherPong(ladder, otherPong)}" : messages == 0 ? "no pong" : $"no pong among {messages} messages";
        ladder.Add("ping", StepResult.Warn, ladder.Since(start), evidence, NoPong(ladder, otherPong));
        return (true, false, 0);
    }

    /// <summary>The code as it came, also one that may not be sent; 0 for none.</summary>
    private static (int Code, FrameFault Fault) CodeOf(FrameSeen close)
    {
        var fault = ClosePayload.TryRead(close.Payload, out ClosePayload payload);
        return (payload.Code, fault);
    }

    private static string OtherPong(Ladder ladder, Said pong)
    {
        const int shown = 40;
        var text = Encoding.ASCII.GetString(pong.Payload);
        return $"a pong came with {(text.Length == 0 ? "none" : text.All(c => c is >= ' ' and <= '~' and not '?') ? $"\"{Cut(ladder.Masked(text), shown)}\"" : $"{text.Length} other bytes")}";
    }

    private static string Cut(string text, int most) => text.Length <= most ? text : $"{text.AsSpan(0, most)}…";

    private static (bool Lives, bool Pongs, int CloseCode) Ended(Ladder ladder, TimeSpan took, string evidence, Verdict verdict, int code)
    {
        ladder.Add("ping", StepResult.Fail, took, evidence, verdict);
        return (false, false, code);
    }

    private static Verdict NoPong(Ladder ladder, Said? otherPong) => otherPong is not null
        ? Findings.Of(
            "PROBE-PONG-MISSING", Severity.Warning, $"Pings are not answered as they should be: {OtherPong(ladder, otherPong)}, not with the payload of the ping.", $"ping \"bascule\": {OtherPong(ladder, otherPong)}",
            "A pong must repeat the payload of its ping (RFC 6455 §5.5.3); others are heartbeats that nobody asked for, or made by hand.", "Heartbeats that compare the payload count living connections as dead.", "Send back in the pong what stood in the ping; WebSocket libraries do.")
        : Findings.Of(
        "PROBE-PONG-MISSING", Severity.Warning, "Pings are not answered.", "ping \"bascule\": no pong", "The server or a gateway before it swallows pings, though every end must answer them (RFC 6455 §5.5.2).",
        "Heartbeats by ping count living connections as dead.", "Answer pings; until then use messages of the application as heartbeat.");

    private static Verdict CutAtOnce(PeerEnd end) => Findings.Of(
        "PROBE-CUT-AFTER-101", Severity.Error, $"The connection ends right after the 101, without a close frame: {end.Words()}.", $"101, then {end.Words()}", "A crash in the application's handler, a handler that returns at once, or a proxy that does not keep upgraded connections.",
        "onopen fires, then onclose with 1006 at once.", "Look into the application's log at this time; keep the handler running as long as the connection lives.");

    /// <summary>Bascule and others tell what browsers hide by a close frame right after the 101.</summary>
    private static Verdict ClosedAtOnce(FrameSeen close)
    {
        var (code, fault) = CodeOf(close);
        var text = close.Close?.Reason ?? "";
        var reason = EndReasons.All.FirstOrDefault(r => r.Code == code && r.Label == text.Split(';')[0]);
        var why = reason?.Text ?? code switch
        {
            _ when fault == FrameFault.CloseCodeForbidden => "Such a code may never stand in a close frame (RFC 6455 §7.4): it is made by hand, or passed on from what another connection reported.",
            _ when fault != FrameFault.None => "The close frame breaks the rules (RFC 6455 §5.5.1): it is made by hand.",
            CloseCodes.PolicyViolation => "1008 is a refusal by the application's rules: a token, an origin, a session.",
            CloseCodes.InternalError => "1011 is a fault inside the application.",
            CloseCodes.TryAgainLater or CloseCodes.ServiceRestart => "The server is full or restarts.",
            >= 3000 => "Codes from 3000 on are the application's own.",
            _ => "The handler in the application closed, or returned at once.",
        };
        return Findings.Of(
            "PROBE-CLOSED-AT-ONCE", Severity.Error, $"The server takes the upgrade and closes at once: {Words(code, fault)}{(text.Length == 0 ? "" : $" \"{text}\"")}.", close.ToString(), why,
            fault == FrameFault.None ? "onopen fires, then onclose with this code and reason." : "onopen fires, then onclose with 1006 or 1002.", reason?.Advice ?? "Look up the code in the application; a token or parameter that it wants may be missing (--token, --header).");
    }

    private static string Words(int code, FrameFault fault) => fault switch
    {
        FrameFault.CloseCodeForbidden => $"it sends code {code}, which may not be sent",
        FrameFault.ClosePayloadOneByte => "half a code, which may not be sent",
        FrameFault.None => code == 0 ? "without a code" : $"{code}",
        _ => $"{code}, with a reason that is not UTF-8",
    };
}
