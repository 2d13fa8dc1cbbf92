using System.Net;
using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;
using static Bascule.Admission.Tests.TestHeads;

namespace Bascule.Admission.Tests;

/// <summary>How fast attempts and requests may come, and what who comes faster is told (case D4).</summary>
public sealed class AttemptRatesTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.7");
    private static readonly IPAddress Other = IPAddress.Parse("192.0.2.8");

    private readonly ManualTime _time = new();
    private readonly UpgradeRates _upgrades;
    private readonly RequestRates _requests;

    public AttemptRatesTests()
    {
        var table = new RateTable(_time);
        _upgrades = new UpgradeRates(table);
        _requests = new RequestRates(table);
    }

    [Fact]
    public void An_address_that_connects_too_fast_is_told_the_limit_and_when_to_come_back()
    {
        var limits = For(new LimitSettings { UpgradeRatePerAddress = PerMinute(2) });

        Assert.Null(_upgrades.CheckAddress(limits, One));
        Assert.Null(_upgrades.CheckAddress(limits, One));
        Assert.Equal(
            new Ending(EndReasons.UpgradeRate, "More than 2/m attempts to connect from 192.0.2.7 (upgradeRatePerAddress of limits); try again in 30 s."),
            _upgrades.CheckAddress(limits, One));
        Assert.Null(_upgrades.CheckAddress(limits, Other));
        Assert.Null(_upgrades.CheckAddress(limits, null));
    }

    [Fact]
    public void A_short_wait_is_told_in_milliseconds()
    {
        var limits = For(new LimitSettings { UpgradeRatePerAddress = new RateSettings { Rate = "20/s", Burst = 1 } });

        _upgrades.CheckAddress(limits, One);

        Assert.EndsWith("try again in 50 ms.", _upgrades.CheckAddress(limits, One)!.Value.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Upgrades_and_requests_have_counts_of_their_own()
    {
        var limits = For(new LimitSettings { UpgradeRatePerAddress = PerMinute(1), RequestRatePerAddress = PerMinute(1) });

        Assert.Null(_upgrades.CheckAddress(limits, One));
        Assert.Null(_requests.CheckAddress(limits, One));
        Assert.NotNull(_upgrades.CheckAddress(limits, One));
        Assert.Equal(
            new Ending(EndReasons.RequestRate, "More than 1/m requests from 192.0.2.7 (requestRatePerAddress of limits); try again in 60 s."),
            _requests.CheckAddress(limits, One));
    }

    [Fact]
    public void All_addresses_of_one_64_share_a_count()
    {
        var limits = For(new LimitSettings { UpgradeRatePerAddress = PerMinute(1) });

        Assert.Null(_upgrades.CheckAddress(limits, IPAddress.Parse("2001:db8:1:2::1")));
        Assert.Contains("from 2001:db8:1:2::/64", _upgrades.CheckAddress(limits, IPAddress.Parse("2001:db8:1:2:ffff::9"))!.Value.Detail, StringComparison.Ordinal);
        Assert.Null(_upgrades.CheckAddress(limits, IPAddress.Parse("2001:db8:1:3::1")));
    }

    [Fact]
    public void A_route_counts_for_itself_beside_the_gateway()
    {
        var gateway = new LimitSettings { UpgradeRatePerAddress = PerMinute(3) };
        var route = new LimitSettings { UpgradeRatePerAddress = PerMinute(1) };

        Assert.Null(_upgrades.CheckAddress(For(gateway, route: route), One));
        Assert.Contains("limits of route chat", _upgrades.CheckAddress(For(gateway, route: route), One)!.Value.Detail, StringComparison.Ordinal);
        Assert.Null(_upgrades.CheckAddress(For(gateway), One));
        Assert.Contains("of limits)", _upgrades.CheckAddress(For(gateway), One)!.Value.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_user_is_counted_wherever_it_connects_from()
    {
        var limits = For(new LimitSettings { UpgradeRatePerUser = PerMinute(1) }, User());

        Assert.Null(_upgrades.CheckUser(limits, One));
        Assert.Contains("of this user (upgradeRatePerUser of limits)", _upgrades.CheckUser(limits, Other)!.Value.Detail, StringComparison.Ordinal);
        Assert.Null(_upgrades.CheckUser(For(new LimitSettings { UpgradeRatePerUser = PerMinute(1) }, User("bob")), One));
        Assert.Null(_upgrades.CheckUser(For(new LimitSettings { UpgradeRatePerUser = PerMinute(1) }), One));
    }

    [Fact]
    public void Who_is_refused_takes_nothing_from_the_others()
    {
        var settings = new LimitSettings { UpgradeRatePerUser = PerMinute(1), UpgradeRate = PerMinute(2) };
        for (var i = 0; i < 10; i++)
            _upgrades.CheckUser(For(settings, User()), One);

        Assert.Null(_upgrades.CheckUser(For(settings, User("bob")), One));
        Assert.Contains("of all clients together (upgradeRate of limits)", _upgrades.CheckUser(For(settings, User("eve")), One)!.Value.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void The_rate_of_a_tier_replaces_that_of_the_user_and_joins_that_of_all()
    {
        var settings = new LimitSettings { UpgradeRatePerUser = PerMinute(1) };
        var tiers = new Dictionary<string, LimitSettings> { ["gold"] = new() { UpgradeRatePerUser = PerMinute(2), UpgradeRate = PerMinute(3) } };
        var alice = EffectiveLimits.For(settings, null, null, tiers, User(tier: "gold"));
        var bob = EffectiveLimits.For(settings, null, null, tiers, User("bob", "gold"));

        Assert.Null(_upgrades.CheckUser(alice, One));
        Assert.Null(_upgrades.CheckUser(alice, One));
        Assert.Contains("upgradeRatePerUser of tiers.gold", _upgrades.CheckUser(alice, One)!.Value.Detail, StringComparison.Ordinal);
        Assert.Null(_upgrades.CheckUser(bob, One));
        Assert.Contains("of all users of the tier (upgradeRate of tiers.gold)", _upgrades.CheckUser(bob, One)!.Value.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tier_may_narrow_the_rate_of_an_address()
    {
        var tiers = new Dictionary<string, LimitSettings> { ["free"] = new() { UpgradeRatePerAddress = PerMinute(1), RequestRatePerAddress = PerMinute(1) } };
        var limits = EffectiveLimits.For(new LimitSettings(), null, null, tiers, User(tier: "free"));

        Assert.Null(_upgrades.CheckUser(limits, One));
        Assert.Contains("upgradeRatePerAddress of tiers.free", _upgrades.CheckUser(limits, One)!.Value.Detail, StringComparison.Ordinal);
        Assert.Null(_requests.CheckUser(limits, One));
        Assert.Contains("requestRatePerAddress of tiers.free", _requests.CheckUser(limits, One)!.Value.Detail, StringComparison.Ordinal);
    }

    private static RateSettings PerMinute(int count) => new() { Rate = $"{count}/m" };

    private static EffectiveLimits For(LimitSettings gateway, Identity? identity = null, LimitSettings? route = null) =>
        EffectiveLimits.For(gateway, route is null ? null : "chat", route, new Dictionary<string, LimitSettings>(), identity);
}
