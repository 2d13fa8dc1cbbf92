using System.Text.Json.Nodes;

namespace Bascule.System.Tests;

/// <summary>One run of <c>bascule load --json</c> as a process.</summary>
/// <param name="Said">All lines, of both outputs.</param>
internal sealed record LoadCall(int ExitCode, JsonNode Report, string Said)
{
    internal JsonNode Summary => Report["summary"]!;

    internal string Headline => (string)Summary["headline"]!;

    internal JsonNode Target => Assert.Single(Report["targets"]!.AsArray())!;

    /// <summary>The only class of failures.</summary>
    internal JsonNode Failure => Assert.Single(Target["failures"]!.AsArray())!;

    internal static async Task<LoadCall> RunAsync(params IEnumerable<string> arguments)
    {
        await using var process = Start([.. arguments, "--json"]);
        return await EndAsync(process);
    }

    /// <summary>Job control of a shell may have switched SIGINT off for all that it started in the background; here it must work.</summary>
    internal static ChildProcess Start(params IEnumerable<string> arguments) =>
        ChildProcess.Start("env", ["--default-signal=HUP,INT,TERM", "dotnet", Repository.Program, "load", .. arguments]);

    /// <summary>What the process found, once it has ended.</summary>
    internal static async Task<LoadCall> EndAsync(ChildProcess process)
    {
        var exitCode = await process.ExitAsync();
        Assert.True(process.StandardOutput.StartsWith('{'), process.Report());
        return new LoadCall(exitCode, JsonNode.Parse(process.StandardOutput)!, process.Output);
    }

    internal long Figure(string name) => Summary[name]!.GetValue<long>();

    internal (long Attempts, long Opened, long Failed, long Lost) Connections => (Figure("attempts"), Figure("opened"), Figure("failed"), Figure("lost"));
}
