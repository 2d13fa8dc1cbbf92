using Bascule.Backends;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Stage 8: the only place where an attempt or a connection ends. Answer, log, metrics, slot, journal.</summary>
public sealed class ClosingStage(AttemptJournal journal, GatewayMetrics metrics, AttemptLedger ledger, ILogger<ClosingStage> log, TimeProvider time)
{
    /// <summary>Refusals by close frame that may be under way at once: each holds a socket until the client answers. Beyond, refusals are plain HTTP.</summary>
    private const int MaxRefusalsByClose = 1000;

    private int _refusalsByClose;

    /// <summary>Tells the client why it gets no connection, in the way that it can see.</summary>
    public async Task RefuseAsync(Passage passage, IClientHandshake client, Ending ending)
    {
        var reason = ending.Reason;
        var byClose = reason != EndReasons.ClientGaveUp && ByClose(passage, reason) && TryBeginRefusalByClose();
        var code = byClose ? reason.Code : 0;
        passage.Attempt.Finish(ending, code, byClose ? reason.CloseText(passage.Attempt.Id) : null);
        metrics.HandshakeEnded(passage.Match.Nearest?.Name, reason);
        ledger.Over(passage);
        // Before the answer, which the client may take its time for: a slot that serves nobody is for the next one.
        GiveBack(passage);
        try
        {
            if (reason == EndReasons.ClientGaveUp)
                return;
            if (byClose)
                await RefuseByCloseAsync(passage, client, reason);
            else
                await client.RefuseAsync(reason.Status, Refusal.Fields(ending, passage.Attempt.Id), Refusal.Problem(ending, passage.Attempt.Id));
        }
        catch (Exception e) when (IsUnheard(e))
        {
            log.RefusalUnheard(passage.Attempt.Id, e.Message);
        }
        finally
        {
            if (byClose)
                Interlocked.Decrement(ref _refusalsByClose);
        }
    }

    /// <summary>Writes down how a connection ended. Both sides have been told by the relay.</summary>
    public void End(Passage passage, ConnectionEnd end)
    {
        passage.Attempt.Finish(end.Ending, end.CloseCode, end.CloseReason, end.Counts);
        metrics.ConnectionEnded(passage.Match.Route!.Name, passage.Attempt.Protocol, end.Ending.Reason, passage.Attempt.Lasted);
        ledger.Over(passage);
    }

    /// <summary>A surprise: a defect of ours, or a client that broke while it was being answered.</summary>
    public async Task FailAsync(Passage passage, IClientHandshake client, Exception surprise)
    {
        if (passage.Client is null && (client.Gone.IsCancellationRequested || surprise is IOException or System.Net.Sockets.SocketException))
        {
            await RefuseAsync(passage, client, new Ending(EndReasons.ClientGaveUp, $"it broke while it was being answered: {surprise.Message}"));
            return;
        }

        AttemptLog.Fault(log, passage.Attempt, surprise);
        var fault = new Ending(EndReasons.GatewayFault, surprise.GetType().Name);
        if (passage.Client is null)
        {
            await RefuseAsync(passage, client, fault);
            return;
        }

        End(passage, new ConnectionEnd(fault, fault.Reason.Code, fault.Reason.CloseText(passage.Attempt.Id), passage.Attempt.Counts));
        try
        {
            await CloseHandshake.SayAsync(passage.Client.Stream, fault.Reason.Code, fault.Reason.CloseText(passage.Attempt.Id), passage.Rules.Settings.Deadlines.Close, time);
        }
        catch (Exception e) when (IsUnheard(e))
        {
            log.RefusalUnheard(passage.Attempt.Id, e.Message);
        }

        passage.Client.Abort();
    }

    /// <summary>Whatever happened: the slot goes back, the link ends, and the journal has the attempt among the ended ones.</summary>
    public ValueTask LeaveAsync(Passage passage)
    {
        GiveBack(passage);
        RecordStages(passage.Attempt);
        journal.Close(passage.Attempt);
        return ValueTask.CompletedTask;
    }

    /// <summary>How long each stage up to the relay took.</summary>
    private void RecordStages(Attempt attempt)
    {
        for (var stage = Stage.Listen; stage < Stage.Relay; stage++)
        {
            if (attempt.EnteredAfter(stage) is { } entered)
                metrics.StageTook(stage, (attempt.LeftAfter(stage) ?? attempt.End!.After) - entered);
        }
    }

    private async Task RefuseByCloseAsync(Passage passage, IClientHandshake client, EndReason reason)
    {
        // A browser that offered subprotocols drops an answer without one, and would show 1006.
        var agreed = new AgreedUpgrade(passage.Offer!.Subprotocols is [var first, ..] ? first : null, null, 0);
        passage.Client = await client.AcceptAsync(AcceptFields.For(passage, agreed));
        await CloseHandshake.SayAsync(passage.Client.Stream, reason.Code, reason.CloseText(passage.Attempt.Id), passage.Rules.Settings.Deadlines.Close, time);
    }

    /// <summary>The slot alone, when the back end has nothing of the connection any more. Twice is once.</summary>
    /// <param name="verdict">What the connection says about its node.</param>
    internal static void GiveSlotBack(Passage passage, ConnectionVerdict? verdict)
    {
        if (verdict is { } said)
            passage.Slot?.Report(said);
        passage.Slot?.Dispose();
        passage.SharedSlot?.Dispose();
    }

    /// <summary>Twice is once.</summary>
    private static void GiveBack(Passage passage)
    {
        passage.Link?.Endpoint.Abort();
        GiveSlotBack(passage, verdict: null);
        passage.Counted?.Dispose();
    }

    /// <summary>The client is gone, or answers nothing.</summary>
    private static bool IsUnheard(Exception e) => e is IOException or OperationCanceledException or ObjectDisposedException or System.Net.Sockets.SocketException;

    private bool TryBeginRefusalByClose()
    {
        if (Interlocked.Increment(ref _refusalsByClose) <= MaxRefusalsByClose)
            return true;
        Interlocked.Decrement(ref _refusalsByClose);
        return false;
    }

    /// <summary>Browsers hide the status of a refused upgrade and show 1006, so they get the reason in a close frame.</summary>
    private static bool ByClose(Passage passage, EndReason reason)
    {
        // A gateway that brings a client reads the status, and tells the client itself.
        if (passage.Offer is null || passage.Match.Auth == AuthPolicy.Gateway)
            return false;
        return passage.Match.Nearest?.Settings.Refusal switch
        {
            RefusalMode.Http => false,
            RefusalMode.Close => true,
            // The cheaper way, when there is too much to do already.
            _ => reason != EndReasons.Overloaded && IsBrowser(passage.Head),
        };
    }

    /// <summary>Every browser sends Origin, and says Mozilla/5.0 first. Sec-Fetch-Mode is the better sign, but Chromium leaves it out of WebSocket handshakes.</summary>
    private static bool IsBrowser(RequestHead head) =>
        head.Headers.First("Origin") is not null
        && (head.Headers.First("Sec-Fetch-Mode") is not null || head.Headers.First("User-Agent")?.StartsWith("Mozilla/", StringComparison.Ordinal) == true);
}
