using System.Globalization;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>The closing handshake: our close frame, the server's, the end of TCP.</summary>
internal static class CloseStep
{
    /// <param name="patience">For all that comes before the close frame: a server may go on talking for ever.</param>
    /// <param name="pongs">Pings are answered: then one more shows whether the connection still lives.</param>
    /// <param name="afterMessage">The close frame by which the server answered a message, if it did.</param>
    /// <returns>The code of the server's close frame; 0 without one.</returns>
    internal static async Task<int> TakeAsync(Ladder ladder, RawPeer peer, TimeSpan patience, bool pongs, FrameSeen? afterMessage, CancellationToken interruption)
    {
        if (pongs && await EarlyEndAsync(ladder, peer, patience, interruption) is { } early)
        {
            ladder.Add("close", StepResult.Warn, TimeSpan.Zero, $"{early} came before our close frame", EndedItself(early.ToString(), early.Frame));
            return early.Frame?.Close?.Code ?? 0;
        }

        var said = afterMessage is null ? null : EndedByMessage(afterMessage);
        var start = ladder.Now();
        await peer.SendAsync(RawFrame.Close(CloseCodes.Normal), interruption);
        var (asked, others, end) = (ladder.Now(), 0, PeerEnd.Silent);
        while (patience - ladder.Since(asked) is var left && left > TimeSpan.Zero)
        {
            var read = await peer.ReadAsync(left, interruption);
            if (read.Frame is { Opcode: (int)Opcode.Close } close)
            {
                var isAnother = close.Close is not { Code: 0 or CloseCodes.Normal };
                ladder.Add("close", said is null ? StepResult.Ok : StepResult.Warn, ladder.Since(start), $"{close} came back{(isAnother ? ", though ours was 1000" : "")}", said);
                return close.Close?.Code ?? 0;
            }

            end = read.Frame is null ? read.End : PeerEnd.Silent;
            if (read.Frame is null)
                break;
            others++;
        }

        var came = others == 0 ? end.Words()
            : end == PeerEnd.Silent ? string.Create(CultureInfo.InvariantCulture, $"{others} other frames, and none that closes within {patience.TotalSeconds:0.#} s")
            : $"{others} other frames, then {end.Words()}";
        if (said is not null)
            ladder.Add("message", StepResult.Warn, TimeSpan.Zero, $"a message got {afterMessage} back", said);
        ladder.Add("close", StepResult.Warn, ladder.Since(start), $"our close 1000 got no close frame back: {came}", Findings.Of(
            "PROBE-CLOSE-NOT-ECHOED", Severity.Info, "The closing handshake is not completed: a close frame gets none back.", $"close 1000, then {came}",
            others == 0 ? "The handler in the server ends without closing, or a proxy cuts first." : "The server goes on sending and does not read, or the handler in the server ends without closing.",
            "A browser reports 1006 and wasClean false for a close that it asked for itself.", "Answer close frames; WebSocket libraries do, when they are read to the end."));
        return 0;
    }

    /// <summary>Asks once more: an end that stands before the pong came by itself.</summary>
    /// <returns>Null when the connection lives, or says nothing in time.</returns>
    private static async Task<PeerRead?> EarlyEndAsync(Ladder ladder, RawPeer peer, TimeSpan patience, CancellationToken interruption)
    {
        await peer.SendAsync(RawFrame.Ping("last"u8.ToArray()), interruption);
        var asked = ladder.Now();
        while (patience - ladder.Since(asked) is var left && left > TimeSpan.Zero)
        {
            var read = await peer.ReadAsync(left, interruption);
            if (read.Frame is { Opcode: (int)Opcode.Close } || read.End is PeerEnd.Fin or PeerEnd.Reset)
                return read;
            if (read.Frame is null || (read.Frame.Opcode == (int)Opcode.Pong && read.Frame.Payload.AsSpan().SequenceEqual("last"u8)))
                return null;
        }

        return null;
    }

    private static Verdict EndedItself(string end, FrameSeen? close) => Findings.Of(
        "PROBE-CLOSED-EARLY", close?.Close is { Code: CloseCodes.Normal or CloseCodes.GoingAway } ? Severity.Info : Severity.Warning,
        $"The server ends the connection by itself, soon after it opened: {end}.", $"101, pong, then {end}; nothing but pings was sent on this connection",
        close?.Close?.Code == CloseCodes.InternalError ? "1011 is a fault inside the application." : "The server waits for something and gives up (a first message, a login), its handler ends, or a limit of life is very short.",
        close is null ? "onopen fires; soon after it onclose with 1006." : "onopen fires; soon after it onclose with this code.", "Look up the code and this time in the application's log; if it wants a first message, let clients send it at once.");

    private static Verdict EndedByMessage(FrameSeen close) => Findings.Of(
        "PROBE-CLOSED-EARLY", close.Close?.Code == CloseCodes.InternalError ? Severity.Warning : Severity.Info,
        $"The server closes when a text comes that it does not know: {close}.", $"text \"bascule probe\", then {close}",
        close.Close?.Code == CloseCodes.InternalError ? "1011 is a fault inside the application: a message that it does not know should not break it." : "The server wants messages of its own kind, or another one first: who asks, for example.",
        "onclose with this code after a wrong first message.", "Nothing, where clients send what the server expects; else compare their first message with what the code and reason ask for.");
}
