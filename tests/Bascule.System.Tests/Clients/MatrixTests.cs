namespace Bascule.System.Tests;

/// <summary>Clients of four libraries, through the gateway, with echo servers of another library: everything arrives as it was sent, and closes as it was closed.</summary>
[Collection(nameof(ClientTests))]
public sealed class MatrixTests(ClientStage stage, Browser browser)
{
    /// <summary>Compression, close code, and who closes.</summary>
    public static TheoryData<bool, int, string> Scenarios { get; } = new MatrixTheoryData<bool, int, string>([false, true], [1000, 3000, 4999], ["client", "server"]);

    /// <summary>Every pair of values once, for Chromium, which takes seconds for each: compression touches no close frame, so that no triple is special.</summary>
    public static TheoryData<bool, int, string> FewScenarios { get; } = new()
    {
        { false, 1000, "client" }, { true, 1000, "server" },
        { true, 3000, "client" }, { false, 3000, "server" },
        { false, 4999, "client" }, { true, 4999, "server" },
    };

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Python_websockets_talks_to_ws(bool deflate, int closeCode, string by)
    {
        var scenario = new Scenario(deflate, closeCode, by);
        var report = await ScriptClient.RunAsync("py", stage.Gateway.WebSocketUrl + scenario.RouteTo("mjs"), scenario);
        report.MustShow(scenario, stage.Gateway.Process.Report);
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Ws_talks_to_Python_websockets(bool deflate, int closeCode, string by)
    {
        var scenario = new Scenario(deflate, closeCode, by);
        var report = await ScriptClient.RunAsync("mjs", stage.Gateway.WebSocketUrl + scenario.RouteTo("py"), scenario);
        report.MustShow(scenario, stage.Gateway.Process.Report);
    }

    [Theory]
    [MemberData(nameof(FewScenarios))]
    public async Task Chromium_talks_to_Python_websockets(bool deflate, int closeCode, string by)
    {
        var scenario = new Scenario(deflate, closeCode, by);
        var report = await browser.RunAsync(stage.PlainOrigin, scenario.RouteTo("py"), scenario);
        report.MustShow(scenario, stage.Gateway.Process.Report, "fragments", "ping");
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Dotnet_talks_to_ws(bool deflate, int closeCode, string by)
    {
        var scenario = new Scenario(deflate, closeCode, by);
        var report = await DotNetClient.RunAsync(stage.Gateway.WebSocketUrl + scenario.RouteTo("mjs"), scenario);
        report.MustShow(scenario, stage.Gateway.Process.Report, "ping");
    }
}
