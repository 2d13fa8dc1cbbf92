using System.Globalization;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>The closing handshake: our close frame, the server's, the end of TCP.</summary>
internal static class CloseStep
{
    /// <param name="patience">For all that comes before the close frame: a server may go on talking for ever.</param>
    /// <returns>The code of the server's close frame; 0 without one.</returns>
    internal static async Task<int> TakeAsync(Ladder ladder, RawPeer peer, TimeSpan patience, CancellationToken interruption)
    {
        var start = ladder.Now();
        await peer.SendAsync(RawFrame.Close(CloseCodes.Normal), interruption);
        var (asked, others, end) = (ladder.Now(), 0, PeerEnd.Silent);
        while (patience - ladder.Since(asked) is var left && left > TimeSpan.Zero)
        {
            var read = await peer.ReadAsync(left, interruption);
            if (read.Frame is { Opcode: (int)Opcode.Close } close)
            {
                ladder.Add("close", StepResult.Ok, ladder.Since(start), $"{close} came back");
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
        ladder.Add("close", StepResult.Warn, ladder.Since(start), $"our close 1000 got no close frame back: {came}", Findings.Of(
            "PROBE-CLOSE-NOT-ECHOED", Severity.Info, "The closing handshake is not completed: a close frame gets none back.", $"close 1000, then {came}",
            others == 0 ? "The handler in the server ends without closing, or a proxy cuts first." : "The server goes on sending and does not read, or the handler in the server ends without closing.",
            "A browser reports 1006 and wasClean false for a close that it asked for itself.", "Answer close frames; WebSocket libraries do, when they are read to the end."));
        return 0;
    }
}
