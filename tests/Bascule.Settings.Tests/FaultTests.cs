namespace Bascule.Settings.Tests;

/// <summary>What is told about values that cannot be.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData("""{ "heartbeat": { "interval": 25 } }""", "heartbeat.interval", "25", "has no unit", "Add one: \"25s\"")]
    [InlineData("""{ "heartbeat": { "interval": "25" } }""", "heartbeat.interval", "\"25\"", "is not a duration", "Write whole numbers with the units")]
    [InlineData("""{ "heartbeat": { "interval": "soon" } }""", "heartbeat.interval", "\"soon\"", "is not a duration", "Write whole numbers with the units")]
    [InlineData("""{ "heartbeat": { "timeout": "off" } }""", "heartbeat.timeout", "\"off\"", "is not a duration", "Write whole numbers with the units")]
    [InlineData("""{ "heartbeat": { "interval": "500ms" } }""", "heartbeat.interval", "\"500ms\"", "is not from 1s to 5m", "Write a duration in that range, or off.")]
    [InlineData("""{ "heartbeat": [] }""", "heartbeat", "[]", "is not an object", "Write an object")]
    [InlineData("""{ "heartbeat": null }""", "heartbeat", "null", "cannot be null", "Write a value, or leave the setting out")]
    [InlineData("""{ "data": 5 }""", "data", "5", "is not text", "Put it in double quotes.")]
    [InlineData("""{ "data": ["a"] }""", "data", "[\"a\"]", "is not a single value", "Write one value")]
    [InlineData("""{ "journal": { "entries": 5 } }""", "journal.entries", "5", "is not from 100 to 1000000", "Write a number in that range.")]
    [InlineData("""{ "journal": { "entries": 1000.5 } }""", "journal.entries", "1000.5", "is not a whole number", "Write a whole number from 100 to 1000000")]
    [InlineData("""{ "journal": { "entries": "1000" } }""", "journal.entries", "\"1000\"", "is not a whole number", "Write a whole number from 100 to 1000000")]
    [InlineData("""{ "journal": { "entries": 99999999999999999999 } }""", "journal.entries", "99999999999999999999", "is not a whole number", "Write a whole number")]
    [InlineData("""{ "routes": {} }""", "routes", "{}", "is not a list", "Write a list")]
    [InlineData("""{ "pools": { "kb": { "balance": "leastConections" } } }""", "pools.kb.balance", "\"leastConections\"",
        "is none of leastConnections, roundRobin, consistentHash", "Did you mean leastConnections?")]
    [InlineData("""{ "pools": { "kb": { "balance": "random" } } }""", "pools.kb.balance", "\"random\"",
        "is none of leastConnections, roundRobin, consistentHash", "Write one of leastConnections, roundRobin, consistentHash.")]
    [InlineData("""{ "pools": { "kb": { "nodes": [5] } } }""", "pools.kb.nodes.0", "5", "is not an object", "Write an object: { … }, or the url alone as text.")]
    [InlineData("""{ "pools": { "kb": { "nodes": [{ "slots": 5 }] } } }""", "pools.kb.nodes.0.url", "", "is missing", "Add url.")]
    [InlineData("""{ "listen": { "public": [{ "url": "http://127.0.0.1:1", "http2": "yes" }] } }""", "listen.public.0.http2", "\"yes\"", "is neither true nor false", "Write true or false")]
    [InlineData("""{ "heartbeet": {} }""", "heartbeet", "", "is unknown: no setting is called heartbeet here", "Did you mean heartbeat?")]
    [InlineData("""{ "Heartbeat": {} }""", "Heartbeat", "", "is unknown: no setting is called Heartbeat here", "Did you mean heartbeat?")]
    [InlineData("""{ "stop": { "colour": "red" } }""", "stop.colour", "", "is unknown: no setting is called colour here", "Known here: pause, spread, deadline.")]
    [InlineData("""{ "stop": { "pause": "1s", "pause": "2s" } }""", "stop.pause", "", "is written twice in one object, first at bascule.d/test.json:1", "Keep one of the two.")]
    public void A_wrong_value_is_told_with_what_stands_there_why_and_what_to_do(string dropIn, string path, string seen, string problem, string remedy)
    {
        var fault = SettingsFolder.FaultOf(dropIn);

        Assert.Equal((path, "bascule.d/test.json:1", seen, problem), (fault.Path, fault.Origin, fault.Seen, fault.Problem));
        Assert.StartsWith(remedy, fault.Remedy);
    }

    [Fact]
    public void A_route_must_say_who_may_come_in()
    {
        var fault = SettingsFolder.FaultOf("""{ "routes": [{ "name": "a", "path": "/a", "pool": "kb" }] }""");

        Assert.Equal(("routes.0.auth", "is missing"), (fault.Path, fault.Problem));
        Assert.All(["`required`", "`optional`", "`none`", "no route is open by accident"], text => Assert.Contains(text, fault.Remedy));
    }

    [Theory]
    [InlineData("{ \"data\": \"a\"\n  \"stop\": {} }", "bascule.json:2", "cannot be read as JSON from line 2, column 3 on")]
    [InlineData("", "bascule.json:1", "cannot be read as JSON from line 1, column 1 on")]
    [InlineData("[]", "bascule.json:1", "holds no JSON object")]
    [InlineData("{} {}", "bascule.json:1", "cannot be read as JSON from line 1, column 4 on")]
    public void A_file_that_is_no_JSON_is_told_with_its_place(string text, string origin, string problem)
    {
        using var folder = new SettingsFolder().With("bascule.json", text).With("bascule.d/x.json", """{ "pools": { "kb": { "slotsPerNode": 5 } } }""");

        var fault = folder.LoadFault();

        Assert.Equal((origin, problem), (fault.Origin, fault.Problem));
    }

    [Fact]
    public void A_dreadful_file_has_all_its_faults_told_at_once_and_no_secret()
    {
        using var folder = new SettingsFolder().With("bascule.json", """
            {
              "listen": { "public": ["ftp://0.0.0.0:1"], "adminToken": ["hunter2"], "adminTokn": "hunter2" },
              "auth": { "jwt": { "keys": "secret:hunter2", "clockSkew": 30 } },
              "pools": {
                "kb": { "nodes": ["http://10.0.0.1:8001/path"], "slotsPerNode": 0, "balance": "any" },
                "k b": { "nodes": [] }
              },
              "routes": [
                { "name": "a", "path": "ws", "pool": "kv", "auth": "none" },
                { "name": "a", "path": "/_bascule/x", "pool": "kb", "auth": "mandatory" },
                "nonsense"
              ],
              "heartbeat": { "interval": "30s", "timeout": "20s" },
              "stop": { "deadline": "5s" },
              "journal": { "entries": 1, "entries": 2 },
              "unknown": { "password": "hunter2" }
            }
            """).WithEnvironment("BASCULE__NONSENSE", "hunter2").WithSet("stop.pauze", "hunter2");

        var result = folder.Load();

        Assert.False(result.IsGood);
        var told = result.Faults.Select(f => $"{f.Path} {f.Origin}").Order(StringComparer.Ordinal);
        Assert.Equal(
            new[]
            {
                "NONSENSE environment BASCULE__NONSENSE",
                "auth.jwt.clockSkew bascule.json:3",
                "auth.jwt.keys bascule.json:3",
                "heartbeat.timeout bascule.json:13",
                "journal.entries bascule.json:15",
                "journal.entries bascule.json:15",
                "listen.adminToken bascule.json:2",
                "listen.adminTokn bascule.json:2",
                "listen.public.0.url bascule.json:2",
                "pools.k b bascule.json:6",
                "pools.k b.nodes bascule.json:6",
                "pools.kb.balance bascule.json:5",
                "pools.kb.nodes.0.url bascule.json:5",
                "pools.kb.slotsPerNode bascule.json:5",
                "routes.0.path bascule.json:9",
                "routes.0.pool bascule.json:9",
                "routes.1.auth bascule.json:10",
                "routes.1.name bascule.json:10",
                "routes.1.path bascule.json:10",
                "routes.2 bascule.json:11",
                "stop.deadline bascule.json:14",
                "stop.pauze --set",
                "unknown bascule.json:16",
            }.Order(StringComparer.Ordinal),
            told);
        Assert.DoesNotContain("hunter2", string.Join('\n', result.Faults));
        Assert.All(result.Faults, f => Assert.NotEmpty(f.Remedy));
    }

    [Theory]
    [InlineData("""{ "listen": { "adminToken": hunter2 } }""")]
    [InlineData("""{ "auth": { "jwt": { "keys": ["hunter2"] } } }""")]
    [InlineData("""{ "auth": { "jwt": { "keys": ["hunter2:abc", 5] } } }""")]
    [InlineData("""{ "auth": { "jwt": ["secret:hunter2"] } }""")]
    [InlineData("""{ "auth": { "jwt": { "keys": { "value": "hunter2" } } } }""")]
    [InlineData("""{ "auth": { "jwt": { "keys": [{ "value": ["hunter2"] }] } } }""")]
    [InlineData("""{ "pools": { "kb": { "nodes": ["http://me:hunter2@127.0.0.1"] } } }""")]
    [InlineData("""{ "listen": { "adminToken": { "file": "hunter2" } } }""")]
    [InlineData("""{ "listen": { "adminTokens": ["hunter2"] } }""")]
    [InlineData("""{ "listen": { "adminTokens": [{ "name": "a", "token": "hunter2" }] } }""")]
    [InlineData("""{ "listen": { "adminTokens": { "a": "hunter2" } } }""")]
    [InlineData("""{ "listen": { "origins": ["https://me:hunter2@app.example.org"] } }""")]
    [InlineData("""{ "listen": { "hosts": ["https://me:hunter2@app.example.org"] } }""")]
    [InlineData("""{ "listen": { "trustedProxies": ["http://me:hunter2@10.0.0.1"] } }""")]
    [InlineData("""{ "storage": { "url": "redis://:hunter2@cache" } }""")]
    [InlineData("""{ "storage": "redis:/:hunter2@cache" }""")]
    [InlineData("""{ "telemetry": { "otlpHeaders": "hunter2" } }""")]
    [InlineData("""{ "telemetry": { "otlpHeaders": ["hunter2"] } }""")]
    [InlineData("""{ "telemetry": { "otlpHeaders": { "a": "hunter2" } } }""")]
    [InlineData("""{ "telemetry": { "otlp": "ftp://me:hunter2@collector" } }""")]
    public void No_fault_shows_a_secret_wherever_it_was_put(string dropIn)
    {
        using var folder = new SettingsFolder().With("bascule.json", SettingsFolder.Small).With("bascule.d/x.json", dropIn);

        var faults = folder.Load().Faults;

        Assert.NotEmpty(faults);
        Assert.DoesNotContain("hunter2", string.Join('\n', faults));
    }

    [Fact]
    public void A_fault_reads_as_one_line()
    {
        var fault = new SettingFault("a.b", "bascule.json:3", "\"x\"", "is not a duration", "Write 10s.");

        Assert.Equal("a.b (bascule.json:3) is \"x\": is not a duration. Write 10s.", fault.ToString());
    }
}
