using System.Globalization;

namespace Bascule.Hub.Tests;

/// <summary>Many clients on one topic.</summary>
public sealed class CrowdTests
{
    private const int Clients = 1000;
    private const int Messages = 1000;

    [Fact]
    public async Task A_thousand_subscribers_get_a_thousand_messages_each_in_order()
    {
        await using var house = new HubHouse(new Settings.HubSettings
        {
            Topics = new Dictionary<string, Settings.TopicSettings> { ["*"] = new() { MaxLag = 500_000_000 } },
        });
        var guests = new HubGuest[Clients];
        for (var i = 0; i < Clients; i++)
            guests[i] = await house.ConnectAsync(HubHouse.Terms with { SpeaksBascule = false, Topics = [new TopicStart("a")] });
        foreach (var guest in guests)
            await DeliveryTests.SubscribedAsync(guest, 1);

        var reading = Task.WhenAll(guests.Select(g => Task.Run(() => ReadAllAsync(g))));
        for (var i = 0; i < Messages; i++)
        {
            house.Publish("a", i.ToString(CultureInfo.InvariantCulture));
            if (i % 50 == 0)
                await Task.Yield();
        }

        await reading;
        Assert.All(guests, g => Assert.Equal(Messages, g.Connection.Facts.Counts.MessagesOut));
    }

    private static async Task ReadAllAsync(HubGuest guest)
    {
        for (var i = 0; i < Messages; i++)
            Assert.Equal(i, int.Parse(await guest.ReadTextAsync(), CultureInfo.InvariantCulture));
    }
}
