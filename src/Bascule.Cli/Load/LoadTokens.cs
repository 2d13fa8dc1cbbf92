using System.Diagnostics;

namespace Bascule.Cli;

/// <summary>Tokens for the connections of a run: from the standard input, or from a command; one a line.</summary>
internal static class LoadTokens
{
    /// <exception cref="AdminFault">The command failed, or gave nothing.</exception>
    internal static async Task<IReadOnlyList<string>> FromCommandAsync(string command, string folder, CancellationToken interruption)
    {
        var start = OperatingSystem.IsWindows() ? new ProcessStartInfo("cmd.exe", ["/c", command]) : new ProcessStartInfo("/bin/sh", ["-c", command]);
        (start.RedirectStandardOutput, start.WorkingDirectory) = (true, folder);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The shell could not be started.");
        try
        {
            var text = await process.StandardOutput.ReadToEndAsync(interruption);
            await process.WaitForExitAsync(interruption);
            if (process.ExitCode != 0)
                throw new AdminFault(ExitCodes.Usage, $"--token-command ended with code {process.ExitCode}; what it wrote to its standard error stands above.");
            return Lines(text) is { Count: > 0 } tokens ? tokens : throw new AdminFault(ExitCodes.Usage, "--token-command printed no token. It should print one a line.");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <exception cref="AdminFault">There is none.</exception>
    internal static async Task<IReadOnlyList<string>> FromInputAsync(TextReader input, CancellationToken interruption) =>
        Lines(await input.ReadToEndAsync(interruption)) is { Count: > 0 } tokens ? tokens : throw new AdminFault(ExitCodes.Usage, "--token - found no token in the standard input. Write one a line.");

    private static List<string> Lines(string text) => [.. text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
}
