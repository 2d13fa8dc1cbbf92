using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Bascule.Diagnostics;

/// <summary>Looks for programs on PATH, and asks each for its version. Only those of the list are run, and none for long.</summary>
internal sealed class ProgramSearch(IReadOnlyDictionary<string, string> environment, TimeProvider time)
{
    private const int MostCharacters = 200;

    /// <summary>For one program; a virtual machine that starts cold takes a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>What sessions, images and scripts of the cases use; each with the words that make it say its version.</summary>
    private static readonly (string Name, string[] Words)[] Known =
    [
        ("bash", ["--version"]), ("sh", []), ("busybox", []), ("zsh", ["--version"]), ("tmux", ["-V"]), ("screen", ["--version"]), ("vim", ["--version"]), ("less", ["--version"]),
        ("git", ["--version"]), ("curl", ["--version"]), ("openssl", ["version"]), ("ssh", ["-V"]), ("jq", ["--version"]), ("tini", ["--version"]),
        ("python3", ["--version"]), ("node", ["--version"]), ("dotnet", ["--version"]), ("java", ["-version"]),
        ("kubectl", ["version", "--client"]), ("helm", ["version", "--short"]), ("docker", ["--version"]), ("terraform", ["--version"]), ("gcloud", []), ("aws", []), ("gam", []),
        ("psql", ["--version"]), ("redis-cli", ["--version"]), ("nginx", ["-v"]), ("asciinema", ["--version"]),
    ];

    /// <summary>What versions are asked with: no secret of ours is the business of another program.</summary>
    private static readonly string[] Passed = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER"];

    internal async Task<(IReadOnlyList<ProgramSeen> Found, IReadOnlyList<string> Missing)> RunAsync(CancellationToken cancellation)
    {
        var folders = environment.GetValueOrDefault("PATH", "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var found = Known.Select(known => (known.Name, known.Words, Path: Find(folders, known.Name))).ToList();
        using var deadline = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        var asked = await Task.WhenAll(found.Where(f => f.Path is not null).Select(f => AskAsync(f.Name, f.Path!, f.Words, either.Token)));
        cancellation.ThrowIfCancellationRequested();
        return (asked, [.. found.Where(f => f.Path is null).Select(f => f.Name)]);
    }

    private static string? Find(string[] folders, string name) => folders.Where(Path.IsPathRooted).Select(folder => Path.Combine(folder, name)).FirstOrDefault(IsProgram);

    private static bool IsProgram(string path)
    {
        try
        {
            return File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Who may not look at it may not run it.
            return false;
        }
    }

    private async Task<ProgramSeen> AskAsync(string name, string path, string[] words, CancellationToken cancellation)
    {
        if (words.Length == 0)
            return new ProgramSeen(name, path, null, "it is not asked: it has no answer, or a slow one");
        var start = new ProcessStartInfo(path, words) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var variable in Passed.Where(environment.ContainsKey))
            start.Environment[variable] = environment[variable];
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                process.StandardInput.Close();
                var lines = await Task.WhenAll(FirstLineAsync(process.StandardOutput, cancellation), FirstLineAsync(process.StandardError, cancellation));
                return lines.FirstOrDefault(line => line.Length > 0) is { } version ? new ProgramSeen(name, path, version, null) : new ProgramSeen(name, path, null, "it said nothing");
            }
            finally
            {
                // Most have ended by then; one that waits for something does not stay behind.
                if (!process.HasExited)
                    process.Kill(entireProcessTree: true);
            }
        }
        catch (OperationCanceledException)
        {
            return new ProgramSeen(name, path, null, $"it did not answer within {Patience.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
        {
            return new ProgramSeen(name, path, null, e.Message);
        }
    }

    /// <summary>The first line with a word in it; what comes after it is not read.</summary>
    private static async Task<string> FirstLineAsync(StreamReader reader, CancellationToken cancellation)
    {
        var line = new StringBuilder();
        var block = new char[256];
        while (line.Length < MostCharacters && await reader.ReadAsync(block, cancellation) is > 0 and var count)
        {
            line.Append(block, 0, count);
            if (line.ToString().TrimStart().Contains('\n'))
                break;
        }

        var first = line.ToString().TrimStart().Split('\n')[0].Trim();
        return string.Concat((first.Length > MostCharacters ? first[..MostCharacters] : first).Where(c => !char.IsControl(c)));
    }
}
