namespace Bascule.System.Tests;

/// <summary>The clients of tests/interop in Python and JavaScript.</summary>
internal static class ScriptClient
{
    internal static async Task<ClientReport> RunAsync(string library, string url, Scenario scenario)
    {
        await using var client = ChildProcess.Start(
            library == "py" ? BackendProcess.Python : "node",
            Repository.InteropFile($"client.{library}"),
            url,
            scenario.Deflate ? "--deflate" : "--no-deflate",
            "--subprotocol", Scenario.Subprotocol,
            "--close-code", $"{scenario.CloseCode}",
            "--close-reason", Scenario.CloseReason,
            "--close-by", scenario.By);
        var report = await client.LineAsync("^{.*}$");
        return ClientReport.Parse(report.Value);
    }
}
