using System.Text.Json;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>Who is on a topic.</summary>
public sealed class PresenceTests
{
    private static readonly HubSettings Settings = new()
    {
        Topics = new Dictionary<string, TopicSettings> { ["room.*"] = new() { Presence = true }, ["room.quiet"] = new() },
    };

    [Fact]
    public async Task Who_is_there_is_told_and_who_comes_and_goes()
    {
        await using var house = new HubHouse(Settings, new ManualTime());
        await using var ann = await EnterAsync(house, "ann");
        await using var bob = await EnterAsync(house, "bob");
        house.Time.Advance(TimeSpan.FromSeconds(1));

        await ann.SendAsync("""{"type":"presence","id":1,"topic":"room.1"}""");
        var state = await ann.ReadAsync("presence");
        Assert.Equal((1, "state", 2), (state.GetProperty("id").GetInt32(), state.GetProperty("event").GetString(), state.GetProperty("count").GetInt32()));
        Assert.Equal(["ann", "bob"], Users(state));

        await using var eve = await EnterAsync(house, "eve");
        house.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(("join", "eve", 3), Change(await ann.ReadAsync("presence")));

        await bob.SendAsync("""{"type":"unsubscribe","topic":"room.1"}""");
        await bob.ReadAsync("unsubscribed");
        house.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(("leave", "bob", 2), Change(await ann.ReadAsync("presence")));

        eve.Socket.Dispose();
        await eve.End;
        house.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(("leave", "eve", 1), Change(await ann.ReadAsync("presence")));
    }

    [Fact]
    public async Task A_user_with_several_connections_comes_once_and_goes_once()
    {
        await using var house = new HubHouse(Settings, new ManualTime());
        await using var ann = await EnterAsync(house, "ann");
        house.Time.Advance(TimeSpan.FromSeconds(1));
        await ann.SendAsync("""{"type":"presence","topic":"room.1"}""");
        await ann.ReadAsync("presence");

        await using var first = await EnterAsync(house, "bob");
        await using var second = await EnterAsync(house, "bob");
        house.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(("join", "bob", 3), Change(await ann.ReadAsync("presence")));
        first.Socket.Dispose();
        await first.End;
        house.Time.Advance(TimeSpan.FromSeconds(1));
        second.Socket.Dispose();
        await second.End;
        house.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(("leave", "bob", 1), Change(await ann.ReadAsync("presence")));
    }

    [Fact]
    public async Task Many_changes_in_a_second_are_told_as_one_state()
    {
        await using var house = new HubHouse(Settings, new ManualTime());
        await using var ann = await EnterAsync(house, "ann");
        house.Time.Advance(TimeSpan.FromSeconds(1));
        await ann.SendAsync("""{"type":"presence","topic":"room.1"}""");
        await ann.ReadAsync("presence");

        for (var i = 0; i < 120; i++)
            await EnterAsync(house, $"user-{i:000}");
        house.Time.Advance(TimeSpan.FromSeconds(1));

        var state = await ann.ReadAsync("presence");
        Assert.Equal(("state", 121, 100), (state.GetProperty("event").GetString(), state.GetProperty("count").GetInt32(), Users(state).Count));
    }

    [Theory]
    [InlineData("room.quiet")]
    [InlineData("hall")]
    public async Task Where_it_is_off_it_is_refused(string topic)
    {
        await using var house = new HubHouse(Settings);
        await using var guest = await house.ConnectWelcomedAsync();

        await guest.SendAsync($$"""{"type":"presence","topic":"{{topic}}"}""");

        Assert.Equal(ClientFault.PresenceOff, (await guest.ReadAsync("error")).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Who_has_no_name_is_counted()
    {
        await using var house = new HubHouse(Settings, new ManualTime());
        await using var guest = await EnterAsync(house, null);

        await guest.SendAsync("""{"type":"presence","topic":"room.1"}""");

        var state = await guest.ReadAsync("presence");
        Assert.Equal(1, state.GetProperty("count").GetInt32());
        Assert.Empty(Users(state));
    }

    [Fact]
    public async Task Who_may_not_read_the_topic_any_more_is_told_nothing_more()
    {
        await using var house = new HubHouse(Settings, new ManualTime());
        await using var ann = await house.ConnectWelcomedAsync();
        await ann.SendAsync("""{"type":"presence","topic":"room.1"}""");
        await ann.ReadAsync("presence");

        Assert.True(ann.Connection.Renew(null, HubGrants.None));
        await using var bob = await EnterAsync(house, "bob");
        house.Time.Advance(TimeSpan.FromSeconds(1));
        await ann.SendAsync("""{"type":"ping"}""");

        await ann.ReadAsync("pong");
    }

    [Fact]
    public async Task A_connection_watches_no_more_topics_than_it_may_subscribe()
    {
        await using var house = new HubHouse(Settings);
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { MostSubscriptions = 2 });

        foreach (var topic in new[] { "room.1", "room.2", "room.2" })
        {
            await guest.SendAsync($$"""{"type":"presence","topic":"{{topic}}"}""");
            await guest.ReadAsync("presence");
        }

        await guest.SendAsync("""{"type":"presence","topic":"room.3"}""");

        Assert.Equal(ClientFault.PresenceOff, (await guest.ReadAsync("error")).GetProperty("code").GetString());
    }

    private static async Task<HubGuest> EnterAsync(HubHouse house, string? user)
    {
        var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { User = user, Topics = [new TopicStart("room.1")] });
        await guest.ReadAsync("subscribed");
        return guest;
    }

    private static IReadOnlyList<string> Users(JsonElement state) => [.. state.GetProperty("users").EnumerateArray().Select(u => u.GetString()!).Order(StringComparer.Ordinal)];

    private static (string?, string?, int) Change(JsonElement presence) =>
        (presence.GetProperty("event").GetString(), presence.GetProperty("user").GetString(), presence.GetProperty("count").GetInt32());
}
