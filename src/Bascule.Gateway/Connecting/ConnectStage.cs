using System.Globalization;
using Bascule.Admission;
using Bascule.Backends;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Relay;

namespace Bascule.Gateway;

/// <summary>Stages 5 and 6: a slot on a node, then a WebSocket to it whose 101 is valid. Another node is tried where that is safe.</summary>
public sealed class ConnectStage(PoolTable pools, BackendDialer dialer, GatewayMetrics metrics, GatewayState state)
{
    /// <summary>A client that waits gains little from a fourth node, and a storm of attempts on a broken pool costs three times as much already.</summary>
    private const int MaxNodesTried = 3;

    public async Task<Ending?> ReachAsync(Passage passage, CancellationToken cancellation)
    {
        // Here, and not at the door: the route says how its clients are refused.
        if (state.Stopping)
            return new Ending(EndReasons.GatewayStopping);
        if (passage.Match.Route!.Destination is not PoolDestination destination)
            return null;
        var pool = pools[destination.Pool];
        var key = BalanceKey.Of(passage, passage.Rules.Settings.Pools[destination.Pool]);
        List<Node>? tried = null;
        while (true)
        {
            passage.Attempt.Enter(Stage.Slot);
            var taken = await pool.TakeAsync(new SlotRequest(key, tried), cancellation);
            metrics.QueueWaited(pool.Name, taken.Waited);
            if (taken.Slot is null)
                return taken.Ending;
            passage.Slot = taken.Slot;

            passage.Attempt.Enter(Stage.Connect);
            passage.Attempt.Node = taken.Slot.Node.Name;
            var result = await dialer.DialAsync(Target(passage, taken.Slot.Node), cancellation);
            NoteAnswer(passage.Attempt, result.Answer);
            if (result.Link is not null)
            {
                passage.Link = result.Link;
                return null;
            }

            passage.Slot = null;
            taken.Slot.Dispose();
            (tried ??= []).Add(taken.Slot.Node);
            if (!result.MayTryAnother || tried.Count >= Math.Min(MaxNodesTried, pool.Nodes.Count))
                return result.Ending;
            passage.Attempt.Note(string.Create(CultureInfo.InvariantCulture, $"try {tried.Count}"), result.Ending.ToString()!, NoteReader.Operators);
        }
    }

    private static DialTarget Target(Passage passage, Node node)
    {
        var offer = passage.Offer!;
        // Whichever place the checked token came from: a copy in a subprotocol stays here too.
        if (passage.TokenTaken)
            offer = offer with { Subprotocols = [.. offer.Subprotocols.Where(s => !s.StartsWith(TokenSource.SubprotocolPrefix, StringComparison.Ordinal))] };
        return new DialTarget(node.Url, node.InsecureTls, BackendFields.PathAndQuery(passage), passage.Rules.Fields.ForUpgrade(passage), offer);
    }

    private static void NoteAnswer(Attempt attempt, ResponseHead? answer)
    {
        if (answer is null)
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
