namespace Bascule.System.Tests;

/// <summary>One run of the program, from its command line to its exit code.</summary>
/// <param name="Output">All that it wrote.</param>
/// <param name="Standard">What it wrote to the standard output alone: what a program would read.</param>
internal sealed record BasculeCommand(int ExitCode, string Output, string Standard)
{
    /// <summary>The output as one line with single spaces: texts for a terminal are broken at its width.</summary>
    internal string Words => string.Join(' ', Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    internal static async Task<BasculeCommand> RunAsync(params IEnumerable<string> arguments)
    {
        await using var process = ChildProcess.Start("dotnet", [Repository.Program, .. arguments]);
        return new BasculeCommand(await process.ExitAsync(), process.Output, process.StandardOutput);
    }
}
