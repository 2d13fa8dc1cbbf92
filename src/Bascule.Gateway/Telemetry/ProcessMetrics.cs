using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.IO.Enumeration;

namespace Bascule.Gateway;

/// <summary>The process as every Prometheus client shows it: <c>process_*</c>. Garbage collection and thread pool are the runtime's own (<c>dotnet_*</c>).</summary>
/// <remarks>Names by prometheus.io/docs/instrumenting/writing_clientlibs. File descriptors are told on Linux only.</remarks>
public static class ProcessMetrics
{
    private const string Descriptors = "/proc/self/fd";
    private const string Limits = "/proc/self/limits";
    private const string LimitRow = "Max open files";

    internal static void Add(Meter meter)
    {
        var started = Started();
        meter.CreateObservableCounter("process.cpu", () => Environment.CpuUsage.TotalTime.TotalSeconds, "s", "Processor time that the process used, user and system.");
        meter.CreateObservableGauge("process.resident_memory", () => Environment.WorkingSet, "By", "Memory of the process that is in RAM.");
        meter.CreateObservableGauge("process.start_time", () => started, "s", "When the process started, since 1970-01-01 UTC.");
        meter.CreateObservableGauge("process.open_fds", OpenDescriptors, "{descriptor}", "File descriptors in use; a relayed connection takes two.");
        meter.CreateObservableGauge("process.max_fds", () => MaxDescriptors(File.Exists(Limits) ? File.ReadLines(Limits) : []), "{descriptor}", "File descriptors that the process may use.");
    }

    /// <summary>The soft limit in the text of <c>/proc/self/limits</c>; nothing when it is not there or has no bound.</summary>
    public static IEnumerable<Measurement<long>> MaxDescriptors(IEnumerable<string> limits)
    {
        var row = limits.FirstOrDefault(l => l.StartsWith(LimitRow, StringComparison.Ordinal));
        var soft = row?[LimitRow.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? [new Measurement<long>(limit)] : [];
    }

    /// <summary>Counted without a string for each: there may be 20,000.</summary>
    private static IEnumerable<Measurement<long>> OpenDescriptors() =>
        Directory.Exists(Descriptors) ? [new Measurement<long>(new FileSystemEnumerable<bool>(Descriptors, static (ref _) => true).LongCount())] : [];

    private static double Started()
    {
        using var self = Process.GetCurrentProcess();
        return new DateTimeOffset(self.StartTime).ToUnixTimeMilliseconds() / 1000.0;
    }
}
