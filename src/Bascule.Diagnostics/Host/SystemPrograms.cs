using System.ComponentModel;
using System.Diagnostics;

namespace Bascule.Diagnostics;

/// <summary>Runs programs that the system brings along, none for long, and reads what they say.</summary>
public sealed class SystemPrograms(TimeProvider time)
{
    // A kernel's log has a few hundred kilobytes.
    private const int MostCharacters = 4 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    // Only here: who changes PATH must not decide what a check of the machine runs.
    private static readonly string[] Folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];

    /// <summary>Never throws but for <paramref name="cancellation"/>.</summary>
    public async Task<ProgramAnswer> AskAsync(string name, string[] words, CancellationToken cancellation)
    {
        if (Folders.Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists) is not { } path)
            return ProgramAnswer.Failed($"{name} is not installed");
        var start = new ProcessStartInfo(path, words) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        start.Environment["LC_ALL"] = "C";
        using var deadline = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                return await ReadAsync(process, name, either.Token);
            }
            finally
            {
                if (!process.HasExited)
                    process.Kill(entireProcessTree: true);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return ProgramAnswer.Failed($"{name} did not answer within {Patience.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
        {
            return ProgramAnswer.Failed(e.Message);
        }
    }

    private static async Task<ProgramAnswer> ReadAsync(Process process, string name, CancellationToken cancellation)
    {
        process.StandardInput.Close();
        var texts = await Task.WhenAll(AllAsync(process.StandardOutput, cancellation), AllAsync(process.StandardError, cancellation));
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode == 0)
            return ProgramAnswer.Said(texts[0]);
        var said = texts[1].Trim().Split('\n')[0];
        return ProgramAnswer.Failed(said.Length > 0 ? said : $"{name} ended with {process.ExitCode}");
    }

    /// <summary>What is beyond the bound is read and forgotten: a program that cannot write would not end.</summary>
    private static async Task<string> AllAsync(StreamReader reader, CancellationToken cancellation)
    {
        var text = new System.Text.StringBuilder();
        var block = new char[8192];
        while (await reader.ReadAsync(block, cancellation) is > 0 and var count)
            text.Append(block, 0, Math.Min(count, MostCharacters - text.Length));
        return text.ToString();
    }
}
