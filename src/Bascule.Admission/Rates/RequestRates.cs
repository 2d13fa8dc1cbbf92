using System.Net;
using Bascule.Model;

namespace Bascule.Admission;

/// <summary>How fast ordinary HTTP requests may come from one address. WebSockets do not count here (case D4).</summary>
public sealed class RequestRates(RateTable table)
{
    private const string What = "requests";

    /// <summary>Before the token is looked at, because this is cheap.</summary>
    /// <param name="limits">Made without an identity.</param>
    /// <returns>Null, or <c>request_rate</c> with the limit and when to come back.</returns>
    public Ending? CheckAddress(EffectiveLimits limits, IPAddress? address) =>
        RateLimit.Take(table, limits.AddressRates("request", "requestRatePerAddress", l => l.RequestRatePerAddress, address), EndReasons.RequestRate, What);

    /// <summary>After the token: what its tier says of the address.</summary>
    /// <param name="limits">Made with the identity, if there is one.</param>
    /// <returns>Null, or <c>request_rate</c> with the limit and when to come back.</returns>
    public Ending? CheckUser(EffectiveLimits limits, IPAddress? address) =>
        RateLimit.Take(table, limits.TierAddressRates("request", "requestRatePerAddress", l => l.RequestRatePerAddress, address), EndReasons.RequestRate, What);
}
