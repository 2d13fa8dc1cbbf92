using System.Text.Json;
using System.Text.Json.Nodes;
using Bascule.Admission;

namespace Bascule.Gateway.Tests;

/// <summary>A configuration that changes while clients are connected.</summary>
public sealed class ReloadTests : GatewayTest
{
    private ConfigFolder? _config;

    private ConfigFolder Config => _config ??= new ConfigFolder([Backend.Url], ("open", "/ws"), ("game", "/game"));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_config is not null)
            await _config.DisposeAsync();
    }

    [Fact]
    public async Task A_faulty_configuration_changes_nothing_and_every_fault_is_listed()
    {
        await StartAsync(Config);
        Config.Change(root =>
        {
            root["routes"]![0]!["path"] = "/moved";
            root["routes"]![1]!["pool"] = "nowhere";
            root["heartbeet"] = new JsonObject();
        });

        var (answer, body) = await ReloadAsync();

        Assert.Equal(422, (int)answer.StatusCode);
        Assert.Equal((false, 1, true), (Property(body, "applied").GetBoolean(), Property(body, "generation").GetInt32(), Property(body, "faults").GetArrayLength() >= 2));
        Assert.Contains("nowhere", body, StringComparison.Ordinal);
        Assert.Contains("heartbeet", body, StringComparison.Ordinal);
        await Gateway.JoinAsync(Backend);
        Assert.Equal(404, (await Gateway.AnswerAsync(new Ask("/moved"))).Status);
        Assert.Equal(1, await Gateway.MetricAsync("bascule_config_reload_total", "kept_old"));
    }

    [Fact]
    public async Task A_reload_that_fails_in_an_unknown_way_is_told_and_the_next_one_works()
    {
        var breaks = true;
        var source = Config.Source;
        await using var gateway = await TestGateway.StartAsync(Config.Settings, source: source with { Load = () => breaks ? throw new InvalidOperationException("odd") : source.Load() });

        var failed = await gateway.Rooms.Reload.RunAsync("test");
        breaks = false;
        var worked = await gateway.Rooms.Reload.RunAsync("test");

        Assert.Contains("odd", Assert.Single(failed.Faults).ToString(), StringComparison.Ordinal);
        Assert.Equal((false, true), (failed.Applied, worked.Applied));
    }

    [Fact]
    public async Task Open_connections_keep_a_route_that_new_ones_do_not_find()
    {
        await StartAsync(Config);
        var (client, backend) = await Gateway.JoinAsync(Backend);
        Config.Change(root => root["routes"]![0]!["path"] = "/moved");

        await GoodReloadAsync();

        Assert.Equal(404, (await Gateway.AnswerAsync(new Ask("/ws"))).Status);
        await Gateway.JoinAsync(Backend, new Ask("/moved"));
        await client.SendTextAsync("still here", masked: true);
        Assert.Equal("still here", (await backend.ReadFrameAsync()).Text);
        Assert.Equal((1, 1), (await Gateway.MetricAsync("bascule_connections_by_generation", "\"current\""), await Gateway.MetricAsync("bascule_connections_by_generation", "\"old\"")));
        var generations = Property(await Gateway.AdminAsync("/api/config"), "byGeneration").EnumerateArray().Select(g => (g.GetProperty("generation").GetInt32(), g.GetProperty("connections").GetInt32()));
        Assert.Equal([(1, 1), (2, 1)], generations);
    }

    [Theory]
    [InlineData("keep", "close", true)]
    [InlineData("keep", "drain", true)]
    [InlineData("drain", null, true)]
    [InlineData("close", "keep", false)]
    public async Task The_policy_of_the_route_goes_before_that_of_all(string all, string? own, bool ends)
    {
        await StartAsync(Config);
        var (changed, _) = await Gateway.JoinAsync(Backend);
        var (untouched, backend) = await Gateway.JoinAsync(Backend, new Ask("/game"));
        Config.Change(root =>
        {
            root["reload"]!["connections"] = all;
            root["routes"]![0]!["path"] = "/moved";
            if (own is not null)
                root["routes"]![0]!["onChange"] = own;
        });

        await GoodReloadAsync();

        Assert.Equal(ends, Gateway.Rooms.Connections.All().Single(c => c.Route.Name == "open").Told);
        if (ends)
            Assert.Equal("route_removed", (await changed.ReadCloseAsync()).CloseReason.Split(';')[0]);
        await untouched.SendTextAsync("still here", masked: true);
        Assert.Equal("still here", (await backend.ReadFrameAsync()).Text);
    }

    [Fact]
    public async Task Changed_keys_decide_on_new_tokens_only()
    {
        const string NewSecret = "another secret of thirty-two bytes";
        Config.Change(root => root["routes"]![0]!["auth"] = "required");
        await StartAsync(Config);
        var old = new Ask("/ws").WithToken(Tokens.Good(Gateway.Clock));
        var (client, backend) = await Gateway.JoinAsync(Backend, old);
        Config.Change(root => root["auth"]!["jwt"]!["keys"] = new JsonArray("secret:" + NewSecret));

        await GoodReloadAsync();

        Assert.Equal(401, (await Gateway.AnswerAsync(old)).Status);
        await Gateway.JoinAsync(Backend, new Ask("/ws").WithToken(Tokens.With(Gateway.Clock, new TokenRequest { Subject = "alice" }, NewSecret)));
        await client.SendTextAsync("still here", masked: true);
        Assert.Equal("still here", (await backend.ReadFrameAsync()).Text);
    }

    [Fact]
    public async Task A_pool_keeps_its_counts_and_a_node_that_is_gone_its_connections()
    {
        using var other = new RawBackend();
        await StartAsync(Config);
        var (client, backend) = await Gateway.JoinAsync(Backend);

        Config.Change(root => root["pools"]!["pool"]!["slotsPerNode"] = 1);
        await GoodReloadAsync();
        Assert.Equal((1, 1), (Gateway.SlotsInUse, Gateway.Rooms.Pools.Find("pool")!.SlotLimit));
        Config.Change(root => root["pools"]!["pool"]!["nodes"] = new JsonArray(other.Url));
        await GoodReloadAsync();

        await Gateway.JoinAsync(other);
        await client.SendTextAsync("still here", masked: true);
        Assert.Equal("still here", (await backend.ReadFrameAsync()).Text);
    }

    [Fact]
    public async Task Tokens_of_operators_hold_at_once_and_no_longer()
    {
        const string Token = "token-of-another-operator";
        await StartAsync(Config);
        Assert.Equal(401, await AskAsync(Token));

        Config.Change(root => root["listen"]!["adminTokens"] = new JsonArray(new JsonObject { ["name"] = "reader", ["token"] = Token }));
        await GoodReloadAsync();
        Assert.Equal(200, await AskAsync(Token));
        Config.Change(root => root["listen"]!["adminTokens"] = new JsonArray());
        await GoodReloadAsync();

        Assert.Equal((401, 200), (await AskAsync(Token), await AskAsync(TestGateway.AdminToken)));
    }

    [Fact]
    public async Task Nothing_new_is_no_new_generation()
    {
        await StartAsync(Config);

        var body = await GoodReloadAsync();

        Assert.Equal((1, 0), (Property(body, "generation").GetInt32(), Property(body, "changes").GetArrayLength()));
    }

    [Fact]
    public async Task A_gateway_that_a_program_gave_its_settings_says_so()
    {
        await StartAsync();

        var (answer, body) = await ReloadAsync();

        Assert.Equal(422, (int)answer.StatusCode);
        Assert.Contains("bascule serve", body, StringComparison.Ordinal);
    }

    private async Task<int> AskAsync(string token) => (int)(await Gateway.GetAsync(Gateway.AdminUrl, "/api/pools", $"Authorization: Bearer {token}")).Answer.StatusCode;

    private Task<(HttpResponseMessage Answer, string Body)> ReloadAsync() =>
        Gateway.SendAsync(HttpMethod.Post, Gateway.AdminUrl, "/api/config:reload", $"Authorization: Bearer {TestGateway.AdminToken}");

    private async Task<string> GoodReloadAsync() => await Gateway.OrderAsync("/api/config:reload");

    private static JsonElement Property(string body, string name) => JsonDocument.Parse(body).RootElement.GetProperty(name);
}
