using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Bascule.Sessions;

/// <summary>What <c>host.json</c> says of a session host: see contract/terminal.md.</summary>
/// <param name="StartTime">Field 22 of <c>/proc/PID/stat</c>, so that no later process with the same pid is taken for it.</param>
/// <param name="Key">The secret that opens everything there.</param>
internal sealed record HostFile(int Pid, long StartTime, Uri Url, string Id, string Key)
{
    internal const string Name = "host.json";

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    // The place of the start time behind the name of the program, which may hold anything but is closed by the last parenthesis.
    private const int StateField = 0;
    private const int StartTimeField = 19;

    /// <returns>Null when there is none, or none that can be trusted; <paramref name="fault"/> says what is wrong with it then.</returns>
    internal static HostFile? Read(string folder, out string? fault)
    {
        fault = null;
        var path = Path.Combine(folder, Name);
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
            {
                fault = $"{path} can be read or written by others than its owner, so its key is no secret. Remove it.";
                return null;
            }

            return JsonSerializer.Deserialize<HostFile>(File.ReadAllBytes(path), JsonSerializerOptions.Web) is { Id: not null, Url: not null, Key: not null } file ? file : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            fault = $"{path} cannot be read: {e.Message}";
            return null;
        }
    }

    /// <summary>Whether that very process still runs; one that ended and was not waited for does not.</summary>
    internal bool IsAlive() => OperatingSystem.IsLinux() ? IsInProc() : HasProcess();

    /// <summary>Ends a host that does not answer any more, at once.</summary>
    internal void Kill()
    {
        try
        {
            using var process = Process.GetProcessById(Pid);
            if (IsAlive())
                process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It has ended by itself meanwhile.
        }
    }

    // Without its key, which must not come into a log.
    public override string ToString() => $"{Id} (pid {Pid}, {Url})";

    private bool IsInProc()
    {
        try
        {
            var text = File.ReadAllText($"/proc/{Pid}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[StateField] is not ("Z" or "X") && long.Parse(fields[StartTimeField], CultureInfo.InvariantCulture) == StartTime;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No such process, or it went while it was read.
            return false;
        }
    }

    // Elsewhere the start time has another meaning; there are no terminals there either.
    private bool HasProcess()
    {
        try
        {
            using var process = Process.GetProcessById(Pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
