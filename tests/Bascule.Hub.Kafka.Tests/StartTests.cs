using System.Globalization;
using Bascule.Settings;

namespace Bascule.Hub.Kafka.Tests;

/// <summary>Where the reading of a topic begins.</summary>
public sealed class StartTests
{
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task Latest_gives_only_what_comes_after_the_start()
    {
        await using var stage = await KafkaStage.StartAsync(("news", 1));
        await stage.WriteAsync("news", [(null, "old"), (null, "older")]);
        stage.Read(new KafkaTopicSettings { Name = "news", Start = "latest" });
        await stage.CaughtUpAsync();
        await stage.WriteAsync("news", [(null, "new")]);

        await stage.Sink.UntilAsync(s => s.Count > 0);

        Assert.Equal(["new"], stage.Sink.Texts);
        Assert.Equal(2, stage.Sink.Begun[0].From[0]);
    }

    /// <summary>The mock brokers cannot look up times, so that this goes by <see cref="TimeSearch"/>.</summary>
    [Fact]
    public async Task History_goes_back_as_far_as_the_memory_of_the_hub()
    {
        await using var stage = await KafkaStage.StartAsync(("news", 2));
        for (var minute = 30; minute >= 0; minute--)
            await stage.WriteAsync("news", [1], $"{minute}", _now - TimeSpan.FromMinutes(minute));
        stage.HistoryAge = TimeSpan.FromMinutes(10.5);

        stage.Read(new KafkaTopicSettings { Name = "news", Start = "history" });
        await stage.CaughtUpAsync();

        Assert.Equal(Enumerable.Range(0, 11).Reverse().Select(m => $"{m}"), stage.Sink.Texts);
    }

    [Fact]
    public async Task A_time_is_where_the_first_record_that_is_not_older_stands()
    {
        await using var stage = await KafkaStage.StartAsync(("news", 1));
        for (var minute = 30; minute >= 0; minute--)
            await stage.WriteAsync("news", null, $"{minute}", _now - TimeSpan.FromMinutes(minute));
        var start = (_now - TimeSpan.FromMinutes(25)).ToString("O", CultureInfo.InvariantCulture);

        stage.Read(new KafkaTopicSettings { Name = "news", Start = start });
        await stage.CaughtUpAsync();

        Assert.Equal("25", stage.Sink.Texts.First());
        Assert.Equal(26, stage.Sink.Count);
    }

    [Fact]
    public async Task A_history_without_young_records_begins_at_the_end()
    {
        await using var stage = await KafkaStage.StartAsync(("news", 1));
        await stage.WriteAsync("news", null, "old", _now - TimeSpan.FromHours(1));
        stage.Read(new KafkaTopicSettings { Name = "news" });
        await stage.CaughtUpAsync();

        Assert.Equal(0, stage.Sink.Count);
        Assert.Equal(1, stage.Sink.Begun[0].From[0]);
    }
}
