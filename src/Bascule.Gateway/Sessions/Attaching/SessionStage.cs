using Bascule.Model;
using Bascule.Sessions;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>Stages 5 to 7 for clients of sessions: which one it is and whether it is theirs, then the way to its host, over which the relay serves them.</summary>
public sealed class SessionStage(SessionsRoom room, Dialers dialers, GatewayState state, TimeProvider time)
{
    /// <summary>Null when the way to the host is open, or the client may wait for it with its 101.</summary>
    public async Task<Ending?> ReachAsync(Passage passage, IClientHandshake client, CancellationToken cancellation)
    {
        passage.Attempt.Enter(Stage.Slot);
        if (room.Open is not { } open)
            return room.Off;
        if (IdOf(passage) is not { } id)
            return new Ending(EndReasons.SessionMissing, $"neither the path nor `?{SessionPath.Parameter}=` names one");
        if (TerminalDial.SubprotocolFault(passage.Offer!) is { } unknown)
            return unknown;
        var (plan, refusal) = await ValidateAsync(open, passage, id, client, cancellation);
        if (plan is null)
            return refusal;
        passage.Session = plan;
        if (plan.Record.State == SessionState.Starting)
        {
            // It is told what is going on: from here on that is told by frames.
            if (TerminalDial.TakesNotices(passage.Offer!))
                return null;
            if (await WaitAsync(open, passage, client, cancellation) is { } late)
                return late;
        }

        passage.Attempt.Enter(Stage.Connect);
        if (passage.Session.Record.State == SessionState.Ended && (LegacyServer.Serves(passage.Session.Record) || !await open.Hosts.KeepsAsync(passage.Session.Record, cancellation)))
            return SessionEndingsOf.Over(passage.Session.Record);
        return LegacyServer.Serves(passage.Session.Record) ? null : await DialAsync(open, passage, cancellation);
    }

    /// <summary>The relay moves the frames; how it ended is said by the host's last frame.</summary>
    internal async Task<ConnectionEnd> RunAsync(Passage passage, IClientHandshake client, RelayStage relay)
    {
        var open = room.Open!;
        var plan = passage.Session!;
        var caller = SessionCallers.Of(passage);
        if (passage.Link is not null)
            return await ServeAsync(null);
        await using var starting = StartingTerminal.Begin(passage, plan, open, dialers, time);
        passage.Link = starting.Link;
        try
        {
            return await ServeAsync(starting);
        }
        finally
        {
            // It is ended here, and by nobody after that.
            passage.Link = null;
        }

        async Task<ConnectionEnd> ServeAsync(StartingTerminal? stand)
        {
            open.Audit.Attached(plan, caller);
            var end = await relay.RunAsync(passage, client);
            open.Audit.Detached(plan, caller, end);
            return end with { Ending = SessionEndingsOf.Connection(end, stand?.Said) };
        }
    }

    private static string? IdOf(Passage passage) =>
        (passage.Match.Route!.Pattern.Value(passage.Head.Path, SessionPath.Parameter) ?? QueryText.Value(passage.Head.Query, SessionPath.Parameter)) is { Length: > 0 } id ? id : null;

    /// <summary>Within <c>sessions.validate</c> the client knows (case B3).</summary>
    private async Task<(SessionPlan? Plan, Ending? Refusal)> ValidateAsync(OpenSessions open, Passage passage, string id, IClientHandshake client, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(open.Settings.Validate, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await open.Access.FindAsync(passage, id, either.Token);
        }
        catch (OperationCanceledException) when (!IsOver(client))
        {
            return (null, new Ending(EndReasons.SessionValidationTimeout, $"the storage of the sessions did not answer within {DurationText.Format(Least(open.Settings.Validate, passage))}"));
        }
        catch (SessionStoreException e)
        {
            passage.Attempt.Note("session store", e.Message, NoteReader.Operators);
            return (null, new Ending(EndReasons.SessionStoreUnavailable));
        }
    }

    /// <summary>Without a word to the client, who knows no notices: within <c>sessions.startWait</c> and the time of its handshake.</summary>
    private async Task<Ending?> WaitAsync(OpenSessions open, Passage passage, IClientHandshake client, CancellationToken cancellation)
    {
        var plan = passage.Session!;
        using var limit = new CancellationTokenSource(open.Settings.StartWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var progress = "";
        try
        {
            var record = await open.Desk.WaitRunningAsync(plan.Record.Id, Hear, either.Token);
            if (record is null)
                return SessionAccess.NotFound.Refusal;
            passage.Session = plan with { Record = record };
            return null;
        }
        catch (OperationCanceledException) when (!IsOver(client))
        {
            return SessionEndingsOf.StillStarting(progress);
        }
        catch (SessionStoreException)
        {
            return new Ending(EndReasons.SessionStoreUnavailable);
        }

        Task Hear(SessionRecord record)
        {
            progress = record.Progress;
            return Task.CompletedTask;
        }
    }

    private async Task<Ending?> DialAsync(OpenSessions open, Passage passage, CancellationToken cancellation)
    {
        var dial = TerminalDial.For(passage, passage.Session!);
        var (link, ending) = await dial.OpenAsync(passage.Session!.Record, open.Keys, dialers, time, cancellation);
        passage.Attempt.Node = passage.Session.Record.Place?.Host;
        passage.Link = link;
        return ending;
    }

    /// <summary>The client left, or the gateway stops: then it was not the time that was over.</summary>
    private bool IsOver(IClientHandshake client) => client.Gone.IsCancellationRequested || state.Stopping;

    private static TimeSpan Least(TimeSpan validate, Passage passage)
    {
        var handshake = passage.Rules.Settings.Deadlines.Handshake;
        return validate < handshake ? validate : handshake;
    }
}
