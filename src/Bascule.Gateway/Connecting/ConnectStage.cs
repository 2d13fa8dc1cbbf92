using System.Globalization;
using Bascule.Admission;
using Bascule.Backends;
using Bascule.Model;
using Bascule.Relay;

namespace Bascule.Gateway;

/// <summary>Stages 5 and 6: a slot on a node, then a WebSocket to it whose 101 is valid. Another node is tried where that is safe.</summary>
public sealed class ConnectStage(PoolTable pools, SlotDesk slots, Dialers dialers, HubStage hub, SessionStage sessions, GatewayState state)
{
    /// <summary>A client that waits gains little from a fourth node, and a storm of attempts on a broken pool costs three times as much already.</summary>
    private const int MaxNodesTried = 3;

    public async Task<Ending?> ReachAsync(Passage passage, IClientHandshake client, CancellationToken cancellation)
    {
        // Here, and not at the door: the route says how its clients are refused.
        if (state.Stopping)
            return new Ending(EndReasons.GatewayStopping);
        if (passage.Match.Route!.Destination is TopicDestination topics)
            return await hub.ReachAsync(passage, client, topics, cancellation);
        if (passage.Match.Route.Destination is SessionDestination)
            return await sessions.ReachAsync(passage, client, cancellation);
        if (passage.Match.Route.Destination is not PoolDestination destination)
            return null;
        if (pools.Find(destination.Pool) is not { } pool)
            return PoolRemoved(destination);
        List<Node>? tried = null;
        Ending? failed = null;
        while (true)
        {
            passage.Attempt.Enter(Stage.Slot);
            // Where the only nodes left are those that just failed, what they did says more than that there is no other.
            if (await slots.TakeAsync(passage, pool, tried, cancellation) is { } none)
                return none.Reason == EndReasons.NoUsableNode ? failed ?? none : none;
            var slot = passage.Slot!;
            passage.Attempt.Enter(Stage.Connect);
            passage.Attempt.Node = slot.Node.Name;
            var result = await dialers.DialAsync(Target(passage, slot.Node), pool.Settings.Protocol, cancellation);
            NoteAnswer(passage.Attempt, result);
            if (result.Link is not null)
            {
                slot.Report(ConnectionVerdict.Opened);
                passage.Link = result.Link;
                passage.AnswerFields = result.Answer?.Headers;
                return null;
            }

            // What a second try would not mend (a path that is not there, a refusal) is no fault of the node.
            if (result.Ending!.Value.Reason.Retry == Retry.Backoff)
                slot.Report(ConnectionVerdict.ConnectFailed(result.Ending.Value.ToString()!));
            failed = result.Ending;
            SlotDesk.GiveBack(passage);
            (tried ??= []).Add(slot.Node);
            if (!result.MayTryAnother || tried.Count >= Math.Min(MaxNodesTried, pool.Nodes.Count))
                return result.Ending;
            passage.Attempt.Note(string.Create(CultureInfo.InvariantCulture, $"try {tried.Count}"), result.Ending.ToString()!, NoteReader.Operators);
        }
    }

    /// <summary>A reload took the pool away while the attempt, which began before, was on its way.</summary>
    internal static Ending PoolRemoved(PoolDestination destination) => new(EndReasons.NoUsableNode, $"pool {destination.Pool} was removed by a reload while the attempt was under way");

    private static DialTarget Target(Passage passage, Node node)
    {
        var offer = passage.Offer!;
        // Whichever place the checked token came from: a copy in a subprotocol stays here too.
        if (passage.TokenTaken)
            offer = offer with { Subprotocols = [.. offer.Subprotocols.Where(s => !IsCredential(s))] };
        return new DialTarget(node.Url, node.InsecureTls, BackendFields.PathAndQuery(passage), passage.Rules.Fields.ForUpgrade(passage), offer) { Address = node.Address };
    }

    private static bool IsCredential(string subprotocol) =>
        subprotocol.StartsWith(TokenSource.SubprotocolPrefix, StringComparison.Ordinal) || subprotocol.StartsWith(TicketSource.SubprotocolPrefix, StringComparison.Ordinal);

    private static void NoteAnswer(Attempt attempt, DialResult result)
    {
        if (result.FellBack is { } why)
            attempt.Note("backend protocol", $"HTTP/1.1, though http2 is configured: {why}", NoteReader.Operators);
        if (result.Answer is not { } answer)
            return;
        attempt.Note("backend status", string.Create(CultureInfo.InvariantCulture, $"{answer.Status} {answer.ReasonPhrase}"));
        if (answer.Status == 101)
            return;
        foreach (var name in (ReadOnlySpan<string>)["Server", "Content-Type", "Location", "WWW-Authenticate", "Retry-After"])
        {
            if (answer.Headers.First(name) is { } value)
                attempt.Note($"backend {name}", value, name == "Location" ? NoteReader.Operators : NoteReader.Everyone);
        }
    }
}
