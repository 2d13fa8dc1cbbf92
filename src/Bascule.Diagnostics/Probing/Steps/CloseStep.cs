using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>The closing handshake: our close frame, the server's, the end of TCP.</summary>
internal static class CloseStep
{
    /// <returns>The code of the server's close frame; 0 without one.</returns>
    internal static async Task<int> TakeAsync(Ladder ladder, RawPeer peer, CancellationToken interruption)
    {
        var start = ladder.Now();
        await peer.SendAsync(RawFrame.Close(CloseCodes.Normal), interruption);
        while (true)
        {
            var read = await peer.ReadAsync(interruption);
            if (read.Frame is { Opcode: not 8 })
                continue;
            if (read.Frame is { } close)
            {
                ladder.Add("close", StepResult.Ok, ladder.Since(start), $"{close} came back");
                return close.Close?.Code ?? 0;
            }

            ladder.Add("close", StepResult.Warn, ladder.Since(start), $"our close 1000 got no close frame back: {read.End.Words()}", Findings.Of(
                "PROBE-CLOSE-NOT-ECHOED", Severity.Info, "The closing handshake is not completed: a close frame gets none back.", $"close 1000, then {read.End.Words()}", "The handler in the server ends without closing, or a proxy cuts first.",
                "A browser reports 1006 and wasClean false for a close that it asked for itself.", "Answer close frames; WebSocket libraries do, when they are read to the end."));
            return 0;
        }
    }
}
