using System.Net;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Admission;

/// <summary>Which limits hold for one attempt: those of the gateway and of the route beside each other, or in their place those of the user's tier.</summary>
/// <remarks>The rules, with the reasons: docs/decisions/limits.md.</remarks>
public sealed class EffectiveLimits
{
    private readonly List<LimitScope> _ground;
    private readonly List<LimitScope> _tiers;
    private readonly string? _user;

    private EffectiveLimits(List<LimitScope> ground, List<LimitScope> tiers, Identity? identity)
    {
        _ground = ground;
        _tiers = tiers;
        _user = identity is null ? null : LimitKeys.User(identity);
    }

    /// <summary>How much the client may send once it is connected.</summary>
    public MessageLimits Messages => new(
        Least(l => l.MessagesPerSecond),
        Least(l => l.BytesPerSecond),
        Least(l => l.UserMessagesPerSecond),
        Least(l => l.UserBytesPerSecond),
        Least(l => l.MessageBytes),
        Least(l => l.Fragments),
        Patience() ?? MessageLimits.None.Patience);

    /// <param name="routeName">Null with a null route: where no route is known yet, or the request is for an endpoint of our own.</param>
    /// <param name="identity">Null before the token was looked at, and for clients without one.</param>
    public static EffectiveLimits For(
        LimitSettings gateway, string? routeName, LimitSettings? route, IReadOnlyDictionary<string, LimitSettings> tiers, Identity? identity)
    {
        List<LimitScope> ground = [new("", "limits", gateway)];
        if (routeName is not null && route is not null)
            ground.Add(new LimitScope($"route:{routeName}/", $"limits of route {routeName}", route));
        return new EffectiveLimits(ground, identity is null ? [] : TiersOf(identity, tiers), identity);
    }

    /// <summary>The counts to claim, all or none. Those which fewest others share come first.</summary>
    public IReadOnlyList<ConnectionLimit> Connections(IPAddress? address)
    {
        List<ConnectionLimit> limits = [];
        if (_user is not null)
            limits.AddRange(Each(l => l.ConnectionsPerUser).Select(e => Limit(e, _user, "of this user", "connectionsPerUser")));
        if (address is not null)
        {
            var from = $"from {LimitKeys.AddressText(address)}";
            limits.AddRange(Each(l => l.ConnectionsPerAddress).Select(e => Limit(e, LimitKeys.Address(address), from, "connectionsPerAddress")));
        }

        if (MostGenerous(l => l.Connections) is { } tier)
            limits.Add(new ConnectionLimit(tier.Scope.Common, tier.Value, false, $"of all users of the tier (connections of {tier.Scope.Name})"));
        foreach (var scope in _ground.Where(s => s.Limits.Connections is not null).Reverse())
        {
            limits.Add(new ConnectionLimit(
                scope.Common, scope.Limits.Connections!.Value, scope.IsGateway, $"{(scope.IsGateway ? "of this gateway" : "of this route")} (connections of {scope.Name})"));
        }

        return limits;
    }

    /// <summary>Rates of an address that count before the token is looked at: no tier is known then.</summary>
    internal IEnumerable<RateLimit> AddressRates(string kind, string setting, Func<LimitSettings, RateSettings?> pick, IPAddress? address) =>
        AddressRates(_ground.Select(s => (s, Rate(pick(s.Limits)))), kind, setting, address);

    /// <summary>The rate that the tier gives an address, on a count of its own.</summary>
    internal IEnumerable<RateLimit> TierAddressRates(string kind, string setting, Func<LimitSettings, RateSettings?> pick, IPAddress? address) =>
        MostGenerous(l => Rate(pick(l))) is { } tier ? AddressRates([(tier.Scope, tier.Value)], kind, setting, address) : [];

    internal IEnumerable<RateLimit> UserUpgradeRates() =>
        _user is null
            ? []
            : Each(l => Rate(l.UpgradeRatePerUser)).Select(e => new RateLimit($"upgrade/{e.Scope.Prefix}{_user}", e.Value, $"of this user (upgradeRatePerUser of {e.Scope.Name})"));

    internal IEnumerable<RateLimit> CommonUpgradeRates()
    {
        if (MostGenerous(l => Rate(l.UpgradeRate)) is { } tier)
            yield return new RateLimit($"upgrade/{tier.Scope.Common}", tier.Value, $"of all users of the tier (upgradeRate of {tier.Scope.Name})");
        for (var i = _ground.Count - 1; i >= 0; i--)
        {
            if (Rate(_ground[i].Limits.UpgradeRate) is { } rate)
                yield return new RateLimit($"upgrade/{_ground[i].Common}", rate, $"of all clients together (upgradeRate of {_ground[i].Name})");
        }
    }

    /// <summary>The <c>tier</c> of the token alone, if it is configured; else all of its roles that are.</summary>
    private static List<LimitScope> TiersOf(Identity identity, IReadOnlyDictionary<string, LimitSettings> tiers)
    {
        if (identity.Tier is { } tier && tiers.TryGetValue(tier, out var limits))
            return [Tier(tier, limits)];
        return [.. identity.Roles.Distinct(StringComparer.Ordinal).Where(tiers.ContainsKey).Select(r => Tier(r, tiers[r]))];
    }

    // No prefix: what a tier says of a user or an address holds on every route together.
    private static LimitScope Tier(string name, LimitSettings limits) => new("", $"tiers.{name}", limits, $"tier:{name}");

    private static Rate? Rate(RateSettings? settings) => settings is null ? null : Admission.Rate.Of(settings);

    private static IEnumerable<RateLimit> AddressRates(IEnumerable<(LimitScope Scope, Rate? Value)> rates, string kind, string setting, IPAddress? address)
    {
        foreach (var (scope, rate) in rates)
        {
            if (address is not null && rate is { } value)
                yield return new RateLimit($"{kind}/{scope.AddressPrefix}{LimitKeys.Address(address)}", value, $"from {LimitKeys.AddressText(address)} ({setting} of {scope.Name})");
        }
    }

    private static ConnectionLimit Limit((LimitScope Scope, int Value) entry, string key, string words, string setting) =>
        new(entry.Scope.Prefix + key, entry.Value, false, $"{words} ({setting} of {entry.Scope.Name})");

    /// <summary>The value of the tier alone, else those of route and gateway, each with its scope.</summary>
    private IEnumerable<(LimitScope Scope, T Value)> Each<T>(Func<LimitSettings, T?> pick)
        where T : struct, IComparable<T>
    {
        if (MostGenerous(pick) is { } tier)
        {
            yield return tier;
            yield break;
        }

        for (var i = _ground.Count - 1; i >= 0; i--)
        {
            if (pick(_ground[i].Limits) is { } value)
                yield return (_ground[i], value);
        }
    }

    private (LimitScope Scope, T Value)? MostGenerous<T>(Func<LimitSettings, T?> pick)
        where T : struct, IComparable<T>
    {
        (LimitScope Scope, T Value)? most = null;
        foreach (var scope in _tiers)
        {
            if (pick(scope.Limits) is { } value && (most is null || value.CompareTo(most.Value.Value) > 0))
                most = (scope, value);
        }

        return most;
    }

    /// <summary>Of two that hold beside each other the smaller one decides.</summary>
    private T? Least<T>(Func<LimitSettings, T?> pick)
        where T : struct, IComparable<T>
    {
        T? least = null;
        foreach (var (_, value) in Each(pick))
        {
            if (least is null || value.CompareTo(least.Value) < 0)
                least = value;
        }

        return least;
    }

    /// <summary>No limit but a grace: the nearest one counts, tier before route before gateway.</summary>
    private TimeSpan? Patience()
    {
        foreach (var (_, value) in Each(l => l.Patience))
            return value;
        return null;
    }

    /// <param name="Prefix">Before keys of users and addresses, so that a route counts for itself.</param>
    /// <param name="Name">For words: <c>limits</c>, <c>limits of route chat</c>, <c>tiers.gold</c>.</param>
    /// <param name="TierKey">Set for a tier only.</param>
    private readonly record struct LimitScope(string Prefix, string Name, LimitSettings Limits, string? TierKey = null)
    {
        internal bool IsGateway => TierKey is null && Prefix.Length == 0;

        /// <summary>The key of what all count together.</summary>
        internal string Common => TierKey ?? (IsGateway ? "gateway" : Prefix[..^1]);

        internal string AddressPrefix => TierKey is null ? Prefix : $"{TierKey}/";
    }
}
