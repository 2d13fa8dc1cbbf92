using System.Net;
using Bascule.Model;
using Bascule.Settings;
using static Bascule.Admission.Tests.TestHeads;

namespace Bascule.Admission.Tests;

/// <summary>Which limits hold for whom.</summary>
public sealed class EffectiveLimitsTests
{
    private static readonly IPAddress Address = IPAddress.Parse("192.0.2.7");

    private static readonly LimitSettings Gateway = new() { Connections = 100, ConnectionsPerUser = 10, ConnectionsPerAddress = 20, MessagesPerSecond = 50, BytesPerSecond = 1000 };
    private static readonly LimitSettings Route = new() { Connections = 30, ConnectionsPerUser = 3, MessagesPerSecond = 90, MessageBytes = 64, Patience = TimeSpan.FromSeconds(3) };

    private static readonly Dictionary<string, LimitSettings> Tiers = new()
    {
        ["gold"] = new() { Connections = 40, ConnectionsPerUser = 50, MessagesPerSecond = 500 },
        ["ops"] = new() { ConnectionsPerUser = 80, Patience = TimeSpan.FromMinutes(1) },
        ["free"] = new() { ConnectionsPerUser = 1, ConnectionsPerAddress = 2, UserMessagesPerSecond = 5, UserBytesPerSecond = 6, Fragments = 7, BytesPerSecond = 8, MessageBytes = 9 },
    };

    [Fact]
    public void Those_of_route_and_gateway_hold_beside_each_other() =>
        Assert.Equal(
            [
                new ConnectionLimit("route:chat/user:joe|alice", 3, false, "of this user (connectionsPerUser of limits of route chat)"),
                new ConnectionLimit("user:joe|alice", 10, false, "of this user (connectionsPerUser of limits)"),
                new ConnectionLimit("address:192.0.2.7", 20, false, "from 192.0.2.7 (connectionsPerAddress of limits)"),
                new ConnectionLimit("route:chat", 30, false, "of this route (connections of limits of route chat)"),
                new ConnectionLimit("gateway", 100, true, "of this gateway (connections of limits)"),
            ],
            For(User()).Connections(Address));

    [Fact]
    public void A_tier_replaces_what_counts_one_user_and_joins_what_counts_all() =>
        Assert.Equal(
            [("user:joe|alice", 50), ("address:192.0.2.7", 20), ("tier:gold", 40), ("route:chat", 30), ("gateway", 100)],
            For(User(tier: "gold")).Connections(Address).Select(c => (c.Key, c.Limit)));

    [Fact]
    public void Without_identity_or_address_only_what_counts_all_is_left()
    {
        Assert.Equal(["address:192.0.2.7", "route:chat", "gateway"], For(null).Connections(Address).Select(c => c.Key));
        Assert.Equal(["route:chat", "gateway"], For(null).Connections(null).Select(c => c.Key));
    }

    [Theory]
    [InlineData(null, "", 3)]
    [InlineData("gold", "", 50)]
    [InlineData("gold", "ops", 50)]
    [InlineData("unknown", "ops", 80)]
    [InlineData(null, "free", 1)]
    [InlineData(null, "free ops gold other", 80)]
    public void The_tier_of_the_token_decides_and_without_it_the_most_generous_of_its_roles(string? tier, string roles, int perUser) =>
        Assert.Equal(perUser, For(User("alice", tier, roles.Split(' '))).Connections(null)[0].Limit);

    [Fact]
    public void Of_messages_the_smaller_of_route_and_gateway_holds_and_a_tier_replaces_both()
    {
        Assert.Equal(new MessageLimits(50, 1000, null, null, 64, null, TimeSpan.FromSeconds(3)), For(User()).Messages);
        Assert.Equal(new MessageLimits(500, 1000, null, null, 64, null, TimeSpan.FromSeconds(3)), For(User(tier: "gold")).Messages);
        Assert.Equal(new MessageLimits(50, 8, 5, 6, 9, 7, TimeSpan.FromSeconds(3)), For(User(tier: "free")).Messages);
        Assert.Equal(TimeSpan.FromMinutes(1), For(User(tier: "ops")).Messages.Patience);
    }

    [Fact]
    public void Where_nothing_is_set_nothing_is_limited()
    {
        var none = EffectiveLimits.For(new LimitSettings(), "chat", new LimitSettings(), Tiers, User());

        Assert.Empty(none.Connections(Address));
        Assert.Equal(MessageLimits.None, none.Messages);
        Assert.False(none.Messages.Any);
        Assert.Equal(TimeSpan.FromSeconds(10), none.Messages.Patience);
        Assert.True(For(User()).Messages.Any);
    }

    [Fact]
    public void Keys_are_short_and_of_different_users_different()
    {
        Identity[] users =
        [
            new("b|c", "a", null, [], null, null), new("c", "a|b", null, [], null, null), new("a", null, null, [], null, null), new("|a", null, null, [], null, null),
            new(new string('x', 5000), "a", null, [], null, null), new(new string('x', 5001), "a", null, [], null, null), new("zoë\ud800", "https://issuer/", null, [], null, null),
        ];

        var keys = users.Select(LimitKeys.User).ToList();

        Assert.Equal(keys.Count, keys.Distinct().Count());
        Assert.All(keys, k => Assert.InRange(k.Length, 1, 130));
        Assert.Equal("user:a|b%7Cc", keys[0]);
    }

    [Theory]
    [InlineData("192.0.2.7", "address:192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "address:192.0.2.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64")]
    public void An_address_of_ipv6_counts_by_its_first_half(string address, string key) => Assert.Equal(key, LimitKeys.Address(IPAddress.Parse(address)));

    [Fact]
    public void A_refusal_names_whose_connections_they_are_the_count_and_the_limit() =>
        Assert.Equal(
            new Ending(EndReasons.TooManyConnections, "3 connections of this user (connectionsPerUser of limits of route chat) are open; 3 are allowed."),
            For(User()).Connections(null)[0].Refuse(3));

    private static EffectiveLimits For(Identity? identity) => EffectiveLimits.For(Gateway, "chat", Route, Tiers, identity);
}
