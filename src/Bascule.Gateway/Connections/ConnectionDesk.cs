using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>Writes down that an attempt became a connection, and knows it until it ends: the same for what the relay moves and what the hub serves.</summary>
public sealed class ConnectionDesk(OpenConnections connections, GatewayMetrics metrics, AttemptLedger ledger)
{
    /// <summary>The client has its 101.</summary>
    public void Opened(Passage passage, string? subprotocol)
    {
        var attempt = passage.Attempt;
        var route = passage.Match.Route!;
        attempt.Subprotocol = subprotocol;
        attempt.Enter(Stage.Relay);
        metrics.HandshakeEnded(route.Name, null);
        metrics.ConnectionOpened(route.Name, attempt.Protocol);
        ledger.Opened(passage);
    }

    /// <summary>From here on operators and policies find it.</summary>
    public OpenConnection Enter(Passage passage, ILiveConnection live)
    {
        var open = new OpenConnection(passage.Attempt, passage.Match.Route!, passage.Slot?.Node, passage.Identity, passage.Rules, live);
        connections.Add(open);
        return open;
    }

    public void Leave(OpenConnection open) => connections.Remove(open);
}
