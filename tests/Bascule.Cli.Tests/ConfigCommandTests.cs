using System.Text.Json;
using Bascule.Settings;

namespace Bascule.Cli.Tests;

/// <summary>What <c>bascule config</c> says about a configuration.</summary>
public sealed class ConfigCommandTests
{
    private const string Good = """
        {
          "listen": { "public": ["http://127.0.0.1:81"] },
          "pools": { "kb": { "nodes": ["http://127.0.0.1:8001"] } },
          "routes": [ { "name": "experience", "path": "/ws/experience", "auth": "none", "pool": "kb" } ]
        }
        """;

    [Fact]
    public async Task A_good_configuration_is_called_good_with_its_routes_and_pools()
    {
        using var terminal = new Terminal().With("bascule.json", Good);

        var ran = await terminal.RunAsync("config", "check");

        Assert.Equal((ExitCodes.Good, ""), (ran.Code, ran.Error));
        Assert.StartsWith("good: 1 route, 1 pool; read: ", ran.Standard);
    }

    [Fact]
    public async Task All_faults_are_told_on_the_standard_error()
    {
        using var terminal = new Terminal().With("bascule.json", """{ "stop": { "pause": 5 }, "heartbeet": {} }""");

        var ran = await terminal.RunAsync("config", "check");

        Assert.Equal((ExitCodes.FoundFault, ""), (ran.Code, ran.Standard));
        Assert.Contains("stop.pause  (bascule.json:1)\n  seen:    5\n  problem: has no unit\n  remedy:  Add one: \"5s\"", ran.Error);
        Assert.Contains("heartbeet  (bascule.json:1)\n  problem: is unknown", ran.Error);
        Assert.EndsWith("2 faults in the configuration.\n", ran.Error);
    }

    [Fact]
    public async Task The_check_can_be_read_by_programs()
    {
        using var terminal = new Terminal().With("bascule.json", """{ "stop": { "pause": 5 } }""").With("good.json", Good);

        var (bad, good) = (await terminal.RunAsync("config", "check", "--json"), await terminal.RunAsync("config", "check", "--json", "--config", "good.json"));

        Assert.Equal((ExitCodes.FoundFault, ExitCodes.Good), (bad.Code, good.Code));
        using var badDocument = JsonDocument.Parse(bad.Standard);
        using var goodDocument = JsonDocument.Parse(good.Standard);
        Assert.False(badDocument.RootElement.GetProperty("good").GetBoolean());
        var fault = Assert.Single(badDocument.RootElement.GetProperty("faults").EnumerateArray());
        Assert.Equal(["path", "origin", "seen", "problem", "remedy"], fault.EnumerateObject().Select(p => p.Name));
        Assert.Equal((true, 1, 1), (goodDocument.RootElement.GetProperty("good").GetBoolean(), goodDocument.RootElement.GetProperty("routes").GetInt32(),
            goodDocument.RootElement.GetProperty("pools").GetInt32()));
    }

    [Fact]
    public async Task Set_and_the_environment_are_part_of_what_is_checked()
    {
        using var terminal = new Terminal { Environment = { ["PORT"] = "3005", ["KAFKA_BROKERS"] = "k:9092" } }.With("bascule.json", Good);

        var good = await terminal.RunAsync("config", "check");
        var bad = await terminal.RunAsync("config", "check", "--set", "stop.pause=1h", "--set", "data=x");

        Assert.Equal((ExitCodes.Good, ExitCodes.FoundFault), (good.Code, bad.Code));
        Assert.Contains("note: listen.public is [\"http://0.0.0.0:3005\"] from environment PORT, not [\"http://127.0.0.1:81\"] from bascule.json:2.", good.Standard);
        Assert.Contains("note: KAFKA_BROKERS is set", good.Standard);
        Assert.Contains("stop.pause  (--set)", bad.Error);
    }

    [Fact]
    public async Task Explain_says_where_each_value_came_from_and_what_it_replaced()
    {
        using var terminal = new Terminal { Environment = { ["WEBSOCKET_HEARTBEAT_INTERVAL"] = "20" } }.With("bascule.json", """{ "heartbeat": { "interval": "30s" } }""");

        var ran = await terminal.RunAsync("config", "explain", "heartbeat");

        Assert.Equal(ExitCodes.Good, ran.Code);
        Assert.Contains("heartbeat.interval = 20s  (environment WEBSOCKET_HEARTBEAT_INTERVAL; instead of 30s from bascule.json:1, 25s from default)\n", ran.Standard);
        Assert.Contains("heartbeat.timeout = 1m15s  (default)\n", ran.Standard);
        Assert.DoesNotContain("stop.pause", ran.Standard);
    }

    [Fact]
    public async Task Explain_on_a_terminal_is_a_table_without_colour_when_none_is_wanted()
    {
        using var terminal = new Terminal { IsTerminal = true };

        var ran = await terminal.RunAsync("config", "explain", "stop");

        Assert.Contains("instead of", ran.Standard);
        Assert.Contains("stop.pause", ran.Standard);
        Assert.DoesNotContain('\u001b', ran.Standard);
    }

    [Fact]
    public async Task Explain_can_be_read_by_programs_and_masks_secrets()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("config", "explain", "listen.admin", "--json", "--set", "listen.adminToken=hunter2");

        using var document = JsonDocument.Parse(ran.Standard);
        var token = Assert.Single(document.RootElement.GetProperty("values").EnumerateArray(), v => v.GetProperty("path").GetString() == "listen.adminToken");
        Assert.Equal(("***", "--set"), (token.GetProperty("text").GetString(), token.GetProperty("origin").GetString()));
        Assert.DoesNotContain("hunter2", ran.Standard);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("nothing", "--json")]
    public async Task Explaining_what_does_not_exist_finds_a_fault(params string[] args)
    {
        using var terminal = new Terminal();

        Assert.Equal(ExitCodes.FoundFault, (await terminal.RunAsync(["config", "explain", .. args])).Code);
    }

    [Fact]
    public async Task A_faulty_configuration_cannot_be_explained_and_says_why()
    {
        using var terminal = new Terminal().With("bascule.json", "{");

        var ran = await terminal.RunAsync("config", "explain");

        Assert.Equal((ExitCodes.FoundFault, ""), (ran.Code, ran.Standard));
        Assert.Contains("cannot be read as JSON", ran.Error);
    }

    [Fact]
    public async Task The_schema_is_printed_as_it_is()
    {
        using var terminal = new Terminal();

        Assert.Equal(SettingsSchema.Json(), (await terminal.RunAsync("config", "schema")).Standard);
    }

    [Fact]
    public async Task Diff_says_what_changes_and_when_it_holds()
    {
        using var terminal = new Terminal { Environment = { ["WEBSOCKET_TIMEOUT"] = "60" } }.With("a.json", Good).With("b.json", """
            {
              "listen": { "public": ["http://127.0.0.1:82"], "adminToken": "hunter2" },
              "pools": { "kb": { "nodes": ["http://127.0.0.1:8001"], "slotsPerNode": 7 }, "web": { "nodes": ["http://127.0.0.1:8080"] } },
              "life": { "maximumAge": "5m" },
              "stop": { "pause": "3s" }
            }
            """);

        var ran = await terminal.RunAsync("config", "diff", "a.json", "b.json");

        Assert.Equal((ExitCodes.FoundFault, ""), (ran.Code, ran.Error));
        Assert.Equal(
            """
            listen.public[http://127.0.0.1:81]: "http://127.0.0.1:81" -> (removed)  (at the next start)
            listen.public[http://127.0.0.1:82]: (none) -> "http://127.0.0.1:82"  (at the next start)
            listen.adminToken: not set -> ***  (at once)
            pools.kb.slotsPerNode: 6000 -> 7  (for new connections)
            pools.web: (none) -> { "nodes": ["http://127.0.0.1:8080"] }  (for new connections)
            routes[experience]: { "name": "experience", "path": "/ws/experience", "auth": "none", "pool": "kb" } -> (removed)  (for new connections)
            stop.pause: 2s -> 3s  (at once)
            7 settings differ; 2 only at the next start

            """,
            ran.Standard);
    }

    [Fact]
    public async Task Diff_on_a_terminal_is_a_table_and_says_when_a_reload_is_enough()
    {
        using var terminal = new Terminal { IsTerminal = true }.With("a.json", Good).With("b.json", Good.Replace("8001", "8002", StringComparison.Ordinal));

        var ran = await terminal.RunAsync("config", "diff", "a.json", "b.json");

        Assert.Matches("setting +before +after +holds", ran.Standard);
        Assert.EndsWith("2 settings differ; a reload is enough\n", ran.Standard);
    }

    [Theory]
    [InlineData]
    [InlineData("--json")]
    public async Task Two_configurations_that_say_the_same_do_not_differ(params string[] options)
    {
        using var terminal = new Terminal().With("a.json", Good).With("b.json", "// the same\n" + Good);

        var ran = await terminal.RunAsync(["config", "diff", "a.json", "b.json", .. options]);

        Assert.Equal((ExitCodes.Good, ""), (ran.Code, ran.Error));
        Assert.Contains(options.Length == 0 ? "no setting differs" : "\"same\": true", ran.Standard);
    }

    [Fact]
    public async Task Diff_can_be_read_by_programs()
    {
        using var terminal = new Terminal().With("a.json", Good).With("b.json", """{ "storage": "redis://:hunter2@cache:6379" }""");

        var ran = await terminal.RunAsync("config", "diff", "a.json", "b.json", "--json");

        using var document = JsonDocument.Parse(ran.Standard);
        var change = Assert.Single(document.RootElement.GetProperty("changes").EnumerateArray(), c => c.GetProperty("path").GetString() == "storage");
        Assert.Equal(("memory", "redis://***@cache:6379", "restart"),
            (change.GetProperty("before").GetString(), change.GetProperty("after").GetString(), change.GetProperty("applies").GetString()));
        Assert.Equal((ExitCodes.FoundFault, false), (ran.Code, document.RootElement.GetProperty("same").GetBoolean()));
        Assert.DoesNotContain("hunter2", ran.Standard);
    }

    [Fact]
    public async Task Diff_tells_the_faults_of_both_when_there_are_any()
    {
        using var terminal = new Terminal().With("a.json", "{").With("b.json", """{ "stop": { "pause": 5 } }""");

        var ran = await terminal.RunAsync("config", "diff", "a.json", "b.json");
        var json = await terminal.RunAsync("config", "diff", "a.json", "nowhere.json", "--json");

        Assert.Equal((ExitCodes.FoundFault, ExitCodes.FoundFault, ""), (ran.Code, json.Code, ran.Standard));
        Assert.Contains("a.json:1\n", ran.Error);
        Assert.Contains("stop.pause  (b.json:1)", ran.Error);
        Assert.Contains("does not exist", json.Standard);
    }

    [Fact]
    public async Task Diff_needs_two_configurations()
    {
        using var terminal = new Terminal().With("a.json", Good);

        Assert.Equal(ExitCodes.Usage, (await terminal.RunAsync("config", "diff", "a.json")).Code);
    }
}
