using System.Text.Json;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>Topics for clients that can only ask.</summary>
public sealed class PollTests
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Without_a_cursor_the_answer_is_the_one_of_now()
    {
        await using var house = new HubHouse();
        house.Publish("a", "1");

        var answer = await AskAsync(house, "a", null);

        Assert.Equal("a", answer.GetProperty("topic").GetString());
        Assert.Empty(Values(answer));
        Assert.True(Cursor.TryParse(answer.GetProperty("cursor").GetString(), out _));
    }

    [Fact]
    public async Task What_is_there_is_answered_at_once_and_each_message_once()
    {
        await using var house = new HubHouse();
        var cursor = (await AskAsync(house, "a", null)).GetProperty("cursor").GetString();
        house.Publish("a", "1");
        house.Publish("a", "2");

        var first = await AskAsync(house, "a", cursor);
        house.Publish("a", "3");
        var second = await AskAsync(house, "a", first.GetProperty("cursor").GetString());

        Assert.Equal([1, 2], Values(first));
        Assert.Equal([3], Values(second));
    }

    [Fact]
    public async Task A_question_waits_for_the_first_message()
    {
        await using var house = new HubHouse();
        var cursor = (await AskAsync(house, "a", null)).GetProperty("cursor").GetString();

        var asking = AskAsync(house, "a", cursor);
        await Patience.UntilAsync(() => house.Hub.Figures.Subscriptions > 0);
        house.Publish("a", "7");

        Assert.Equal([7], Values(await asking.Soon()));
    }

    [Fact]
    public async Task When_nothing_comes_the_answer_is_empty()
    {
        var time = new ManualTime();
        await using var house = new HubHouse(time: time);
        var cursor = (await AskAsync(house, "a", null)).GetProperty("cursor").GetString();

        var asking = AskAsync(house, "a", cursor);
        await house.AdvanceUntilAsync(asking);

        Assert.Empty(Values(await asking));
        Assert.True(Cursor.TryParse((await asking).GetProperty("cursor").GetString(), out _));
    }

    [Fact]
    public async Task A_long_answer_is_cut_and_the_next_one_goes_on()
    {
        await using var house = new HubHouse();
        var cursor = (await AskAsync(house, "a", null)).GetProperty("cursor").GetString();
        for (var i = 0; i < 2500; i++)
            house.Publish("a", $"{i}");

        var all = new List<int>();
        while (all.Count < 2500)
        {
            var answer = await AskAsync(house, "a", cursor);
            Assert.InRange(Values(answer).Count, 1, 1000);
            all.AddRange(Values(answer));
            cursor = answer.GetProperty("cursor").GetString();
        }

        Assert.Equal(Enumerable.Range(0, 2500), all);
    }

    [Fact]
    public async Task A_gap_is_told()
    {
        await using var other = new HubHouse();
        await using var house = new HubHouse();

        var answer = await AskAsync(house, "a", other.Publish("a", "1"));

        Assert.Equal("epoch_changed", answer.GetProperty("gap").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_client_that_leaves_is_not_waited_for()
    {
        await using var house = new HubHouse();
        Assert.True(Cursor.TryParse((await AskAsync(house, "a", null)).GetProperty("cursor").GetString(), out var from));
        using var gone = new CancellationTokenSource();

        var asking = TopicPoll.AskAsync(house.Hub, new TopicStart("a", from), Wait, house.Clock, gone.Token);
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.Soon());
        Assert.Equal(0, house.Hub.Figures.Subscriptions);
    }

    [Fact]
    public async Task A_full_hub_answers_nothing()
    {
        await using var house = new HubHouse(new HubSettings { MostTopics = 10 });
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { Topics = [.. Enumerable.Range(0, 10).Select(i => new TopicStart($"t{i}"))] });
        await DeliveryTests.SubscribedAsync(guest, 10);

        Assert.Null(await TopicPoll.AskAsync(house.Hub, new TopicStart("more"), Wait, house.Clock, default));
    }

    private static async Task<JsonElement> AskAsync(HubHouse house, string topic, string? cursor)
    {
        Cursor? from = null;
        Assert.True(cursor is null || Cursor.TryParse(cursor, out from));
        var answer = await TopicPoll.AskAsync(house.Hub, new TopicStart(topic, from), Wait, house.Clock, default);
        return JsonDocument.Parse(answer!).RootElement;
    }

    private static List<int> Values(JsonElement answer) => [.. answer.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("data").GetInt32())];
}
