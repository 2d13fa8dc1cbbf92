using System.Text.Json;

namespace Bascule.Gateway.Tests;

/// <summary>What the gateway itself answers on the public listener.</summary>
public sealed class PublicEndpointTests : GatewayTest
{
    [Fact]
    public async Task Health_has_the_shape_that_cases_B_and_C_read()
    {
        await StartAsync(Settings.WithPool(p => p with { SlotsPerNode = 4 }));
        await Gateway.JoinAsync(Backend);

        var (answer, body) = await Gateway.GetAsync("/health");

        var health = JsonDocument.Parse(body).RootElement;
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(("healthy", "available"), (Text(health, "status"), Text(health, "websocket")));
        Assert.NotEmpty(Text(health.GetProperty("build"), "version")!);
        var checks = health.GetProperty("checks");
        Assert.Equal((1, 4), (Number(checks.GetProperty("capacity"), "current"), Number(checks.GetProperty("capacity"), "max")));
        Assert.InRange(Number(checks.GetProperty("cpu"), "percentage"), 0, 100);
        Assert.True(Number(checks.GetProperty("memory"), "usedMegabytes") > 0);
        var shard = health.GetProperty("shards")[0];
        Assert.Equal((0, 1, 4, 3, 25), (Number(shard, "id"), Number(shard, "connections"), Number(shard, "slots"), Number(shard, "available"), Number(shard, "utilization")));
    }

    [Fact]
    public async Task Health_is_degraded_while_a_pool_is_full()
    {
        await StartAsync(Settings.WithPool(p => p with { SlotsPerNode = 1 }));
        await Gateway.JoinAsync(Backend);

        var (answer, body) = await Gateway.GetAsync("/health");

        Assert.Equal((200, "degraded"), ((int)answer.StatusCode, Text(JsonDocument.Parse(body).RootElement, "status")));
    }

    [Fact]
    public async Task Diagnostics_list_what_can_be_connected_to_as_this_client_would_write_it()
    {
        await StartAsync();

        var answer = await Gateway.AnswerAsync(Ask.Plain("/api/diagnostics/websocket") with { Host = "play.test:8666" });

        var document = JsonDocument.Parse(answer.Body).RootElement;
        var endpoints = document.GetProperty("endpoints").EnumerateArray().ToDictionary(e => Text(e, "name")!, e => (Text(e, "url"), Text(e, "auth")));
        Assert.Equal(("ws://play.test:8666/ws", "none"), endpoints["open"]);
        Assert.Equal(("ws://play.test:8666/guarded", "required"), endpoints["guarded"]);
        Assert.Equal(("ws://play.test:8666/optional", "optional"), endpoints["optional"]);
        Assert.Equal(("ws://play.test:8666/ws-test", "none"), endpoints["ws-test"]);
        var seen = document.GetProperty("seen");
        Assert.Equal(("http", "play.test:8666", "127.0.0.1"), (Text(seen, "scheme"), Text(seen, "host"), Text(seen, "clientAddress")));
        Assert.False(seen.GetProperty("upgradeFieldArrived").GetBoolean());
    }

    [Fact]
    public async Task A_proxy_that_drops_Connection_but_not_Upgrade_shows_in_the_diagnostics()
    {
        await StartAsync();

        var answer = await Gateway.AnswerAsync(Ask.Plain("/api/diagnostics/websocket").With("Upgrade: h2c"));

        Assert.True(JsonDocument.Parse(answer.Body).RootElement.GetProperty("seen").GetProperty("upgradeFieldArrived").GetBoolean());
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/api/diagnostics/websocket")]
    public async Task An_exact_route_of_the_same_path_goes_first_and_a_prefix_does_not(string path)
    {
        await StartAsync(Settings.WithRoutes(Configured.Route("all", "/*")));
        Assert.Equal(200, (await Gateway.AnswerAsync(Ask.Plain(path))).Status);
        await Gateway.DisposeAsync();

        await StartAsync(Settings.WithRoutes(Configured.Route("mine", path)));
        var client = await Gateway.SendAsync(Ask.Plain(path));
        Gateway.Keep(await Backend.AnswerAsync("HTTP/1.1 204 No Content\r\n\r\n"));
        Assert.Equal(204, (await client.ReadHeadAsync()).Status);
    }

    [Fact]
    public async Task An_exact_route_for_one_host_leaves_the_others_to_the_gateway()
    {
        await StartAsync(Settings.WithRoutes(Configured.Route("mine", "/health") with { Hosts = ["mine.test"] }));

        Assert.Equal(200, (await Gateway.AnswerAsync(Ask.Plain("/health"))).Status);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/api/diagnostics/websocket")]
    public async Task Only_questions_are_answered(string path)
    {
        await StartAsync();

        var answer = await Gateway.AnswerAsync(Ask.Plain(path) with { Method = "DELETE" });

        Assert.Equal((405, "GET, HEAD"), (answer.Status, answer.Field("Allow")));
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();
}
