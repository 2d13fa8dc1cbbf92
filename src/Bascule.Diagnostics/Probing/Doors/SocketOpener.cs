using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Opens more WebSockets in the way that worked the first time.</summary>
internal sealed class SocketOpener(HttpExchange exchange, ProbeTarget target, Func<HeadText> again)
{
    /// <returns>The answer, and the WebSocket if it is one. The caller disposes the peer.</returns>
    internal async Task<(HttpAnswer Answer, RawPeer? Peer, AgreedUpgrade Agreed)> OpenAsync(PeerClock patience, CancellationToken interruption)
    {
        var request = again();
        var (answer, peer) = await exchange.OpenAsync(request, patience, interruption);
        if (peer is null)
            return (answer, null, AgreedUpgrade.Plain);
        var extensions = request.Value("Sec-WebSocket-Extensions");
        var offer = new UpgradeOffer(request.Value("Sec-WebSocket-Key"), target.Subprotocols, Offers.In(extensions), extensions);
        if (UpgradeAnswer.Check(answer.Head!, offer, offer.Key!, out var agreed) is null)
            return (answer, peer, agreed);
        await peer.DisposeAsync();
        return (answer, null, AgreedUpgrade.Plain);
    }
}
