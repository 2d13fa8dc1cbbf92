using Bascule.Protocol;

namespace Bascule.Gateway;

/// <summary>What the hub agrees to with a client: <c>bascule.v1</c> when it is offered, and messages that are compressed once for all.</summary>
internal static class HubAgreement
{
    internal const string Subprotocol = "bascule.v1";

    // RFC 7692 §7.1.1: without context takeover on either side, so that one compressed message serves every client.
    private const string DeflateAnswer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    private const byte Rsv1 = 0x40;

    internal static AgreedUpgrade Of(UpgradeOffer offer, bool mayDeflate) =>
        Of(offer.Subprotocols.Contains(Subprotocol, StringComparer.Ordinal), mayDeflate && offer.Extensions.Any(IsTakeable));

    /// <summary>What another gateway agreed to already.</summary>
    internal static AgreedUpgrade Of(bool speaksBascule, bool deflate) =>
        new(speaksBascule ? Subprotocol : null, deflate ? DeflateAnswer : null, deflate ? Rsv1 : (byte)0);

    /// <summary>Our compressor has the whole window: a client that asks for a smaller one gets its messages plain.</summary>
    private static bool IsTakeable(ExtensionOffer offer) =>
        offer.Name == "permessage-deflate" && !offer.Parameters.Any(p => p.Key == "server_max_window_bits" && p.Value != "15");
}
