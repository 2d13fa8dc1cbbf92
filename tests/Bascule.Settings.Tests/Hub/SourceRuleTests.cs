namespace Bascule.Settings.Tests;

/// <summary>Kafka and Redis as sources of topics.</summary>
public sealed class SourceRuleTests
{
    [Theory]
    [InlineData("", "brokers", "has an empty name in it")]
    [InlineData("k:9092,,l:9092", "brokers", "has an empty name in it")]
    [InlineData("k:9092, PLAINTEXT://l:9092", "brokers", "holds \"PLAINTEXT://l:9092\", which is no broker")]
    [InlineData("k:0", "brokers", "holds \"k:0\", which is no broker")]
    [InlineData("k:65536", "brokers", "holds \"k:65536\", which is no broker")]
    [InlineData("::1:9092", "brokers", "holds \"::1:9092\", which is no broker")]
    [InlineData("k l", "brokers", "holds \"k l\", which is no broker")]
    public void Brokers_that_nobody_could_ask_are_a_fault(string brokers, string name, string problem) =>
        SettingsFolder.AssertFault($$"""{ "hub": { "kafka": { "brokers": "{{brokers}}", "topics": ["t"] } } }""", $"hub.kafka.{name}", problem);

    [Theory]
    [InlineData("localhost:9092")]
    [InlineData("k1:9092, k2:9092,10.0.0.1:9093")]
    [InlineData("[::1]:9092,[::1]")]
    [InlineData("kafka")]
    public void Brokers_are_taken_as_deployments_write_them(string brokers) =>
        Assert.Equal(brokers, SettingsFolder.SettingsOf($$"""{ "hub": { "kafka": { "brokers": "{{brokers}}", "topics": ["t"] } } }""").Hub.Kafka!.Brokers);

    [Theory]
    [InlineData("[]", "", "is empty, so that nothing would be read")]
    [InlineData("[\"a/b\"]", ".0.name", "is no name that Kafka takes")]
    [InlineData("[\"..\"]", ".0.name", "is no name that Kafka takes")]
    [InlineData("[{ \"name\": \"t\", \"to\": \"p.{name}\" }]", ".0.to", "holds {name}, which stands for nothing")]
    [InlineData("[{ \"name\": \"t\", \"to\": \"p.{key\" }]", ".0.to", "holds {key, which stands for nothing")]
    [InlineData("[{ \"name\": \"t\", \"to\": \"p.key}\" }]", ".0.to", "holds }, which stands for nothing")]
    [InlineData("[{ \"name\": \"t\", \"to\": \"p.*\" }]", ".0.to", "makes names that no topic can have: p.* has a *, as only patterns do")]
    [InlineData("[{ \"name\": \"t\", \"to\": \"{topic} {key}\" }]", ".0.to", "makes names that no topic can have: t {key} holds a character that no topic can have")]
    [InlineData("[{ \"name\": \"t\", \"to\": \"\" }]", ".0.to", "makes names that no topic can have:  is empty")]
    [InlineData("[{ \"name\": \"t\", \"start\": \"earliest\" }]", ".0.start", "is no place to begin")]
    [InlineData("[{ \"name\": \"t\", \"start\": \"2026-11-20T12:00:00\" }]", ".0.start", "is no place to begin")]
    [InlineData("[\"t\", { \"name\": \"t\", \"to\": \"u\" }]", ".1.name", "is read by hub.kafka.topics.0 (bascule.d/test.json:1) too")]
    [InlineData("[{ \"name\": \"t\", \"to\": \"p.{key}\", \"publish\": true }, { \"name\": \"u\", \"to\": \"p.a\", \"publish\": true }]", ".1.publish",
        "asks for what clients publish to p.a, as hub.kafka.topics.0 (bascule.d/test.json:1) does")]
    public void A_Kafka_topic_that_could_not_be_read_is_a_fault(string topics, string place, string problem) =>
        SettingsFolder.AssertFault($$"""{ "hub": { "kafka": { "brokers": "k:9092", "topics": {{topics}} } } }""", $"hub.kafka.topics{place}", problem);

    [Theory]
    [InlineData("history", null)]
    [InlineData("latest", null)]
    [InlineData("2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z")]
    [InlineData("2026-11-20T12:00:00.25+02:00", "2026-11-20T10:00:00.25Z")]
    public void The_places_to_begin_are_taken(string start, string? time)
    {
        Assert.True(KafkaStart.TryParse(start, out var at));
        Assert.Equal(time is null ? null : DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture), at);
        Assert.Equal(start, SettingsFolder.SettingsOf($$"""{ "hub": { "kafka": { "brokers": "k", "topics": [{ "name": "t", "start": "{{start}}" }] } } }""").Hub.Kafka!.Topics[0].Start);
    }

    [Theory]
    [InlineData("\"url\": \"memory\", \"streams\": [\"s\"]", ".url", "is no address of a Redis")]
    [InlineData("\"url\": \"postgres://u@h/d\", \"streams\": [\"s\"]", ".url", "is no address of a Redis")]
    [InlineData("\"url\": \"redis://h/x\", \"streams\": [\"s\"]", ".url", "names a Redis database that is not a number")]
    [InlineData("\"url\": \"file:no-such-file\", \"streams\": [\"s\"]", ".url", "names a file that does not exist")]
    [InlineData("\"url\": \"redis://h\"", "", "names neither channels nor streams")]
    [InlineData("\"url\": \"redis://h\", \"channels\": [\"a?b\"]", ".channels", "holds \"a?b\", which holds a character that no topic can have")]
    [InlineData("\"url\": \"redis://h\", \"channels\": [\"news.*\", \"news.a\"]", ".channels", "holds \"news.*\" and \"news.a\", so that messages would come twice")]
    [InlineData("\"url\": \"redis://h\", \"streams\": [\"s*\"]", ".streams", "holds \"s*\", which has a *, as only patterns do")]
    [InlineData("\"url\": \"redis://h\", \"streams\": [\"s\", \"s\"]", ".streams", "holds \"s\" and \"s\", so that messages would come twice")]
    public void A_Redis_that_could_not_be_read_is_a_fault(string members, string place, string problem) =>
        SettingsFolder.AssertFault($$"""{ "hub": { "redis": { {{members}} } } }""", $"hub.redis{place}", problem);

    [Fact]
    public void A_password_in_the_address_of_Redis_is_shown_nowhere()
    {
        using var folder = new SettingsFolder().With("bascule.json", """{ "hub": { "redis": { "url": "redis://:hunter2@h/x", "streams": ["s"] } } }""");

        Assert.DoesNotContain("hunter2", folder.LoadFault().ToString());
    }
}
