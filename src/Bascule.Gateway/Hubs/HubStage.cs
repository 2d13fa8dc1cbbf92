using Bascule.Backends;
using Bascule.Hub;
using Bascule.Model;
using Bascule.Relay;

namespace Bascule.Gateway;

/// <summary>Stages 5 to 7 for clients of the hub: a slot on a shard, the socket handed to it, and what it says when it is over. To a shard on another machine the relay leads. In mode <c>single</c> the shard is this process.</summary>
public sealed class HubStage(HubRoom room, FarShards far, SlotDesk slots, ConnectionDesk desk, OpenConnections connections, TimeProvider time)
{
    /// <summary>As with back ends: a fourth shard is not likely to take what three did not.</summary>
    private const int MostShardsTried = 3;

    private const string ShardIsSilent = "the shard closed it and did not say why";

    private readonly HubAdmission _admission = new(room.Settings, room.Resumes);
    private readonly HubSessions _sessions = new(connections);

    /// <summary>Null when some shard has the client, or this process may serve it.</summary>
    public async Task<Ending?> ReachAsync(Passage passage, IClientHandshake client, TopicDestination route, CancellationToken cancellation)
    {
        passage.Attempt.Enter(Stage.Slot);
        if (room.Pool is not { } pool)
            return new Ending(EndReasons.NoUsableNode, "no route led to topics when this gateway started: restart it");
        var (plan, refusal) = _admission.Plan(passage, route);
        if (plan is null)
            return refusal;
        passage.Hub = plan;
        passage.Attempt.Pool = pool.Name;
        List<Node>? tried = null;
        string? fault = null;
        while (true)
        {
            passage.Attempt.Enter(Stage.Slot);
            if (await slots.TakeAsync(passage, pool, tried, cancellation) is { } none)
                return none.Reason == EndReasons.NoUsableNode && fault is not null ? new Ending(EndReasons.NoUsableNode, fault) : none;
            var node = passage.Slot!.Node;
            passage.Attempt.Enter(Stage.Connect);
            passage.Attempt.Node = node.Name;
            if (room.IsOwn(node))
                return null;
            (fault, var cut) = room.ShardOf(node) is { } shard
                ? await HandOverAsync(passage, client, route, plan, shard, cancellation)
                : new TakeOutcome(await far.ReachAsync(passage, plan, cancellation));
            if (fault is null)
                return null;
            // Another shard would get a socket that this one may have, too.
            if (cut is not null)
                return new Ending(cut, fault);
            fault = $"{node.Name} did not take the client: {fault}";
            passage.Attempt.Note("shard", fault, NoteReader.Operators);
            SlotDesk.GiveBack(passage);
            (tried ??= []).Add(node);
            if (tried.Count >= MostShardsTried)
                return new Ending(EndReasons.NoUsableNode, fault);
        }
    }

    /// <param name="relay">For a client whose frames this process has to move between it and its shard.</param>
    internal Task<ConnectionEnd> RunAsync(Passage passage, IClientHandshake client, RelayStage relay) =>
        passage.Link is not null ? RelayAsync(passage, client, relay) : passage.Handed is { } handed ? FollowAsync(passage, handed) : ServeAsync(passage, client);

    private async Task<TakeOutcome> HandOverAsync(
        Passage passage, IClientHandshake client, TopicDestination route, HubPlan plan, ShardClient shard, CancellationToken cancellation)
    {
        var handed = new HandedConnection(plan.Order.Attempt, shard, plan.Order.ExpiresAt, identity => HubRights.Of(route, identity));
        if (client.Bare(AcceptFields.For(passage, plan.Agreed)) is not { } bare)
            return await LinkAsync(passage, handed, plan, shard, cancellation);
        // Before the shard has it: a client that was answered is known here, whatever it does next.
        var open = desk.Enter(passage, handed);
        _sessions.Enter(plan.Order.Session, passage.Attempt.Id);
        try
        {
            if (await shard.TakeAsync(handed, plan.Order with { Head = bare.Head.ToArray() }, bare.Socket, cancellation) is { Fault: not null } refused)
                return refused;
            (passage.Handed, passage.Open) = (handed, open);
        }
        finally
        {
            if (passage.Open is null)
                Leave(plan.Order.Session, open);
        }

        passage.Slot!.Report(ConnectionVerdict.Opened);
        SocketRelease.LetGo(bare.Socket);
        return default;
    }

    /// <summary>Under TLS and HTTP/2 the frames are this process's to move: the shard gets the far end of a pair, and the relay serves the client as with any back end. Whatever becomes of the pair, the client is still this process's.</summary>
    private static async Task<TakeOutcome> LinkAsync(Passage passage, HandedConnection handed, HubPlan plan, ShardClient shard, CancellationToken cancellation)
    {
        var (near, far) = SocketPair.Make();
        var stream = new SocketStream(near);
        var isTaken = false;
        try
        {
            using (far)
            {
                if (await shard.TakeAsync(handed, plan.Order, far, cancellation) is { Fault: { } fault })
                    return new TakeOutcome(fault);
                passage.Handed = handed;
            }

            isTaken = true;
        }
        finally
        {
            if (!isTaken)
                await stream.DisposeAsync();
        }

        passage.Slot!.Report(ConnectionVerdict.Opened);
        passage.Link = new BackendLink(new RelayEndpoint(stream, stream.Dispose, near), plan.Agreed);
        return default;
    }

    /// <summary>What the relay sees as a close frame of the other side, the shard has a reason for: it tells it over its line, or, elsewhere, in the frame.</summary>
    private async Task<ConnectionEnd> RelayAsync(Passage passage, IClientHandshake client, RelayStage relay)
    {
        var (session, attempt, handed) = (passage.Hub!.Order.Session, passage.Attempt.Id, passage.Handed);
        _sessions.Enter(session, attempt);
        try
        {
            var end = await relay.RunAsync(passage, client);
            if (end.Ending.Reason != EndReasons.BackendClosed)
                return end;
            if (handed is null)
                return end with { Ending = FarEnding.Of(end) };
            // One that hangs says nothing, and its client has ended.
            return end with { Ending = await handed.EndedWithinAsync(passage.Rules.Settings.Deadlines.Close, time) is { } note ? EndingOf(note) : new Ending(end.Ending.Reason, ShardIsSilent) };
        }
        finally
        {
            _sessions.Leave(session, attempt);
        }
    }

    /// <summary>The shard has the socket; here only the books are kept.</summary>
    private async Task<ConnectionEnd> FollowAsync(Passage passage, HandedConnection handed)
    {
        var session = passage.Hub!.Order.Session;
        desk.Opened(passage, passage.Hub.Agreed.Subprotocol);
        passage.Forget();
        try
        {
            var note = await handed.Ended;
            var counts = new LiveCounts(
                note.MessagesUp, note.MessagesDown, note.BytesUp, note.BytesDown, note.LastFromClient, null, note.PingMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null, null);
            return new ConnectionEnd(EndingOf(note), note.Code, note.CloseReason, counts);
        }
        finally
        {
            Leave(session, passage.Open!);
        }
    }

    private async Task<ConnectionEnd> ServeAsync(Passage passage, IClientHandshake client)
    {
        var (attempt, route, plan) = (passage.Attempt, (TopicDestination)passage.Match.Route!.Destination, passage.Hub!);
        var endpoint = await client.AcceptAsync(AcceptFields.For(passage, plan.Agreed));
        passage.Client = endpoint;
        var terms = TermsOf(plan.Order);
        var connection = room.Serving.Open(
            new HubClient(endpoint.Stream, endpoint.Abort, endpoint.Socket, endpoint.Early), terms, new OwnHubDoor(attempt.Id, plan.Order.Session, plan.Order.User, route, room));
        attempt.Live = () => CountsOf(connection.Facts, time);
        desk.Opened(passage, plan.Agreed.Subprotocol);
        var open = desk.Enter(passage, new OwnHubConnection(connection, identity => HubRights.Of(route, identity)));
        passage.Forget();
        _sessions.Enter(plan.Order.Session, attempt.Id);
        try
        {
            var end = await connection.RunAsync();
            return new ConnectionEnd(end.Ending, end.CloseCode, end.CloseReason, CountsOf(end.Facts, time));
        }
        finally
        {
            Leave(plan.Order.Session, open);
        }
    }

    /// <summary>What the order says, for the hub.</summary>
    internal static HubTerms TermsOf(TakeOrder order)
    {
        _ = AttemptId.TryParse(order.Attempt, out var id);
        return new HubTerms(id, order.Session, order.SpeaksBascule)
        {
            Deflate = order.Deflate,
            Topics = [.. order.Topics.Select(start => new TopicStart(start.Name, start.Cursor is null ? null : Cursor.TryParse(start.Cursor, out var cursor) ? cursor : null))],
            Grants = new HubRights(order.Read, order.Write).ToGrants(),
            User = order.User,
            UserKey = order.UserKey,
            Limits = order.Limits,
            Heartbeat = order.Heartbeat,
            Life = order.Life,
            ExpiresAt = order.ExpiresAt,
            CloseDeadline = order.CloseDeadline,
            MostSubscriptions = order.MostSubscriptions,
            Reconnect = order.Reconnect,
        };
    }

    private static Ending EndingOf(EndedNote note) => new(ReasonOf(note.Reason), note.Detail, note.Facts);

    internal static EndReason ReasonOf(string label) => EndReasons.All.FirstOrDefault(reason => reason.Label == label) ?? EndReasons.GatewayFault;

    private static LiveCounts CountsOf(HubFacts facts, TimeProvider time) => new(
        facts.Counts.MessagesIn, facts.Counts.MessagesOut, facts.Counts.BytesIn, facts.Counts.BytesOut, time.GetUtcNow() - facts.Silence, null, facts.PingRoundTrip, null);

    private void Leave(string session, OpenConnection open)
    {
        _sessions.Leave(session, open.Attempt.Id);
        desk.Leave(open);
    }
}
