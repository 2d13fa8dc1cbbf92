using System.Runtime.InteropServices;

namespace Bascule.Handover.Child;

/// <summary>How many descriptors this process may have, and as whom.</summary>
internal static class Limits
{
    private const int OpenFiles = 7;
    private const uint Nobody = 65534;

    /// <summary>Leaves so many numbers free. Those above the limit that are in use stay so.</summary>
    internal static void LeaveDescriptors(int free)
    {
        var inUse = Directory.GetFileSystemEntries("/proc/self/fd").Select(Path.GetFileName).Select(int.Parse!).ToHashSet();
        var limit = 0;
        for (var left = free; left > 0; limit++)
            left -= inUse.Contains(limit) ? 0 : 1;
        // SAFETY: setrlimit(2) reads two 64-bit numbers.
        var wanted = new Limit((ulong)limit, (ulong)limit);
        if (setrlimit(OpenFiles, in wanted) != 0)
            throw new InvalidOperationException($"setrlimit failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>For root, whom limits do not bind. Files that are read later must be open to others: whoever calls has used all code before.</summary>
    internal static void BecomeNobody()
    {
        // SAFETY: plain numbers; the library changes all threads.
        if (setresuid(Nobody, Nobody, Nobody) != 0)
            throw new InvalidOperationException($"setresuid failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setresuid(uint real, uint effective, uint saved);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setrlimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Limit(ulong Soft, ulong Hard);
}
