using System.Text.RegularExpressions;
using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>Messages of Kafka, from a producer that others wrote to clients that others wrote.</summary>
public sealed class TopicClientsTests
{
    private const string Topic = "market";

    [Fact]
    public async Task What_kcat_produces_reaches_three_kinds_of_clients_also_after_the_brokers_were_away()
    {
        await using var brokers = await MockBrokers.StartAsync();
        await brokers.TopicAsync(Topic, 1);
        await using var gateway = await ShardedGateway.StartAsync(
            shards: 2, slots: 10, $$""", "kafka": { "brokers": "{{brokers.Addresses}}", "topics": ["{{Topic}}"], "options": { "reconnect.backoff.max.ms": "500" } }""");
        await ReadyAsync(gateway, "ready");
        await using var speaker = Script(gateway);
        await using var plain = Script(gateway, "--plain");
        await using var events = ChildProcess.Start(
            "curl", "-sSN", "--include", "-H", "Accept: text/event-stream", $"{gateway.PublicUrls[0]}/feed?topic={Topic}");
        await speaker.LineAsync("^subscribed ");
        await plain.LineAsync("^connected");
        await events.LineAsync("^HTTP/1.1 200 ");
        await gateway.SubscribedAsync(2);

        await ProduceAsync(brokers, "one", "two");
        await MustEndWithAsync("two", speaker, plain, events);
        await brokers.AllDownAsync();
        await ReadyAsync(gateway, "^ready\n.*cannot be reached since");
        await brokers.AllUpAsync();
        await ProduceAsync(brokers, "three", "four");
        await MustEndWithAsync("four", speaker, plain, events);

        Assert.Equal(["one", "two", "three", "four"], Got(speaker, "^got \"(.*)\"$"));
        Assert.Equal(["one", "two", "three", "four"], Got(plain, "^got (.*)$"));
        Assert.Equal(["one", "two", "three", "four"], Got(events, "^data: (.*)$"));
        await ReadyAsync(gateway, "^ready$");
    }

    private static ChildProcess Script(GatewayProcess gateway, params string[] options) =>
        ChildProcess.Start(BackendProcess.Python, ["-u", Repository.InteropFile("topics.py"), gateway.WebSocketUrl + "/feed", Topic, .. options]);

    private static async Task ReadyAsync(GatewayProcess gateway, string pattern) =>
        await Waiting.UntilAsync(() => gateway.AdminTextAsync("/readyz"), text => Regex.IsMatch(text.TrimEnd(), pattern), gateway.Process.Report);

    private static async Task ProduceAsync(MockBrokers brokers, params string[] messages)
    {
        await using var producer = ChildProcess.Start("kcat", "-P", "-b", brokers.Addresses, "-t", Topic, "-p", "0");
        foreach (var message in messages)
            await producer.WriteAsync(message);
        producer.EndInput();
        Assert.True(await producer.ExitAsync() == 0, producer.Report());
    }

    private static async Task MustEndWithAsync(string message, params IEnumerable<ChildProcess> clients)
    {
        foreach (var client in clients)
            await client.LineAsync($"^(got|data:) \"?{message}\"?$");
    }

    private static IEnumerable<string> Got(ChildProcess client, string pattern) =>
        client.StandardOutput.Split('\n').Select(line => Regex.Match(line.TrimEnd('\r'), pattern)).Where(match => match.Success).Select(match => match.Groups[1].Value);
}
