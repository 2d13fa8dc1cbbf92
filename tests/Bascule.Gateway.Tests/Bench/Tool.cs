using System.ComponentModel;
using System.Diagnostics;

namespace Bascule.Gateway.Tests;

/// <summary>Other people's tools, which judge what we write.</summary>
internal static class Tool
{
    /// <param name="package">The Debian package that brings it.</param>
    internal static async Task<(int Code, string Said)> RunAsync(string program, string package, string[] arguments, byte[] input)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new InvalidOperationException($"This test needs {program}. Install the Debian package `{package}`.", missing);
        }

        using (process)
        {
            var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.StandardInput.BaseStream.WriteAsync(input);
            process.StandardInput.Close();
            var lines = await said;
            await process.WaitForExitAsync();
            return (process.ExitCode, string.Concat(lines));
        }
    }
}

/// <summary>Prometheus' own checker.</summary>
internal static class Promtool
{
    internal static Task<(int Code, string Said)> RunAsync(string[] arguments, string input = "") =>
        Tool.RunAsync("promtool", "prometheus", arguments, System.Text.Encoding.UTF8.GetBytes(input));
}
