namespace Bascule.Settings.Tests;

/// <summary>What the environment and <c>--set</c> can say, and how.</summary>
public sealed class EnvironmentTests
{
    [Fact]
    public void PORT_moves_the_public_listener()
    {
        using var folder = new SettingsFolder().With("bascule.json", """{ "listen": { "public": ["http://127.0.0.1:1", "http://127.0.0.1:2"] } }""").WithEnvironment("PORT", "3005");

        var loaded = folder.LoadGood();

        Assert.Equal("http://0.0.0.0:3005", Assert.Single(loaded.Settings.Listen.Public).Url);
        Assert.Equal("environment PORT", loaded.Value("listen.public.0.url").Origin);
        Assert.Equal("listen.public is [\"http://0.0.0.0:3005\"] from environment PORT, not [\"http://127.0.0.1:1\", \"http://127.0.0.1:2\"] from bascule.json:1.",
            Assert.Single(loaded.Notices));
    }

    [Theory]
    [InlineData("eighty")]
    [InlineData("70000")]
    [InlineData("tcp://10.0.0.1:80")]
    public void PORT_must_be_a_port(string value)
    {
        using var folder = new SettingsFolder().WithEnvironment("PORT", value);

        var fault = folder.LoadFault();

        Assert.Equal(("listen.public", "environment PORT", "is not a port"), (fault.Path, fault.Origin, fault.Problem));
    }

    [Theory]
    [InlineData("WEBSOCKET_HEARTBEAT_INTERVAL", "heartbeat.interval")]
    [InlineData("WEBSOCKET_HEARTBEAT_TIMEOUT", "heartbeat.timeout")]
    [InlineData("WEBSOCKET_CLEANUP_INTERVAL", "heartbeat.cleanupInterval")]
    [InlineData("WEBSOCKET_STALE_TIMEOUT", "heartbeat.stale")]
    [InlineData("WEBSOCKET_CONNECTION_TIMEOUT", "deadlines.handshake")]
    [InlineData("WEBSOCKET_TIMEOUT", "life.maximumAge")]
    public void The_names_of_the_cases_write_their_settings_in_seconds(string name, string path)
    {
        using var folder = new SettingsFolder().WithSet("heartbeat.interval", "1s").WithSet("heartbeat.timeout", "90s").WithEnvironment(name, "40");
        folder.Overrides.RemoveAll(o => o.Key == path);

        var value = folder.LoadGood().Value(path);

        Assert.Equal(("40s", $"environment {name}"), (value.Text, value.Origin));
    }

    [Theory]
    [InlineData("1m30s", 90)]
    [InlineData(" 45s ", 45)]
    [InlineData("0", 0)]
    public void They_take_units_too_and_zero_switches_off(string text, int seconds)
    {
        using var folder = new SettingsFolder().WithEnvironment("WEBSOCKET_TIMEOUT", text);

        Assert.Equal(TimeSpan.FromSeconds(seconds), folder.LoadGood().Settings.Life.MaximumAge);
    }

    [Fact]
    public void A_number_that_was_meant_as_milliseconds_is_told_apart()
    {
        using var folder = new SettingsFolder().WithEnvironment("WEBSOCKET_HEARTBEAT_INTERVAL", "25000");

        var fault = folder.LoadFault();

        Assert.Equal("is not from 1s to 5m", fault.Problem);
        Assert.Contains("A plain number in WEBSOCKET_HEARTBEAT_INTERVAL is seconds.", fault.Remedy);
    }

    [Fact]
    public void An_empty_name_of_the_cases_counts_as_not_set()
    {
        using var folder = new SettingsFolder().WithEnvironment("PORT", "").WithEnvironment("WEBSOCKET_TIMEOUT", " ").WithEnvironment("REDIS_URL", "");

        Assert.Empty(folder.LoadGood().Notices);
    }

    [Fact]
    public void The_names_of_sessions_are_no_fault_where_there_are_none()
    {
        using var folder = new SettingsFolder()
            .WithEnvironment("WEBSOCKET_ENABLED", "true")
            .WithEnvironment("WEBSOCKET_PROXY_URL", "ws://user:hunter2@proxy");

        var loaded = folder.LoadGood();

        var notice = Assert.Single(loaded.Notices);
        Assert.StartsWith("WEBSOCKET_ENABLED, WEBSOCKET_PROXY_URL set in the environment: but the configuration has no sessions", notice);
        Assert.DoesNotContain("hunter2", notice);
        Assert.Null(loaded.Settings.Sessions);
    }

    [Fact]
    public void The_names_of_case_A_write_settings_of_sessions()
    {
        using var folder = new SettingsFolder()
            .With("bascule.json", """{ "sessions": { "auth": "none", "profiles": { "shell": { "command": ["bash"] } } } }""")
            .WithEnvironment("WEBSOCKET_ENABLED", "false")
            .WithEnvironment("WEBSOCKET_PROXY_URL", "ws://websocket-proxy.gamgui.svc.cluster.local")
            .WithEnvironment("WEBSOCKET_SESSION_CONNECTION_TEMPLATE", "ws://websocket-proxy.gamgui.svc.cluster.local/ws/session/{{SESSION_ID}}/")
            .WithEnvironment("WEBSOCKET_SESSION_PATH_TEMPLATE", "/sessions/{{SESSION_ID}}");

        var sessions = folder.LoadGood().Settings.Sessions!;

        Assert.False(sessions.Enabled);
        Assert.Equal("ws://websocket-proxy.gamgui.svc.cluster.local", sessions.ProxyUrl);
        Assert.Equal("ws://websocket-proxy.gamgui.svc.cluster.local/ws/session/{{SESSION_ID}}/", sessions.InternalUrl);
        Assert.Equal("/sessions/{{SESSION_ID}}", sessions.Path);
    }

    [Theory]
    [InlineData("redis://cache:6379")]
    [InlineData("redis://user:hunter2@cache:6379/0")]
    [InlineData("redis://:hunter2@cache/2")]
    public void REDIS_URL_is_the_storage(string url)
    {
        using var folder = new SettingsFolder().With("bascule.json", """{ "storage": "sqlite:kept.db" }""").WithEnvironment("REDIS_URL", url);

        var loaded = folder.LoadGood();

        Assert.Equal(url, loaded.Settings.Storage);
        Assert.Equal("environment REDIS_URL", loaded.Value("storage").Origin);
        var notice = Assert.Single(loaded.Notices);
        Assert.EndsWith("from environment REDIS_URL, not sqlite:kept.db from bascule.json:1.", notice);
        Assert.DoesNotContain("hunter2", notice + loaded.Value("storage").Text);
    }

    [Theory]
    [InlineData("postgres://user:hunter2@db/app")]
    [InlineData("cache:6379")]
    [InlineData("hunter2")]
    public void REDIS_URL_must_be_the_address_of_a_Redis(string value)
    {
        using var folder = new SettingsFolder().WithEnvironment("REDIS_URL", value);

        var fault = folder.LoadFault();

        Assert.Equal(("storage", "environment REDIS_URL", "", "is no address of a Redis"), (fault.Path, fault.Origin, fault.Seen, fault.Problem));
    }

    [Fact]
    public void The_name_of_the_setting_itself_wins_over_REDIS_URL()
    {
        using var folder = new SettingsFolder().WithEnvironment("REDIS_URL", "redis://cache:6379").WithEnvironment("BASCULE__STORAGE", "memory");

        Assert.Equal("memory", folder.LoadGood().Settings.Storage);
    }

    [Theory]
    [InlineData("https://app.example.org", "https://app.example.org")]
    [InlineData("https://app.example.org/", "https://app.example.org")]
    [InlineData("https://App.example.org:443/play?x=1#y", "https://app.example.org")]
    [InlineData("http://localhost:5173, https://app.example.org,", "http://localhost:5173", "https://app.example.org")]
    [InlineData("https://bücher.example", "https://xn--bcher-kva.example")]
    [InlineData("http://[::1]:3000", "http://[::1]:3000")]
    [InlineData("*", "*")]
    public void FRONTEND_URL_lets_its_pages_in_beside_our_own(string value, params string[] origins)
    {
        using var folder = new SettingsFolder().WithEnvironment("FRONTEND_URL", value);

        var loaded = folder.LoadGood();

        Assert.Equal(["self", .. origins], loaded.Settings.Listen.Origins);
        Assert.Equal("environment FRONTEND_URL", loaded.Value("listen.origins").Origin);
    }

    [Theory]
    [InlineData("app.example.org", "\"app.example.org\"")]
    [InlineData("https://ok.example.org, wss://me:hunter2@app.example.org", "\"wss://***@app.example.org\"")]
    public void FRONTEND_URL_must_hold_URLs_of_pages(string value, string seen)
    {
        using var folder = new SettingsFolder().WithEnvironment("FRONTEND_URL", value);

        var fault = folder.LoadFault();

        Assert.Equal(("listen.origins", "environment FRONTEND_URL", seen, "is not the URL of a page"), (fault.Path, fault.Origin, fault.Seen, fault.Problem));
    }

    [Fact]
    public void A_misspelt_name_of_the_cases_is_noticed()
    {
        using var folder = new SettingsFolder().WithEnvironment("WEBSOCKET_HEARTBEAT_INTERVALL", "3").WithEnvironment("WEBSOCKET_COLOUR_OF_THE_SKY", "blue");

        var notice = Assert.Single(folder.LoadGood().Notices);

        Assert.Contains("Did you mean WEBSOCKET_HEARTBEAT_INTERVAL?", notice);
    }

    [Theory]
    [InlineData("BASCULE__LISTEN__PUBLIC__0__URL", "http://127.0.0.1:9", "listen.public.0.url")]
    [InlineData("bascule__listen__public__0", "http://127.0.0.1:9", "listen.public.0.url")]
    [InlineData("BASCULE__LISTEN__PUBLIC", "[\"http://127.0.0.1:9\"]", "listen.public.0.url")]
    [InlineData("Bascule__Listen", "{\"public\": [{\"url\": \"http://127.0.0.1:9\"}]}", "listen.public.0.url")]
    public void Prefixed_names_write_parts_items_and_whole_objects_in_any_case(string name, string value, string path)
    {
        using var folder = new SettingsFolder().WithEnvironment(name, value);

        var loaded = folder.LoadGood();

        Assert.Equal("http://127.0.0.1:9", Assert.Single(loaded.Settings.Listen.Public).Url);
        Assert.Equal($"environment {name}", loaded.Value(path).Origin);
    }

    [Fact]
    public void A_part_of_an_item_keeps_the_rest_of_it()
    {
        using var folder = new SettingsFolder().WithEnvironment("BASCULE__LISTEN__PUBLIC__0__HTTP2", "false");

        var listener = Assert.Single(folder.LoadGood().Settings.Listen.Public);

        Assert.Equal(("http://0.0.0.0:8666", false), (listener.Url, listener.Http2));
    }

    [Fact]
    public void A_part_of_an_item_written_as_text_keeps_the_text()
    {
        using var folder = new SettingsFolder().With("bascule.json", SettingsFolder.Small).WithEnvironment("BASCULE__POOLS__KB__NODES__0__SLOTS", "5");

        var loaded = folder.LoadGood();

        var node = Assert.Single(loaded.Settings.Pools["kb"].Nodes);
        Assert.Equal(("http://127.0.0.1:8001", 5), (node.Url, node.Slots));
        Assert.Equal("bascule.json:2", loaded.Value("pools.kb.nodes.0.url").Origin);
    }

    [Fact]
    public void Items_are_added_in_the_order_of_their_numbers()
    {
        using var folder = new SettingsFolder().With("bascule.json", SettingsFolder.Small);
        for (var i = 11; i >= 1; i--)
            folder.WithEnvironment($"BASCULE__POOLS__KB__NODES__{i}", $"http://127.0.0.1:{8001 + i}");

        Assert.Equal(Enumerable.Range(8001, 12).Select(p => $"http://127.0.0.1:{p}"), folder.LoadGood().Settings.Pools["kb"].Nodes.Select(n => n.Url));
    }

    [Theory]
    [InlineData("BASCULE__HEARTBEET__INTERVAL", "1s", "Did you mean heartbeat?")]
    [InlineData("BASCULE__HEARTBEAT__INTERVALL", "1s", "Did you mean interval?")]
    [InlineData("BASCULE__NOTHING_LIKE_THIS", "1", "Known here: listen")]
    [InlineData("BASCULE__HEARTBEAT__INTERVAL__MORE", "1", "Shorten the name.")]
    [InlineData("BASCULE__LISTEN__PUBLIC__FIRST", "1", "Write 0 for the first.")]
    [InlineData("BASCULE__LISTEN__PUBLIC__3", "http://127.0.0.1:1", "Use 1 to add an item")]
    [InlineData("BASCULE__POOLS", "{\"a\": ", "Look for a missing comma")]
    [InlineData("BASCULE__LISTEN__PUBLIC", "http://127.0.0.1:1", "Write a list")]
    public void A_prefixed_name_that_leads_nowhere_is_a_fault(string name, string value, string remedy)
    {
        using var folder = new SettingsFolder().WithEnvironment(name, value);

        var fault = folder.LoadFault();

        Assert.Equal($"environment {name}", fault.Origin);
        Assert.StartsWith(remedy, fault.Remedy);
    }

    [Fact]
    public void Set_takes_plain_values_of_every_type_and_JSON()
    {
        using var folder = new SettingsFolder()
            .WithSet("pools.kb", """{ "nodes": ["http://127.0.0.1:1"] }""")
            .WithSet("pools.kb.slotsPerNode", "12")
            .WithSet("pools.kb.balance", "roundRobin")
            .WithSet("routes.0", """{ "name": "a", "path": "/a", "pool": "kb", "auth": "none", "query": { "Kind": ["x"] } }""")
            .WithSet("routes.0.query.kind.0", "y")
            .WithSet("listen.public.0.http2", "false")
            .WithSet("data", "null");

        var settings = folder.LoadGood().Settings;

        Assert.Equal((12, Balance.RoundRobin), (settings.Pools["kb"].SlotsPerNode, settings.Pools["kb"].Balance));
        Assert.Equal(["y"], settings.Routes[0].Query["Kind"]);
        Assert.False(settings.Listen.Public[0].Http2);
        Assert.Equal("null", settings.Data);
    }
}
