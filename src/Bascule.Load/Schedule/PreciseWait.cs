using System.Runtime.InteropServices;

namespace Bascule.Load;

/// <summary>Sleeps for less than a millisecond. Timers of .NET wake on whole milliseconds: in a latency of 50 µs such lag would be all that one sees.</summary>
/// <remarks>A native call outside the rooms that may have them (CONTRIBUTING): nothing in .NET waits this precisely without keeping a core busy.</remarks>
internal static class PreciseWait
{
    private const int SetTimerSlack = 29; // prctl(2): PR_SET_TIMERSLACK

    /// <summary>Asks the kernel to wake this thread on time, and not together with others. Without it a sleep ends 50 µs late.</summary>
    internal static void PrepareThread()
    {
        if (OperatingSystem.IsLinux())
            _ = prctl(SetTimerSlack, 1, 0, 0, 0);
    }

    /// <summary>Sleeps; on other systems than Linux at least a millisecond. May wake early when a signal comes.</summary>
    internal static void Sleep(TimeSpan time)
    {
        if (time <= TimeSpan.Zero)
            return;
        if (!OperatingSystem.IsLinux())
        {
            using var never = new ManualResetEventSlim();
            never.Wait(Math.Max(1, (int)time.TotalMilliseconds));
            return;
        }

        // SAFETY: nanosleep(2) reads one struct timespec, two longs on every 64-bit Linux, and writes nothing when the second argument is null.
        var request = new Timespec((long)time.TotalSeconds, time.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick);
        _ = nanosleep(in request, 0);
    }

    [DllImport("libc", SetLastError = false)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int nanosleep(in Timespec request, nint remaining);

    [DllImport("libc", SetLastError = false)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Timespec(long Seconds, long Nanoseconds);
}
