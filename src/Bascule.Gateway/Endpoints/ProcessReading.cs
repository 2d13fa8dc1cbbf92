using System.Diagnostics;

namespace Bascule.Gateway;

/// <summary>How this process is, for <c>GET /health</c>.</summary>
internal sealed class ProcessReading(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly long _startedAt = time.GetTimestamp();
    private long _cpuAskedAt = time.GetTimestamp();
    private TimeSpan _cpuUsed = Environment.CpuUsage.TotalTime;
    private double _cpuPercentage;

    internal double UptimeSeconds => Math.Round(time.GetElapsedTime(_startedAt).TotalSeconds, 1);

    /// <summary>Of all cores, between two questions at least a second apart; many askers share one figure.</summary>
    internal double CpuPercentage()
    {
        lock (_gate)
        {
            var elapsed = time.GetElapsedTime(_cpuAskedAt);
            if (elapsed < TimeSpan.FromSeconds(1))
                return _cpuPercentage;
            var used = Environment.CpuUsage.TotalTime;
            _cpuPercentage = Math.Round(Math.Clamp(100 * (used - _cpuUsed) / elapsed / Environment.ProcessorCount, 0, 100), 1);
            _cpuUsed = used;
            _cpuAskedAt = time.GetTimestamp();
            return _cpuPercentage;
        }
    }

    internal static MemoryCheck Memory()
    {
        using var process = Process.GetCurrentProcess();
        return new MemoryCheck(Math.Round(process.WorkingSet64 / 1e6, 1), Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e6, 1));
    }
}
