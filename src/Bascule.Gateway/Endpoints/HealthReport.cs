using Bascule.Backends;

namespace Bascule.Gateway;

/// <summary>Makes the answer of <c>GET /health</c>.</summary>
public sealed class HealthReport(PoolTable pools, SessionsRoom sessions, GatewayState state, BuildVersion build, TimeProvider time)
{
    private readonly ProcessReading _process = new(time);

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
            _process.UptimeSeconds,
            new HealthChecks(new CapacityCheck(current, max, !full), new CpuCheck(_process.CpuPercentage()), ProcessReading.Memory(), Sessions()),
            [.. nodes.Select((n, i) => new ShardHealth(i, n.SlotsInUse, n.SlotLimit, n.SlotLimit - n.SlotsInUse, Math.Round(100.0 * n.SlotsInUse / n.SlotLimit, 2)))]);
    }

    private SessionCheck? Sessions() => sessions.RunnerName is { } runner
        ? new SessionCheck(runner, sessions.Readings[0].Count, sessions.Readings[1].Count, !sessions.Troubles().Any())
        : null;
}
