using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Kafka.Tests;

/// <summary>What tells one life of a topic from the next.</summary>
public sealed class IdentityTests
{
    [Fact]
    public async Task A_topic_is_known_by_its_id_which_changes_when_it_is_made_anew()
    {
        await using var kafka = new FakeKafka();
        kafka.Make("news", 3);
        kafka.Make("prices", 200);
        var identities = Identities(kafka.Address);

        var first = await AskAsync(identities);
        var again = await AskAsync(Identities(kafka.Address));
        kafka.Make("news", 3);
        var anew = await AskAsync(identities);

        Assert.Equal(["news", "prices"], first!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal($"kafka:{kafka.Topics["prices"].Id:N}", first["prices"]);
        Assert.Equal(first["news"], again!["news"]);
        Assert.NotEqual(first["news"], anew!["news"]);
        Assert.Equal(first["prices"], anew["prices"]);
    }

    [Fact]
    public async Task Brokers_without_topic_ids_tell_at_least_their_cluster()
    {
        await using var kafka = new FakeKafka { NewestMetadata = 9 };
        kafka.Make("news", 1);

        Assert.Equal("kafka:cluster:fake-cluster/news", (await AskAsync(Identities(kafka.Address)))!["news"]);
    }

    [Fact]
    public async Task The_brokers_of_librdkafka_are_one_cluster_each()
    {
        await using var one = await MockBrokers.StartAsync();
        await using var other = await MockBrokers.StartAsync();

        var ofOne = (await AskAsync(Identities(one.Addresses)))!["news"];

        Assert.StartsWith("kafka:cluster:", ofOne, StringComparison.Ordinal);
        Assert.EndsWith("/news", ofOne, StringComparison.Ordinal);
        Assert.Equal(ofOne, (await AskAsync(Identities(one.Addresses)))!["news"]);
    }

    [Fact]
    public async Task The_next_broker_answers_when_the_first_does_not_and_nobody_is_no_answer()
    {
        await using var kafka = new FakeKafka();
        kafka.Make("news", 1);

        Assert.NotNull(await AskAsync(Identities($"127.0.0.1:1, {kafka.Address}")));
        Assert.Null(await AskAsync(Identities("127.0.0.1:1,no-such-host.invalid")));
    }

    [Fact]
    public async Task A_login_by_name_and_password_is_used_and_a_wrong_one_is_no_answer()
    {
        await using var kafka = new FakeKafka { Password = "secret" };
        kafka.Make("news", 1);

        Assert.Contains("news", (await AskAsync(Identities(kafka.Address, Login("PLAIN", "secret"))))!.Keys);
        Assert.Null(await AskAsync(Identities(kafka.Address, Login("PLAIN", "wrong"))));
    }

    [Fact]
    public async Task A_login_that_only_librdkafka_knows_leaves_the_name()
    {
        Assert.Equal("kafka:name:news", (await AskAsync(Identities("127.0.0.1:1", Login("SCRAM-SHA-512", "secret"))))!["news"]);
    }

    private static Dictionary<string, string> Login(string mechanism, string password) => new(StringComparer.Ordinal)
    {
        ["security.protocol"] = "SASL_PLAINTEXT",
        ["sasl.mechanism"] = mechanism,
        ["sasl.username"] = "bascule",
        ["sasl.password"] = password,
    };

    private static TopicIdentities Identities(string brokers, Dictionary<string, string>? options = null) => new(
        new KafkaSettings { Brokers = brokers, Options = options ?? new(StringComparer.Ordinal) }, TimeSpan.FromSeconds(10), TimeProvider.System);

    private static Task<IReadOnlyDictionary<string, string>?> AskAsync(TopicIdentities identities) => identities.OfAsync(["news", "prices"], default);
}
