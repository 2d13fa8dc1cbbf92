using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Bascule.System.Tests;

/// <summary>Shards that are killed and connections that are cut, while messages come: every client ends with all of them.</summary>
public sealed class ShardDeathTests
{
    private const int Clients = 60;
    private const int MessagesPerTopic = 750;
    private const int MessagesBetween = 250;
    private const int CutBetween = 10;

    // Together more than a line to a shard holds of what comes while the shard does not read.
    private const int LargeBytes = 60_000;
    private const int LargeMessages = 600;
    private const int AtOnce = 20;

    private static readonly string[] Topics = ["numbers.a", "numbers.b"];

    [Fact]
    public async Task Clients_of_killed_shards_and_cut_clients_end_with_every_message_once()
    {
        await using var gateway = await ShardedGateway.StartAsync(shards: 3, slots: 100);
        var clients = Enumerable.Range(0, Clients).Select(_ => new FaithfulClient(gateway.WebSocketUrl + "/feed", Topics)).ToList();
        clients.ForEach(client => client.Start());
        await Task.WhenAll(clients.Select(client => client.Subscribed)).Soon(gateway.Process.Report);
        var chance = new Random(5);

        await PublishAsync(gateway, 1, MessagesBetween);
        Kill(await gateway.ShardsAsync(), "shard:1");
        Cut(clients, chance);
        await PublishAsync(gateway, MessagesBetween + 1, 2 * MessagesBetween);
        Kill(await gateway.ShardsAsync(), "shard:2");
        Cut(clients, chance);
        await PublishAsync(gateway, (2 * MessagesBetween) + 1, MessagesPerTopic);

        await Waiting.UntilAsync(
            () => Task.FromResult(string.Join('\n', clients.Where(client => !client.Has(MessagesPerTopic) || client.Faults.Count > 0))),
            incomplete => incomplete.Length == 0,
            gateway.Process.Report);
        Figures.Tell($"{clients.Sum(c => c.Connections)} connections of {Clients} clients, {clients.Sum(c => c.Resumes)} resumes, gaps: {string.Join(' ', clients.SelectMany(c => c.Gaps))}");
        // All of it was in memory: no client had to be told of a gap.
        Assert.Empty(clients.SelectMany(client => client.Gaps));
        await MustBeExplainedAsync(gateway);
        var shards = await gateway.AllShardsUpAsync();
        Assert.Equal([2, 2, 1], shards["shards"]!.AsArray().Select(shard => (int)shard!["starts"]!));
        await Task.WhenAll(clients.Select(client => client.StopAsync()));
        clients.ForEach(client => client.Dispose());
        await gateway.NoSlotStaysInUseAsync();
    }

    [Fact]
    public async Task A_shard_that_comes_back_gets_all_that_is_remembered_however_much_it_is()
    {
        await using var gateway = await ShardedGateway.StartAsync(shards: 1, slots: 10);
        var large = new string('x', LargeBytes);
        for (var published = 0; published < LargeMessages; published += AtOnce)
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => gateway.PublishAsync("large", large)));

        Kill(await gateway.ShardsAsync(), "shard:1");

        await gateway.ShardsAsync(answer => (int?)answer["shards"]![0]!["figures"]?["messagesIn"] == LargeMessages && (int)answer["shards"]![0]!["starts"]! == 2);
        Assert.DoesNotContain("does not keep up", gateway.Process.Output, StringComparison.Ordinal);
    }

    private static async Task PublishAsync(GatewayProcess gateway, int from, int to)
    {
        for (var number = from; number <= to; number++)
            await Task.WhenAll(Topics.Select(topic => gateway.PublishAsync(topic, number.ToString(CultureInfo.InvariantCulture))));
    }

    private static void Kill(JsonNode shards, string name)
    {
        using var process = Process.GetProcessById(ShardedGateway.ProcessOf(shards, name));
        process.Kill();
    }

    private static void Cut(List<FaithfulClient> clients, Random chance)
    {
        for (var i = 0; i < CutBetween; i++)
            clients[chance.Next(clients.Count)].Cut();
    }

    /// <summary>Those that died with their shard, and only those, ended with backend_lost; the journal says on which shard and why.</summary>
    private static async Task MustBeExplainedAsync(GatewayProcess gateway)
    {
        var ended = (await gateway.AdminAsync("/api/attempts?limit=1000"))["attempts"]!.AsArray();
        var lost = ended.Where(attempt => (string?)attempt!["reason"] == "backend_lost").ToList();
        Assert.All(lost, attempt => Assert.Contains("the line to shard:", (string)attempt!["detail"]!, StringComparison.Ordinal));
        Assert.Equal(["shard:1", "shard:2"], lost.Select(attempt => (string)attempt!["node"]!).Distinct().Order(StringComparer.Ordinal));
    }
}
