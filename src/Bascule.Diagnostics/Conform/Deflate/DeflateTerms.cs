using System.Globalization;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>What was agreed on permessage-deflate (RFC 7692 §7.1).</summary>
/// <param name="ServerBits">Base-2 logarithm of the server's window; 15 when nothing was said.</param>
internal sealed record DeflateTerms(bool ServerMayTakeOver, bool ClientMayTakeOver, int ServerBits, int ClientBits)
{
    private const int MostBits = 15;

    internal static DeflateTerms Of(AgreedUpgrade agreed)
    {
        var parameters = Offers.In(agreed.Extensions).FirstOrDefault(e => e.Name == "permessage-deflate")?.Parameters ?? [];
        return new DeflateTerms(
            parameters.All(p => p.Key != "server_no_context_takeover"),
            parameters.All(p => p.Key != "client_no_context_takeover"),
            Bits("server_max_window_bits"), Bits("client_max_window_bits"));

        int Bits(string name) => parameters.FirstOrDefault(p => p.Key == name).Value is { } value ? int.Parse(value, CultureInfo.InvariantCulture) : MostBits;
    }

    /// <summary>The term that the server's compression broke so far, or null.</summary>
    internal string? FaultOf(Inflater? server)
    {
        if (server is null)
            return null;
        if (server.Farthest > 1 << ServerBits)
            return $"the server's compression reached {server.Farthest} bytes back, with a window of {1 << ServerBits} agreed (RFC 7692 §7.1.2.1)";
        return server.UsedTakeover && !ServerMayTakeOver
            ? "the server's compression reached into the message before, with server_no_context_takeover agreed (RFC 7692 §7.1.1.1)"
            : null;
    }
}
