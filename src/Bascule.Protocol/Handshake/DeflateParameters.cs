using System.Globalization;

namespace Bascule.Protocol;

/// <summary>Judges the parameters of permessage-deflate in an answer (RFC 7692 §7.1).</summary>
internal static class DeflateParameters
{
    internal const string Name = "permessage-deflate";

    private const string ServerNoTakeover = "server_no_context_takeover";
    private const string ClientNoTakeover = "client_no_context_takeover";
    private const string ServerBits = "server_max_window_bits";
    private const string ClientBits = "client_max_window_bits";

    // RFC 7692 §7.1.2: base-2 logarithm of the window, 8 to 15.
    private const int MinBits = 8;
    private const int MaxBits = 15;

    /// <summary>Null when the answer accepts one of the offers, else what is wrong with it.</summary>
    internal static string? FaultOf(ExtensionOffer answer, IEnumerable<ExtensionOffer> offers)
    {
        var seen = new HashSet<string>();
        foreach (var (name, value) in answer.Parameters)
        {
            if (!seen.Add(name))
                return $"{name} stands twice";
            if (name is ServerNoTakeover or ClientNoTakeover)
            {
                if (value is not null)
                    return $"{name} has the value {Evidence.Quoted(value)}, expected none";
            }
            else if (name is not (ServerBits or ClientBits))
                return $"{Evidence.Quoted(name)} is no parameter of RFC 7692";
            else if (BitsOf(value) is null)
                return $"{name} has the value {Evidence.Quoted(value)}, expected 8 to 15";
        }

        // Several offers are fallbacks of each other; the last fault is as good as any.
        string? fault = null;
        foreach (var offer in offers.Where(o => o.Name == Name))
        {
            fault = FaultAgainst(answer, offer);
            if (fault is null)
                return null;
        }

        return fault;
    }

    private static string? FaultAgainst(ExtensionOffer answer, ExtensionOffer offer)
    {
        if (Has(offer, ServerNoTakeover) && !Has(answer, ServerNoTakeover))
            return $"{ServerNoTakeover} was offered and is not confirmed";
        if (Has(offer, ServerBits) && !Has(answer, ServerBits))
            return $"{ServerBits} was offered and is not confirmed";
        if (Has(answer, ClientBits) && !Has(offer, ClientBits))
            return $"{ClientBits} was not offered";
        return FaultOfBits(ServerBits, answer, offer) ?? FaultOfBits(ClientBits, answer, offer);
    }

    private static string? FaultOfBits(string name, ExtensionOffer answer, ExtensionOffer offer)
    {
        var agreed = BitsOf(ValueOf(answer, name));
        var limit = BitsOf(ValueOf(offer, name));
        return agreed > limit ? $"{name} is {agreed}, more than the {limit} that was offered" : null;
    }

    private static bool Has(ExtensionOffer extension, string name) => extension.Parameters.Any(p => p.Key == name);

    private static string? ValueOf(ExtensionOffer extension, string name) => extension.Parameters.FirstOrDefault(p => p.Key == name).Value;

    // No leading zero: RFC 7692 §7.1.2.
    private static int? BitsOf(string? value) =>
        value is { Length: 1 or 2 } && value[0] != '0'
        && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var bits) && bits is >= MinBits and <= MaxBits ? bits : null;
}
