namespace Bascule.Settings.Tests;

/// <summary>Which layer wins.</summary>
public sealed class LayerTests
{
    [Fact]
    public void Without_anything_the_defaults_hold()
    {
        using var folder = new SettingsFolder();

        var loaded = folder.LoadGood();

        Assert.Equal("http://0.0.0.0:8666", Assert.Single(loaded.Settings.Listen.Public).Url);
        Assert.Equal("http://127.0.0.1:8667", loaded.Settings.Listen.Admin);
        Assert.Equal(TimeSpan.FromSeconds(25), loaded.Settings.Heartbeat.Interval);
        Assert.Null(loaded.Settings.Auth.Jwt);
        Assert.Empty(loaded.Files);
        Assert.Empty(loaded.Notices);
    }

    /// <summary>Every layer over every lower one: each step adds the next layer.</summary>
    [Fact]
    public void Each_layer_wins_over_all_before_it()
    {
        using var folder = new SettingsFolder();
        Assert.Equal(TimeSpan.FromSeconds(25), Interval());
        folder.With("bascule.json", """{ "heartbeat": { "interval": "11s" } }""");
        Assert.Equal(TimeSpan.FromSeconds(11), Interval());
        folder.With("bascule.d/10.json", """{ "heartbeat": { "interval": "12s" } }""");
        Assert.Equal(TimeSpan.FromSeconds(12), Interval());
        folder.With("bascule.d/20.json", """{ "heartbeat": { "interval": "13s" } }""");
        Assert.Equal(TimeSpan.FromSeconds(13), Interval());
        folder.WithEnvironment("WEBSOCKET_HEARTBEAT_INTERVAL", "14");
        Assert.Equal(TimeSpan.FromSeconds(14), Interval());
        folder.WithEnvironment("BASCULE__HEARTBEAT__INTERVAL", "15s");
        Assert.Equal(TimeSpan.FromSeconds(15), Interval());
        folder.WithSet("heartbeat.interval", "16s");
        Assert.Equal(TimeSpan.FromSeconds(16), Interval());
        folder.WithSet("heartbeat.interval", "17s");
        Assert.Equal(TimeSpan.FromSeconds(17), Interval());

        Assert.Equal(
            ["--set", "environment BASCULE__HEARTBEAT__INTERVAL", "environment WEBSOCKET_HEARTBEAT_INTERVAL", "bascule.d/20.json:1", "bascule.d/10.json:1", "bascule.json:1", "default"],
            folder.LoadGood().Value("heartbeat.interval").Overrode.Select(o => o.Origin));

        TimeSpan Interval() => folder.LoadGood().Settings.Heartbeat.Interval;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Any_upper_layer_wins_over_any_lower_one(int lower, int upper)
    {
        using var folder = new SettingsFolder();
        Layers[lower](folder, "31s");
        Layers[upper](folder, "32s");

        Assert.Equal(TimeSpan.FromSeconds(32), folder.LoadGood().Settings.Heartbeat.Interval);
    }

    public static TheoryData<int, int> Pairs()
    {
        var pairs = new TheoryData<int, int>();
        for (var lower = 0; lower < Layers.Length; lower++)
        {
            for (var upper = lower + 1; upper < Layers.Length; upper++)
                pairs.Add(lower, upper);
        }

        return pairs;
    }

    private static readonly Action<SettingsFolder, string>[] Layers =
    [
        (folder, value) => folder.With("bascule.json", $$"""{ "heartbeat": { "interval": "{{value}}" } }"""),
        (folder, value) => folder.With("bascule.d/a.json", $$"""{ "heartbeat": { "interval": "{{value}}" } }"""),
        (folder, value) => folder.WithEnvironment("WEBSOCKET_HEARTBEAT_INTERVAL", value),
        (folder, value) => folder.WithEnvironment("BASCULE__HEARTBEAT__INTERVAL", value),
        (folder, value) => folder.WithSet("heartbeat.interval", value),
    ];

    [Fact]
    public void Objects_merge_and_lists_are_replaced()
    {
        using var folder = new SettingsFolder()
            .With("bascule.json", """{ "pools": { "a": { "nodes": ["http://a:1", "http://a:2"], "slotsPerNode": 7 } } }""")
            .With("bascule.d/b.json", """{ "pools": { "a": { "nodes": ["http://a:3"] }, "b": { "nodes": ["http://b:1"] } } }""");

        var pools = folder.LoadGood().Settings.Pools;

        Assert.Equal(["a", "b"], pools.Keys);
        Assert.Equal("http://a:3", Assert.Single(pools["a"].Nodes).Url);
        Assert.Equal(7, pools["a"].SlotsPerNode);
    }

    [Fact]
    public void Comments_trailing_commas_a_byte_order_mark_and_a_schema_line_are_taken()
    {
        using var folder = new SettingsFolder().With("bascule.json", "\uFEFF" + """
            {
              "$schema": "contract/settings.schema.json",
              // for the lab
              "data": "kept", /* here */
            }
            """);

        Assert.Equal("kept", folder.LoadGood().Settings.Data);
    }

    [Fact]
    public void A_named_file_is_read_with_the_drop_ins_beside_it_and_nothing_else()
    {
        using var folder = new SettingsFolder()
            .With("bascule.json", """{ "data": "wrong" }""")
            .With("etc/lab.json", """{ "data": "right" }""")
            .With("etc/bascule.d/x.json", """{ "stop": { "pause": "3s" } }""");

        var loaded = folder.LoadGood("etc/lab.json");

        Assert.Equal("right", loaded.Settings.Data);
        Assert.Equal(TimeSpan.FromSeconds(3), loaded.Settings.Stop.Pause);
        Assert.Equal([Path.Combine(folder.Path, "etc/lab.json"), Path.Combine(folder.Path, "etc/bascule.d/x.json")], loaded.Files);
        Assert.Equal("etc/bascule.d/x.json:1", loaded.Value("stop.pause").Origin);
    }

    [Fact]
    public void A_named_file_that_is_missing_is_a_fault()
    {
        using var folder = new SettingsFolder();

        var fault = Assert.Single(folder.Load("nowhere.json").Faults);

        Assert.Equal(("nowhere.json", "does not exist"), (fault.Origin, fault.Problem));
    }

    [Fact]
    public void A_file_that_is_a_folder_is_a_fault()
    {
        using var folder = new SettingsFolder().With("lab/other.json", "{}");

        var fault = Assert.Single(folder.Load("lab").Faults);

        Assert.Equal("lab", fault.Origin);
        Assert.StartsWith("cannot be read", fault.Problem);
    }

    [Fact]
    public void A_file_far_too_large_is_not_read()
    {
        using var folder = new SettingsFolder().With("bascule.json", new string(' ', (16 * 1024 * 1024) + 1));

        Assert.StartsWith("is larger than", folder.LoadFault().Problem);
    }

    [Fact]
    public void A_null_takes_an_optional_object_away()
    {
        using var folder = new SettingsFolder()
            .With("bascule.json", """{ "auth": { "jwt": { "jwksUrl": "https://id.example.org/keys" } } }""")
            .With("bascule.d/x.json", """{ "auth": { "jwt": null } }""");

        Assert.Null(folder.LoadGood().Settings.Auth.Jwt);
    }
}
