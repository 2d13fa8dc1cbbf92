namespace Bascule.Settings.Tests;

/// <summary>Case C8: for every value, where it came from and what it took the place of.</summary>
public sealed class ProvenanceTests
{
    private const string Sample = """
        {
          // the lab
          "stop": {
            "pause": "3s",

            "spread":
              "4s"
          },
          "pools": { "kb": { "nodes": [
            "http://127.0.0.1:8001",
            { "url": "http://127.0.0.1:8002",
              "slots": 5 } ] } },
          /* two
             lines */ "data": "kept"
        }
        """;

    [Theory]
    [InlineData("stop.pause", "3s", "bascule.json:4")]
    [InlineData("stop.spread", "4s", "bascule.json:6")]
    [InlineData("pools.kb.nodes.0.url", "http://127.0.0.1:8001", "bascule.json:10")]
    [InlineData("pools.kb.nodes.1.url", "http://127.0.0.1:8002", "bascule.json:11")]
    [InlineData("pools.kb.nodes.1.slots", "5", "bascule.json:12")]
    [InlineData("data", "kept", "bascule.json:14")]
    [InlineData("pools.kb.slotsPerNode", "6000", "default")]
    [InlineData("stop.deadline", "25s", "default")]
    [InlineData("life.idle", "off", "default")]
    [InlineData("auth.jwt", "not set", "default")]
    [InlineData("routes", "[]", "default")]
    public void Each_value_knows_its_line(string path, string text, string origin)
    {
        using var folder = new SettingsFolder().With("bascule.json", Sample);

        var value = folder.LoadGood().Value(path);

        Assert.Equal((text, origin), (value.Text, value.Origin));
    }

    [Fact]
    public void Lines_are_counted_the_same_with_Windows_line_ends_and_wide_letters()
    {
        using var folder = new SettingsFolder().With("bascule.json", "{\r\n  // größer\r\n  \"data\": \"ö\",\r\n  \"stop\": { \"pause\": \"3s\" }\r\n}");

        Assert.Equal("bascule.json:4", folder.LoadGood().Value("stop.pause").Origin);
    }

    [Fact]
    public void Every_setting_has_an_effective_value()
    {
        using var folder = new SettingsFolder();

        var values = folder.LoadGood().Values;

        Assert.Equal(values.Count, values.Select(v => v.Path).Distinct().Count());
        Assert.All(values, v => Assert.Equal("default", v.Origin));
        Assert.Contains(values, v => v.Path == "journal.lookupsPerMinute" && v.Text == "60");
        Assert.Contains(values, v => v.Path == "listen.public.0.url" && v.Text == "http://0.0.0.0:8666");
    }

    [Fact]
    public void A_value_of_a_file_that_the_environment_changed_is_noticed()
    {
        using var folder = new SettingsFolder().With("bascule.json", Sample).WithEnvironment("BASCULE__STOP__PAUSE", "9s").WithEnvironment("BASCULE__STOP__SPREAD", "4s");

        Assert.Equal("stop.pause is 9s from environment BASCULE__STOP__PAUSE, not 3s from bascule.json:4.", Assert.Single(folder.LoadGood().Notices));
    }

    [Fact]
    public void Secrets_are_masked_wherever_a_value_is_shown()
    {
        var secret = $"secret:hunter2{new string('x', 32)}";
        using var folder = new SettingsFolder()
            .With("bascule.json", $$"""{ "listen": { "adminToken": "hunter2-a" }, "auth": { "jwt": { "keys": ["{{secret}}"] } } }""")
            .With("bascule.d/x.json", $$"""{ "auth": { "jwt": { "keys": [{ "value": "{{secret}}2", "id": "k" }], "jwksUrl": "https://me:hunter2@id.example.org/" } } }""")
            .WithEnvironment("BASCULE__LISTEN__ADMINTOKEN", "hunter2-b");

        var loaded = folder.LoadGood();

        Assert.Equal(secret + "2", loaded.Settings.Auth.Jwt!.Keys[0].Value);
        Assert.Equal("***", loaded.Value("auth.jwt.keys.0.value").Text);
        Assert.Equal("listen.adminToken is *** from environment BASCULE__LISTEN__ADMINTOKEN, not *** from bascule.json:1.", Assert.Single(loaded.Notices));
        var shown = string.Join('\n', loaded.Values.SelectMany(v => v.Overrode.Select(o => o.Text).Append(v.Text)));
        Assert.DoesNotContain("hunter2", shown);
    }

    [Theory]
    [InlineData("memory", "memory")]
    [InlineData("sqlite:data/bascule.db", "sqlite:data/bascule.db")]
    [InlineData("redis://cache:6379", "redis://cache:6379")]
    [InlineData("redis://user:hunter2@cache:6379/0", "redis://***@cache:6379/0")]
    [InlineData("postgres://user:hunter2@[::1]/app", "postgres://***@[::1]/app")]
    public void The_storage_is_shown_without_user_and_password(string storage, string shown)
    {
        using var folder = new SettingsFolder().WithSet("storage", storage);

        Assert.Equal(shown, folder.LoadGood().Value("storage").Text);
    }

    [Theory]
    [InlineData("redis://hunter2:6379:1")]
    [InlineData("redis://user:hunter2")]
    [InlineData("redis://:hunter2/x@cache")]
    [InlineData("redis://:hunt@er2@cache")]
    [InlineData("redis://cache?password=hunter2")]
    [InlineData("sqlite:kept.db?password=hunter2")]
    [InlineData("hunter2")]
    public void A_storage_that_is_written_wrongly_is_not_shown_at_all(string storage)
    {
        using var folder = new SettingsFolder().With("bascule.json", $$"""{ "storage": "{{storage}}" }""").WithSet("storage", "memory");

        Assert.Equal("***", Assert.Single(folder.LoadGood().Value("storage").Overrode, o => o.Origin == "bascule.json:1").Text);
    }

    [Fact]
    public void Tokens_of_operators_and_headers_of_the_collector_are_masked_and_files_shown()
    {
        var token = $"hunter2-{new string('x', 16)}";
        using var folder = new SettingsFolder().With("bascule.json", $$"""
            { "listen": { "adminTokens": [{ "name": "ada", "token": "{{token}}" }, { "name": "bob", "token": "file:bob" }] },
              "telemetry": { "otlpHeaders": ["Authorization=Bearer hunter2"] } }
            """).With("bob", token + "2").WithEnvironment("BASCULE__TELEMETRY__OTLPHEADERS", "[\"x=hunter2\"]");

        var loaded = folder.LoadGood();

        Assert.Equal(("ada", "***"), (loaded.Value("listen.adminTokens.0.name").Text, loaded.Value("listen.adminTokens.0.token").Text));
        Assert.Equal("file:bob", loaded.Value("listen.adminTokens.1.token").Text);
        Assert.Equal("[\"***\"]", loaded.Value("telemetry.otlpHeaders").Text);
        var shown = string.Join('\n', loaded.Values.SelectMany(v => v.Overrode.Select(o => o.Text).Append(v.Text)).Concat(loaded.Notices));
        Assert.DoesNotContain("hunter2", shown);
    }
}
