namespace Bascule.Settings.Tests;

/// <summary>What differs between two configurations, and when it holds in a gateway that runs.</summary>
public sealed class DiffTests
{
    private const string Base = """
        {
          "pools": { "kb": { "nodes": ["http://127.0.0.1:8001", "http://127.0.0.1:8002"] } },
          "routes": [
            { "name": "experience", "path": "/ws/experience", "auth": "none", "pool": "kb" },
            { "name": "rest", "path": "/*", "auth": "none", "pool": "kb" } ]
        }
        """;

    [Fact]
    public void What_says_the_same_does_not_differ_however_it_is_written()
    {
        using var folder = new SettingsFolder()
            .With("a.json", Base)
            .With("b/b.json", """
                {
                  "routes": [
                    { "name": "rest", "path": "/*", "auth": "none", "pool": "kb", "http": true, "query": {} },
                    { "pool": "kb", "name": "experience", "path": "/ws/experience", "auth": "none", "limits": {} } ],
                  "pools": { "kb": { "nodes": [{ "url": "http://127.0.0.1:8002", "weight": 1 }, "http://127.0.0.1:8001"], "queue": { "wait": "10s" } } },
                  "stop": { "spread": "10000ms" }
                }
                """);

        Assert.Empty(SettingsDiff.Between(folder.LoadGood("a.json"), folder.LoadGood("b/b.json")));
    }

    [Theory]
    [InlineData("stop.pause", "5s", "stop.pause", "2s", "5s", Applies.AtOnce)]
    [InlineData("life.idle", "1m", "life.idle", "off", "1m", Applies.NewConnections)]
    [InlineData("listen.admin", "off", "listen.admin", "http://127.0.0.1:8667", "off", Applies.Restart)]
    [InlineData("listen.origins", "[\"self\", \"null\"]", "listen.origins", "[\"self\"]", "[\"self\", \"null\"]", Applies.NewConnections)]
    [InlineData("listen.public.0.http2", "false", "listen.public[http://0.0.0.0:8666].http2", "true", "false", Applies.Restart)]
    [InlineData("pools.kb.nodes.1.weight", "3", "pools.kb.nodes[http://127.0.0.1:8002].weight", "1", "3", Applies.NewConnections)]
    [InlineData("pools.kb.queue.priorities.gold", "3", "pools.kb.queue.priorities.gold", null, "3", Applies.AtOnce)]
    [InlineData("pools.new", "{ \"nodes\": [\"http://h:1\"], \"slotsPerNode\": 7 }", "pools.new", null, "{ \"nodes\": [\"http://h:1\"], \"slotsPerNode\": 7 }", Applies.NewConnections)]
    [InlineData("routes.0.origins", "[]", "routes[experience].origins", "not set", "[]", Applies.NewConnections)]
    [InlineData("routes.1.onChange", "drain", "routes[rest].onChange", "not set", "drain", Applies.AtOnce)]
    [InlineData("limits.upgradeRate", "20/s", "limits.upgradeRate", "not set", "\"20/s\"", Applies.NewConnections)]
    [InlineData("auth.jwt", "{ \"jwksUrl\": \"https://id.example.org/\" }", "auth.jwt", "not set", "{ \"jwksUrl\": \"https://id.example.org/\" }", Applies.NewConnections)]
    [InlineData("storage", "sqlite:kept.db", "storage", "memory", "sqlite:kept.db", Applies.Restart)]
    [InlineData("journal.lookupsPerMinute", "5", "journal.lookupsPerMinute", "60", "5", Applies.AtOnce)]
    [InlineData("journal.entries", "500", "journal.entries", "20000", "500", Applies.Restart)]
    public void One_difference_is_told_with_both_texts_and_when_it_holds(string set, string value, string path, string? before, string? after, Applies applies)
    {
        using var folder = new SettingsFolder().With("bascule.json", Base);
        var old = folder.LoadGood();
        var now = folder.WithSet(set, value).LoadGood();

        Assert.Equal(new SettingChange(path, before, after, applies), Assert.Single(SettingsDiff.Between(old, now)));
        Assert.Equal(new SettingChange(path, after, before, applies), Assert.Single(SettingsDiff.Between(now, old)));
    }

    [Fact]
    public void An_item_that_came_or_went_is_told_once_and_moves_no_other()
    {
        using var folder = new SettingsFolder().With("bascule.json", Base);
        var old = folder.LoadGood().Settings;
        folder.With("bascule.d/x.json", """
            { "routes": [
                { "name": "lobby", "path": "/lobby", "auth": "none", "pool": "kb" },
                { "name": "rest", "path": "/*", "auth": "none", "pool": "kb" } ] }
            """);

        var changes = SettingsDiff.Between(old, folder.LoadGood().Settings);

        Assert.Equal(
            [
                ("routes[experience]", """{ "name": "experience", "path": "/ws/experience", "auth": "none", "pool": "kb" }""", null),
                ("routes[lobby]", null, """{ "name": "lobby", "path": "/lobby", "auth": "none", "pool": "kb" }"""),
            ],
            changes.Select(c => (c.Path, c.Before, c.After)));
    }

    [Fact]
    public void Items_with_the_same_key_go_by_their_position()
    {
        using var folder = new SettingsFolder().With("bascule.json", """{ "listen": { "public": ["http://127.0.0.1:0", "http://127.0.0.1:0"] } }""");
        var old = folder.LoadGood();

        var change = Assert.Single(SettingsDiff.Between(old, folder.WithSet("listen.public.1.http2", "false").LoadGood()));

        Assert.Equal("listen.public.1.http2", change.Path);
    }

    [Fact]
    public void A_secret_that_changed_is_told_without_either()
    {
        var secrets = ("hunter2-" + new string('a', 32), "hunter2-" + new string('b', 32));
        using var folder = new SettingsFolder();
        LoadedSettings Load(string secret) => folder.With("bascule.json", $$"""
            { "auth": { "jwt": { "keys": ["secret:{{secret}}"] } }, "storage": "redis://:{{secret}}@cache", "telemetry": { "otlpHeaders": ["a={{secret}}"] },
              "listen": { "adminToken": "x{{secret}}", "adminTokens": [{ "name": "ada", "token": "{{secret}}" }] } }
            """).LoadGood();

        var changes = SettingsDiff.Between(Load(secrets.Item1), Load(secrets.Item2));

        Assert.Equal(
            [
                ("listen.adminToken", "***", Applies.AtOnce), ("listen.adminTokens[ada].token", "***", Applies.AtOnce), ("auth.jwt.keys.0.value", "***", Applies.NewConnections),
                ("telemetry.otlpHeaders", "[\"***\"]", Applies.Restart), ("storage", "redis://***@cache", Applies.Restart),
            ],
            changes.Select(c => (c.Path, c.After, c.Applies)));
        Assert.DoesNotContain("hunter2", string.Join('\n', changes));
    }

    [Fact]
    public void A_key_that_was_exchanged_in_its_file_is_a_change_though_the_setting_is_as_before()
    {
        using var folder = new SettingsFolder().With("bascule.json", """{ "auth": { "jwt": { "keys": ["file:key"] } } }""").With("key", new string('a', 32));
        var old = folder.LoadGood();
        Assert.Empty(SettingsDiff.Between(old, folder.LoadGood()));

        var now = folder.With("key", new string('b', 32)).LoadGood();

        var key = Path.Combine(folder.Path, "key");
        Assert.Equal(new SettingChange("auth.jwt.keys.0.value", key, $"{key} with another content", Applies.NewConnections), Assert.Single(SettingsDiff.Between(old, now)));
    }
}
