using Bascule.Admission;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Gateway;

/// <summary>Stages 1 and 2: the attempt opens, and what the client asks for must be a WebSocket as RFC 6455 §4.2 or RFC 8441 demand.</summary>
public sealed class HandshakeStage(AttemptDesk desk, GatewayState state, OverloadGuard overload, AttemptLedger ledger, TimeProvider time)
{
    public Passage Open(IClientHandshake client)
    {
        var passage = desk.Open(client.Head, client.Remote);
        ledger.Begun(passage);
        return passage;
    }

    /// <summary>Ends the attempt when it takes too long, or when the client or the gateway goes away.</summary>
    public HandshakeDeadline Deadline(Passage passage, IClientHandshake client) => new(passage.Rules.Settings.Deadlines.Handshake, state, time, overload.Enter(), client.Gone);

#pragma warning disable CA1822 // One of the stages: called on an instance like the others.
    public Ending? Check(Passage passage, IClientHandshake client)
#pragma warning restore CA1822
    {
        passage.Attempt.Enter(Stage.Handshake);
        if (passage.Head.Kind == HttpKind.Http2 && !client.Http2WebSockets)
            return new Ending(EndReasons.Http2WebSocketsOff);
        if (WebSocketHandshake.Check(passage.Head, out var offer) is { } fault)
            return fault;
        passage.Offer = offer;
        return null;
    }
}
