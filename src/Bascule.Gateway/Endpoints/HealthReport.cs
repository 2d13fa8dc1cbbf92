using System.Diagnostics;
using Bascule.Backends;

namespace Bascule.Gateway;

/// <summary>Makes the answer of <c>GET /health</c>.</summary>
public sealed class HealthReport(PoolTable pools, GatewayState state, BuildVersion build, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly long _startedAt = time.GetTimestamp();
    private long _cpuAskedAt = time.GetTimestamp();
    private TimeSpan _cpuUsed = Environment.CpuUsage.TotalTime;
    private double _cpuPercentage;

    public HealthDocument Make()
    {
        var nodes = pools.All.SelectMany(p => p.Nodes).ToList();
        var current = nodes.Sum(n => n.SlotsInUse);
        var max = nodes.Sum(n => n.SlotLimit);
        var full = pools.All.Any(p => p.SlotsInUse >= p.SlotLimit);
        return new HealthDocument(
            state.Stopping || !state.Ready ? "stopping" : full ? "degraded" : "healthy",
            state.Stopping ? "stopping" : "available",
            build,
            Math.Round(time.GetElapsedTime(_startedAt).TotalSeconds, 1),
            new HealthChecks(new CapacityCheck(current, max, !full), new CpuCheck(CpuPercentage()), Memory()),
            [.. nodes.Select((n, i) => new ShardHealth(i, n.SlotsInUse, n.SlotLimit, n.SlotLimit - n.SlotsInUse, Math.Round(100.0 * n.SlotsInUse / n.SlotLimit, 2)))]);
    }

    /// <summary>Used between two questions at least a second apart; many askers share one figure.</summary>
    private double CpuPercentage()
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

    private static MemoryCheck Memory()
    {
        using var process = Process.GetCurrentProcess();
        return new MemoryCheck(Math.Round(process.WorkingSet64 / 1e6, 1), Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e6, 1));
    }
}
