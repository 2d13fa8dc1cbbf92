namespace Bascule.Settings.Tests;

/// <summary>The names of case C in the environment.</summary>
public sealed class HubEnvironmentTests
{
    [Fact]
    public void WS_MODE_that_turns_shards_into_one_process_is_told_twice()
    {
        using var folder = new SettingsFolder().With("bascule.json", """{ "hub": { "mode": "multi", "shards": 3 } }""").WithEnvironment("WS_MODE", "single");

        var loaded = folder.LoadGood();

        Assert.Equal(HubMode.Single, loaded.Settings.Hub.Mode);
        Assert.Equal("environment WS_MODE", loaded.Value("hub.mode").Origin);
        Assert.Equal(
            [
                "hub.shards is 3 (bascule.json:1), but hub.mode is single (environment WS_MODE), so that this process serves all topics itself.",
                "hub.mode is single from environment WS_MODE, not multi from bascule.json:1.",
            ],
            loaded.Notices);
    }

    [Fact]
    public void WS_MODE_asks_for_shards()
    {
        using var folder = new SettingsFolder().WithEnvironment("WS_MODE", "multi");

        Assert.Equal((HubMode.Multi, 3, 6000), folder.LoadGood().Settings.Hub is var hub ? (hub.Mode, hub.Shards, hub.SlotsPerShard) : default);
    }

    [Fact]
    public void WS_MODE_must_be_one_of_two()
    {
        using var folder = new SettingsFolder().WithEnvironment("WS_MODE", "multy");

        var fault = folder.LoadFault();

        Assert.Equal(("hub.mode", "environment WS_MODE", "is none of single, multi", "Did you mean multi?"), (fault.Path, fault.Origin, fault.Problem, fault.Remedy));
    }

    [Fact]
    public void KAFKA_BROKERS_are_the_brokers()
    {
        using var folder = new SettingsFolder().With("bascule.json", """{ "hub": { "kafka": { "topics": ["prices"] } } }""").WithEnvironment("KAFKA_BROKERS", "k1:9092,k2:9092");

        var loaded = folder.LoadGood();

        Assert.Equal("k1:9092,k2:9092", loaded.Settings.Hub.Kafka!.Brokers);
        Assert.Equal("environment KAFKA_BROKERS", loaded.Value("hub.kafka.brokers").Origin);
        Assert.Empty(loaded.Notices);
    }

    [Theory]
    [InlineData("""{ }""")]
    [InlineData("""{ "hub": { "kafka": null, "shards": 2, "mode": "multi" } }""")]
    public void KAFKA_BROKERS_alone_are_noticed_and_nothing_else(string file)
    {
        using var folder = new SettingsFolder().With("bascule.json", file).WithEnvironment("KAFKA_BROKERS", "k1:9092");

        var loaded = folder.LoadGood();

        Assert.Null(loaded.Settings.Hub.Kafka);
        Assert.Equal("KAFKA_BROKERS is set in the environment, but hub.kafka.topics names no topic of Kafka, so that none is read. Add it to read some.", Assert.Single(loaded.Notices));
    }

    [Fact]
    public void KAFKA_BROKERS_serve_topics_of_a_later_layer()
    {
        using var folder = new SettingsFolder().WithEnvironment("KAFKA_BROKERS", "k1:9092").WithSet("hub.kafka.topics.0", "prices");

        Assert.Equal("prices", Assert.Single(folder.LoadGood().Settings.Hub.Kafka!.Topics).Name);
    }

    [Fact]
    public void Brokers_of_a_file_without_topics_are_a_fault()
    {
        using var folder = new SettingsFolder().With("bascule.json", """{ "hub": { "kafka": { "brokers": "k:9092" } } }""");

        Assert.Equal(("hub.kafka.topics", "is missing"), folder.LoadFault() is var fault ? (fault.Path, fault.Problem) : default);
    }
}
