using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Bascule.Terminal;

/// <summary>The process of a host itself: what others may see of it, and how it is told from a later one with its pid.</summary>
public static partial class HostProcess
{
    // prctl(2): PR_SET_DUMPABLE.
    private const int SetDumpable = 4;

    // .NET opens a port for debuggers and dumps by itself, to which any process of the same user may speak. It heeds this only at its very start, and has no such setting in a file.
    private const string DiagnosticsSwitch = "DOTNET_EnableDiagnostics";

    // proc(5): field 22 of stat, the 20th behind the name in parentheses.
    private const int StartTimeField = 19;

    /// <summary>From now on no process of the same user reads the memory or the environment of this one: secrets are in them, and terminals run as the same user.</summary>
    /// <remarks>Does nothing where there is no such call. Children are not concerned: execve(2) gives them their own.</remarks>
    public static void Shield()
    {
        if (OperatingSystem.IsLinux())
            _ = Prctl(SetDumpable, 0, 0, 0, 0);
    }

    /// <summary>Has this program begin again, as the same process, without the port by which .NET gives its memory away. Does not return then.</summary>
    /// <remarks>Nothing happens where the environment says already whether there is to be one, or the system is not Linux.</remarks>
    /// <returns>What the system had against it, as an error number; 0: there was nothing to do.</returns>
    public static int CloseDiagnostics()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable(DiagnosticsSwitch) is not null)
            return 0;
        // The next one makes no new files, and so does not take those of this one away.
        var name = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{StartTime()}-");
        foreach (var file in new[] { $"dotnet-diagnostic-{name}socket", $"clr-debug-pipe-{name}in", $"clr-debug-pipe-{name}out" })
            File.Delete(Path.Combine(Path.GetTempPath(), file));
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(v => $"{v.Key}={v.Value}").Append($"{DiagnosticsSwitch}=0");
        var arguments = File.ReadAllText("/proc/self/cmdline").TrimEnd('\0').Split('\0');
        // A null after the last one says that it was the last.
        _ = Execute(Environment.ProcessPath!, [.. arguments, null], [.. environment, null]);
        return Marshal.GetLastPInvokeError();
    }

    /// <summary>Ticks between the start of the machine and the start of this process.</summary>
    public static long StartTime()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[StartTimeField], CultureInfo.InvariantCulture);
    }

    // SAFETY: five words by value, no memory of ours; the answer is a number.
    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Prctl(int option, nuint first, nuint second, nuint third, nuint fourth);

    // SAFETY: both lists end with null, as execve(2) wants it; it returns only when nothing was changed.
    [LibraryImport("libc", EntryPoint = "execve", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Execute(string program, string?[] arguments, string?[] environment);
}
