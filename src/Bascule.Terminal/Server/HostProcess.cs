using System.Globalization;
using System.Runtime.InteropServices;

namespace Bascule.Terminal;

/// <summary>The process of a host itself: what others may see of it, and how it is told from a later one with its pid.</summary>
public static partial class HostProcess
{
    // prctl(2): PR_SET_DUMPABLE.
    private const int SetDumpable = 4;

    // proc(5): field 22 of stat, the 20th behind the name in parentheses.
    private const int StartTimeField = 19;

    /// <summary>From now on no process of the same user reads the memory or the environment of this one: secrets are in them, and terminals run as the same user.</summary>
    /// <remarks>Does nothing where there is no such call. Children are not concerned: execve(2) gives them their own.</remarks>
    public static void Shield()
    {
        if (OperatingSystem.IsLinux())
            _ = Prctl(SetDumpable, 0, 0, 0, 0);
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
}
