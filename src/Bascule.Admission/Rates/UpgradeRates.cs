using System.Net;
using Bascule.Model;

namespace Bascule.Admission;

/// <summary>How fast WebSockets may be asked for. Ordinary requests have a count of their own: <see cref="RequestRates"/> (case D4).</summary>
public sealed class UpgradeRates(RateTable table)
{
    private const string What = "attempts to connect";

    /// <summary>Before the token is looked at, because this is cheap.</summary>
    /// <param name="limits">Made without an identity.</param>
    /// <returns>Null, or <c>upgrade_rate</c> with the limit and when to come back.</returns>
    public Ending? CheckAddress(EffectiveLimits limits, IPAddress? address) =>
        RateLimit.Take(table, limits.AddressRates("upgrade", "upgradeRatePerAddress", l => l.UpgradeRatePerAddress, address), EndReasons.UpgradeRate, What);

    /// <summary>After the token: the user, the tier, and then all together, so that whoever is refused takes nothing from the others.</summary>
    /// <param name="limits">Made with the identity, if there is one.</param>
    /// <returns>Null, or <c>upgrade_rate</c> with the limit and when to come back.</returns>
    public Ending? CheckUser(EffectiveLimits limits, IPAddress? address) =>
        RateLimit.Take(
            table,
            limits.TierAddressRates("upgrade", "upgradeRatePerAddress", l => l.UpgradeRatePerAddress, address).Concat(limits.UserUpgradeRates()).Concat(limits.CommonUpgradeRates()),
            EndReasons.UpgradeRate,
            What);
}
