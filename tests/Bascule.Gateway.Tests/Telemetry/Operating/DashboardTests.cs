using System.Text.Json;
using System.Text.RegularExpressions;
using Bascule.Protocol;

namespace Bascule.Gateway.Tests;

/// <summary>Dashboard and alert rules ask for what a gateway really gives, and Grafana can import the dashboard.</summary>
public sealed partial class DashboardTests : GatewayTest
{
    private static readonly string[] Kinds = ["timeseries", "stat", "table"];

    [Fact]
    public async Task Every_metric_that_is_asked_for_is_given_by_a_gateway_that_had_traffic()
    {
        await StartAsync();
        await DriveTrafficAsync();
        var given = (await Gateway.AdminAsync("/metrics")).Split('\n').Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split('{', ' ')[0]).ToHashSet(StringComparer.Ordinal);

        var asked = Expressions(JsonDocument.Parse(await File.ReadAllTextAsync(DeployFiles.Dashboard)).RootElement)
            .Append(await File.ReadAllTextAsync(DeployFiles.Rules))
            .SelectMany(text => MetricName().Matches(text).Select(m => m.Value))
            .ToHashSet(StringComparer.Ordinal);

        Assert.True(asked.Count > 30, $"only {asked.Count} names were found");
        Assert.Empty(asked.Except(given));
        // And the other way round: what is measured can be seen.
        Assert.Empty(given.Where(g => g.StartsWith("bascule_", StringComparison.Ordinal)).Select(Family).Except(asked.Select(Family)));
    }

    [Fact]
    public async Task Labels_that_are_asked_for_exist()
    {
        await StartAsync();
        await DriveTrafficAsync();
        var labels = (await Gateway.AdminAsync("/metrics")).Split('\n').SelectMany(l => LabelName().Matches(l)).Select(m => m.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        // Prometheus itself adds these.
        labels.UnionWith(["instance", "job"]);

        var asked = Expressions(JsonDocument.Parse(await File.ReadAllTextAsync(DeployFiles.Dashboard)).RootElement)
            .SelectMany(e => GroupedBy().Matches(e).SelectMany(m => m.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries)).Concat(Matched().Matches(e).Select(m => m.Groups[1].Value)));

        Assert.Empty(asked.Except(labels, StringComparer.Ordinal));
    }

    [Fact]
    public void Grafana_can_import_it()
    {
        var dashboard = JsonDocument.Parse(File.ReadAllText(DeployFiles.Dashboard)).RootElement;

        Assert.InRange(dashboard.GetProperty("schemaVersion").GetInt32(), 36, 100);
        Assert.Equal(("bascule", "Bascule"), (dashboard.GetProperty("uid").GetString(), dashboard.GetProperty("title").GetString()));
        Assert.False(dashboard.TryGetProperty("id", out _), "An id of somebody's Grafana stands in the way of an import.");
        var variables = dashboard.GetProperty("templating").GetProperty("list").EnumerateArray().ToList();
        Assert.Equal(("datasource", "datasource", "prometheus"),
            (variables[0].GetProperty("name").GetString(), variables[0].GetProperty("type").GetString(), variables[0].GetProperty("query").GetString()));
        var panels = dashboard.GetProperty("panels").EnumerateArray().ToList();
        Assert.Equal(panels.Count, panels.Select(p => p.GetProperty("id").GetInt32()).Distinct().Count());
        foreach (var panel in panels.Where(p => p.GetProperty("type").GetString() != "row"))
        {
            Assert.Contains(panel.GetProperty("type").GetString(), Kinds);
            Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString());
            Assert.NotEmpty(panel.GetProperty("title").GetString()!);
            Assert.NotEqual(0, panel.GetProperty("targets").GetArrayLength());
            var place = panel.GetProperty("gridPos");
            Assert.True(place.GetProperty("x").GetInt32() + place.GetProperty("w").GetInt32() <= 24);
        }
    }

    [Fact]
    public void No_two_panels_lie_on_each_other()
    {
        var panels = JsonDocument.Parse(File.ReadAllText(DeployFiles.Dashboard)).RootElement.GetProperty("panels").EnumerateArray();
        var taken = panels.Select(p => p.GetProperty("gridPos")).SelectMany(g =>
            from x in Enumerable.Range(g.GetProperty("x").GetInt32(), g.GetProperty("w").GetInt32())
            from y in Enumerable.Range(g.GetProperty("y").GetInt32(), g.GetProperty("h").GetInt32())
            select (x, y)).ToList();

        Assert.Equal(taken.Count, taken.Distinct().Count());
    }

    /// <summary>One of each: a refusal, a connection with a message and an answered ping that ends, an ordinary request.</summary>
    private async Task DriveTrafficAsync()
    {
        await Gateway.AnswerAsync(new Ask("/guarded"));
        var (client, backend) = await Gateway.JoinAsync(Backend);
        await client.SendTextAsync("hello", masked: true);
        await backend.ReadFrameAsync();
        Gateway.Time.Advance(Settings.Heartbeat.Interval + TimeSpan.FromSeconds(1));
        var ping = await client.ReadFrameAsync();
        Assert.Equal(Opcode.Ping, ping.Opcode);
        await client.SendFrameAsync(Opcode.Pong, ping.Payload, masked: true);
        await client.SendCloseAsync(1000, "", masked: true);
        await backend.ReadCloseAsync();
        await backend.SendCloseAsync(1000, "", masked: false);
        await client.ReadCloseAsync();
        client.Finish();
        backend.Finish();
        await Eventually.HoldsAsync(() => Gateway.Rooms.Sweep.Count == 0);
        await Gateway.GetAsync("/nowhere");
        // The last of these is counted when the connection is written down.
        await Eventually.HoldsAsync(() => Gateway.Log.All.Any(e => e.Event == "ConnectionEnded"));
    }

    /// <summary>Every query in it: of panels, and of variables.</summary>
    private static IEnumerable<string> Expressions(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Expressions),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p =>
            p.Value.ValueKind == JsonValueKind.String && p.Name is "expr" or "definition" ? [p.Value.GetString()!] : Expressions(p.Value)),
        _ => [],
    };

    private static string Family(string name) => Part().Replace(name, "");

    [GeneratedRegex(@"\b(bascule|process|dotnet|kestrel)_[a-z0-9_]+\b")]
    private static partial Regex MetricName();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Part();

    [GeneratedRegex("[{,]([a-z_]+)=\"")]
    private static partial Regex LabelName();

    [GeneratedRegex(@"\bby \(([^)]*)\)")]
    private static partial Regex GroupedBy();

    [GeneratedRegex("[{,]([a-z_]+)(?:=~|!=|=)\"")]
    private static partial Regex Matched();
}
