using System.Diagnostics;
using System.Globalization;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>Starts <c>bascule session-host</c> so that it outlives this process: in a session of its own, with no stream of ours, its words in a file of its folder.</summary>
internal sealed class DetachedHost(SessionSettings settings, string folder, string recordings)
{
    internal const string LogName = "host.log";

    /// <summary>Of the log at the start of a host; a larger one is put aside, and the one before it goes.</summary>
    private const long MostLogBytes = 10_000_000;

    private const int MostWords = 4096;

    /// <summary>The shell that is everywhere puts streams and session right, then it is the host: <c>$0</c> is the log, the rest its command.</summary>
    private const string Script = "exec </dev/null >>\"$0\" 2>&1; if command -v setsid >/dev/null 2>&1; then exec setsid \"$@\"; fi; exec \"$@\"";

    /// <summary>What the host gets of our environment: no secret is among it, for what runs in a session can read the host's (/proc/PID/environ).</summary>
    private static readonly string[] Passed = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"];

    private static readonly string[] PassedPrefixes = ["LC_", "DOTNET_"];

    /// <summary>The gateway's own: on the threads that wait for sockets nothing may block, and a host starts processes and writes files. It relays nothing that would be faster for it.</summary>
    private const string InlineSockets = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Starts it; it listens when its <c>host.json</c> is there. Done when it has ended, with what it said.</summary>
    internal async Task<string> RunAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var log = Path.Combine(folder, LogName);
        if (new FileInfo(log) is { Exists: true, Length: > MostLogBytes })
            File.Move(log, log + ".1", overwrite: true);
        var logStart = File.Exists(log) ? new FileInfo(log).Length : 0;
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, log, .. Command()]) { UseShellExecute = false, WorkingDirectory = "/" };
        foreach (var name in start.Environment.Keys.Where(name => !IsPassed(name)).ToList())
            start.Environment.Remove(name);
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using var process = Process.Start(start) ?? throw new IOException("/bin/sh could not be started.");
        await process.WaitForExitAsync(CancellationToken.None);
        return string.Create(CultureInfo.InvariantCulture, $"It ended with exit code {process.ExitCode}: {LastWords(log, logStart)}");
    }

    /// <summary>The last line of the log that began with a start; the lines of a stack trace are indented.</summary>
    internal static string LastWords(string log, long start)
    {
        try
        {
            using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = Math.Max(start, file.Length - MostWords);
            return new StreamReader(file).ReadToEnd().Split('\n').LastOrDefault(line => line.Length > 0 && !char.IsWhiteSpace(line[0]))?.TrimEnd() ?? $"it said nothing in {log}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"what it said cannot be read: {e.Message}";
        }
    }

    /// <summary>This very program again: gateway and host are of one version when it starts.</summary>
    private List<string> Command()
    {
        var program = Environment.ProcessPath!;
        List<string> command = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, Path.Combine(AppContext.BaseDirectory, "bascule.dll")] : [program];
        command.AddRange(["session-host", "--folder", folder, "--listen", settings.Process.Listen, "--recordings", recordings]);
        return command;
    }

    private static bool IsPassed(string name) =>
        name != InlineSockets && (Passed.Contains(name, StringComparer.Ordinal) || PassedPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)));
}
