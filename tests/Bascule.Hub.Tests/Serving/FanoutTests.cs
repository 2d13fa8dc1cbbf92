using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>How long messages take to all clients, as the hub measures it.</summary>
public sealed class FanoutTests
{
    [Fact]
    public async Task Each_message_that_somebody_reads_is_measured_once_however_many_read_it()
    {
        await using var house = new HubHouse();
        var guests = new List<HubGuest>();
        for (var i = 0; i < 5; i++)
        {
            guests.Add(await house.ConnectAsync(HubHouse.Terms with { SpeaksBascule = false, Topics = [new TopicStart("a")] }));
            await DeliveryTests.SubscribedAsync(guests[i], 1);
        }

        for (var i = 0; i < 20; i++)
        {
            house.Publish("a", $"{i}");
            house.Publish("unread", $"{i}");
            foreach (var guest in guests)
                await guest.ReadTextAsync();
        }

        await MeasuredAsync(house, 20);
        var fanout = house.Serving.Fanout;
        Assert.Equal(fanout.Bounds.Count + 1, fanout.Counts.Count);
        Assert.Equal(fanout.Bounds.Order(), fanout.Bounds);
        Assert.True(fanout.Seconds > 0);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_not_waited_for()
    {
        await using var house = new HubHouse(new HubSettings { Topics = new Dictionary<string, TopicSettings>(StringComparer.Ordinal) { ["*"] = new() { MaxLag = 50_000_000 } } });
        var terms = HubHouse.Terms with { SpeaksBascule = false, Topics = [new TopicStart("a")] };
        await using var frozen = await house.ConnectAsync(terms, receiveBuffer: 8192);
        await using var other = await house.ConnectAsync(terms);
        await DeliveryTests.SubscribedAsync(frozen, 1);
        await DeliveryTests.SubscribedAsync(other, 1);

        for (var i = 0; i < 1000; i++)
        {
            house.Publish("a", new string('x', 1000));
            await other.ReadTextAsync();
            // One by one: of many that are under way at once only some are measured.
            await MeasuredAsync(house, i + 1);
        }

        Assert.True(frozen.Connection.Facts.Counts.MessagesOut < 1000);
    }

    /// <summary>A mark may be passed after the client has read.</summary>
    private static async Task MeasuredAsync(HubHouse house, long messages)
    {
        await Patience.UntilAsync(() => house.Serving.Fanout.Counts.Sum() >= messages);
        Assert.Equal(messages, house.Serving.Fanout.Counts.Sum());
    }
}
