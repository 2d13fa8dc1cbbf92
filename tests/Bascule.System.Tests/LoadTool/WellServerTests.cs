namespace Bascule.System.Tests;

/// <summary><c>bascule load</c> against servers and proxies that are well: everything opens, and every message comes back.</summary>
public sealed class WellServerTests(DemoProcess demo) : IClassFixture<DemoProcess>
{
    private const int Connections = 50;

    [Fact]
    public async Task The_demo_opens_all_connections_and_loses_nothing() => AssertWell(await LoadAsync(demo.WebSocketUrl + "/echo"));

    [Theory]
    [InlineData("haproxy")]
    [InlineData("nginx")]
    public async Task Through_a_proxy_to_an_echo_server_all_open_and_nothing_is_lost(string name)
    {
        await using var echo = await BackendProcess.EchoAsync("mjs");
        await using var proxy = await (name == "nginx" ? ProxyProcess.NginxAsync(echo) : ProxyProcess.HaproxyAsync(echo));

        AssertWell(await LoadAsync(proxy.WebSocketUrl));
    }

    [Fact]
    public async Task Two_ways_to_one_server_are_measured_in_one_run()
    {
        await using var echo = await BackendProcess.EchoAsync("mjs");
        await using var gateway = await GatewayProcess.StartAsync($$"""
            "pools": { "echo": { "nodes": ["{{echo.Url}}"] } },
            "routes": [{ "name": "echo", "path": "/*", "auth": "none", "pool": "echo" }]
            """);

        var run = await LoadCall.RunAsync("--via", gateway.WebSocketUrl + "/", "--direct", echo.WebSocketUrl, "-c", "10", "-d", "2s");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["via", "direct"], run.Report["targets"]!.AsArray().Select(t => (string)t!["label"]!));
        Assert.All(run.Report["targets"]!.AsArray(), t => Assert.Equal((5, 0), (t!["opened"]!.GetValue<int>(), t["failures"]!.AsArray().Count)));
        var added = run.Report["added"]!["p50"]!;
        Assert.True(added["lowNs"]!.GetValue<double>() <= added["meanNs"]!.GetValue<double>() && added["meanNs"]!.GetValue<double>() <= added["highNs"]!.GetValue<double>(), $"{added}");
    }

    private static Task<LoadCall> LoadAsync(string url) => LoadCall.RunAsync(url, "-c", $"{Connections}", "-d", "1s");

    private static void AssertWell(LoadCall run)
    {
        Assert.Equal((Connections, Connections, 0, 0), run.Connections);
        Assert.Equal((Connections, Connections), (run.Figure("openAtEnd"), run.Figure("mostOpen")));
        Assert.True(run.Figure("sent") >= Connections);
        Assert.Equal((run.Figure("sent"), 0, 0), (run.Figure("received"), run.Figure("messagesLost"), run.Figure("failures")));
        Assert.Equal(run.Figure("received"), run.Target["roundTrip"]!["count"]!.GetValue<long>());
        Assert.Empty(run.Target["failures"]!.AsArray());
        Assert.StartsWith("50 connections opened, none failed; ", run.Headline, StringComparison.Ordinal);
        Assert.Equal(("bascule load", "good", 0), ((string?)run.Report["report"], (string?)run.Summary["verdict"], run.ExitCode));
    }
}
