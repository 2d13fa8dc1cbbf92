using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Bascule.System.Tests;

/// <summary>The two clients that open WebSockets over HTTP/2 (RFC 8441), with TLS: the same exchange as over HTTP/1.1.</summary>
[Collection(nameof(ClientTests))]
public sealed class Http2Tests(ClientStage stage, Browser browser)
{
    public static TheoryData<bool, int, string> Scenarios => MatrixTests.Scenarios;

    public static TheoryData<bool, int, string> FewScenarios => MatrixTests.FewScenarios;

    [Theory]
    [MemberData(nameof(FewScenarios))]
    public async Task Chromium_talks_to_ws_over_HTTP2(bool deflate, int closeCode, string by)
    {
        var scenario = new Scenario(deflate, closeCode, by);
        var before = OverHttp2(scenario.RouteTo("mjs"));
        var report = await browser.RunAsync(stage.TlsOrigin, scenario.RouteTo("mjs"), scenario);
        report.MustShow(scenario, stage.Gateway.Process.Report, "fragments", "ping");
        Assert.Equal(before + 1, OverHttp2(scenario.RouteTo("mjs")));
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Dotnet_talks_to_Python_websockets_over_HTTP2(bool deflate, int closeCode, string by)
    {
        var scenario = new Scenario(deflate, closeCode, by);
        var before = OverHttp2(scenario.RouteTo("py"));
        var report = await DotNetClient.RunAsync(Tls(scenario.RouteTo("py")), scenario, http2: true);
        report.MustShow(scenario, stage.Gateway.Process.Report, "ping");
        Assert.Equal(before + 1, OverHttp2(scenario.RouteTo("py")));
    }

    [Theory]
    [InlineData(true, "HTTP/2")]
    [InlineData(false, "HTTP/1.1")]
    public async Task The_probe_tells_which_HTTP_it_was(bool http2, string protocol)
    {
        using var socket = await DotNetClient.ConnectAsync(Tls("/ws-test"), http2);
        var hello = JsonNode.Parse((await DotNetClient.ReceiveAsync(socket)).Payload)!;
        Assert.Equal((protocol, "https"), ((string?)hello["protocol"], (string?)hello["scheme"]));
    }

    private string Tls(string path) => "wss" + stage.TlsOrigin["https".Length..] + path;

    /// <summary>Connections over HTTP/2 that the gateway's log has for a route.</summary>
    private int OverHttp2(string path) => Regex.Count(stage.Gateway.Process.Output, $"ConnectionOpened .*route={path[1..]} .*protocol=h2 ");
}
