using System.Text.Json.Nodes;

namespace Bascule.System.Tests;

/// <summary>A gateway whose topics are served by shards, and what these tests ask of it.</summary>
internal static class ShardedGateway
{
    /// <summary>A route for everything, with no token.</summary>
    internal const string OpenRoute = """
        "routes": [{ "name": "feed", "path": "/feed", "auth": "none", "refusal": "http", "topics": ["*"], "publish": ["*"] }]
        """;

    private static readonly HttpClient Http = MakeHttp();

    /// <summary>One whose shards all take clients.</summary>
    /// <param name="hub">More members of <c>hub</c>, each with a comma before it.</param>
    /// <param name="rest">Routes and what else the configuration has.</param>
    internal static async Task<GatewayProcess> StartAsync(int shards, int slots, string hub = "", string rest = OpenRoute, string? listeners = null)
    {
        var settings = $$"""
            "hub": { "shards": {{shards}}, "slotsPerShard": {{slots}}{{hub}} },
            {{rest}}
            """;
        var gateway = await GatewayProcess.StartAsync(settings, listeners, environment: ["WS_MODE=multi"]);
        try
        {
            await gateway.AllShardsUpAsync();
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>The answer of <c>/api/shards</c>, once it fits.</summary>
    internal static Task<JsonNode> ShardsAsync(this GatewayProcess gateway, Func<JsonNode, bool>? fits = null) =>
        Waiting.UntilAsync(() => gateway.AdminAsync("/api/shards"), fits ?? (_ => true), gateway.Process.Report);

    internal static Task<JsonNode> AllShardsUpAsync(this GatewayProcess gateway) =>
        gateway.ShardsAsync(answer => answer["shards"]!.AsArray().All(shard => (string?)shard!["state"] == "up"));

    /// <summary>Waits until the shards have so many subscriptions: for clients that are not told that they are subscribed.</summary>
    internal static Task SubscribedAsync(this GatewayProcess gateway, int subscriptions) =>
        gateway.ShardsAsync(answer => answer["shards"]!.AsArray().Sum(shard => (int?)shard!["figures"]?["subscriptions"] ?? 0) == subscriptions);

    internal static int ProcessOf(JsonNode shards, string name) =>
        (int)shards["shards"]!.AsArray().Single(shard => (string?)shard!["name"] == name)!["process"]!;

    /// <summary>Publishes over HTTP; the answer's cursor.</summary>
    internal static async Task<string> PublishAsync(this GatewayProcess gateway, string topic, string message)
    {
        using var body = new StringContent(message);
        using var answer = await Http.PostAsync(new Uri($"{gateway.PublicUrls[0]}/api/topics/{topic}"), body).Soon(gateway.Process.Report);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{topic}: {(int)answer.StatusCode} {text}");
        return (string)JsonNode.Parse(text)!["cursor"]!;
    }

    // No connection stays open between two questions, so that the gateway's sockets can be counted.
    private static HttpClient MakeHttp()
    {
        var http = new HttpClient();
        http.DefaultRequestHeaders.ConnectionClose = true;
        return http;
    }
}
