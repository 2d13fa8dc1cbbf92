using System.Globalization;

namespace Bascule.Diagnostics;

/// <summary>What the cgroup, or the machine, gives: memory, processors, processes.</summary>
internal static class CgroupItems
{
    /// <summary>Of one idle relayed connection without TLS, without what the kernel needs: docs/performance.md, and a test compares.</summary>
    internal const long BytesOfConnection = 11_345;

    /// <summary>Per second on one processor: docs/performance.md.</summary>
    private const long Handshakes = 8_623;

    private const double NearlyAll = 0.95;
    private const double ManyThrottled = 0.05;
    private const double NearlyAllProcesses = 0.9;

    internal static HostItem Memory(HostTree tree, CgroupTree cgroup, HostCheckOptions options)
    {
        const string id = "memory";
        if (MemoryOf(tree, cgroup) is not { } memory)
            return HostItem.Skip(id, "neither a cgroup nor /proc/meminfo tells how much memory there is");
        var (most, free, whose) = memory;
        var allowed = free / BytesOfConnection;
        var kills = cgroup.Named("memory", "memory.events", "oom_kill") ?? cgroup.Named("memory", "memory.oom_control", "oom_kill") ?? 0;
        var seen = $"{HostItem.Megabytes(free)} of {HostItem.Megabytes(most)} free ({whose}), {HostItem.Count(BytesOfConnection)} bytes for an idle one, kernel memory, TLS and messages on top{(kills > 0 ? $"; {HostItem.Count(kills)} processes were killed for it" : "")}";
        var wanted = most - free + (4L * options.Sockets * BytesOfConnection);
        var fix = $"Allow {HostItem.Megabytes(Math.Max(wanted, 2 * most))}: Compose: mem_limit; Kubernetes: resources.limits.memory; systemd: MemoryMax. Bound queues of slow readers, and messages.";
        const string symptom = "The process is killed, and every client sees 1006 at the same moment.";
        Verdict? Say(string rule, Severity severity, string headline) => Findings.Measured(rule, severity, headline, seen, "When the memory is used up, the kernel kills the process.", symptom, fix, "host-cgroup-memory");
        var verdict = most - free >= NearlyAll * most ? Say("HOST-MEMORY", Severity.Error, $"Nearly all memory is used: {HostItem.Megabytes(free)} of {HostItem.Megabytes(most)} are free.")
            : kills > 0 ? Say("HOST-OOM", Severity.Warning, $"The kernel killed {HostItem.Count(kills)} processes here because their memory was used up.")
            : allowed < options.Sockets ? Say("HOST-MEMORY", Severity.Warning, $"The memory allows {HostItem.Count(allowed)} idle connections; {HostItem.Count(options.Sockets)} are expected.")
            : null;
        return HostItem.Of(id, "memory", seen, verdict, allowed);
    }

    internal static HostItem Processors(HostTree tree, CgroupTree cgroup)
    {
        const string id = "processors";
        var there = tree.Lines("proc/stat").Count(l => l.StartsWith("cpu", StringComparison.Ordinal) && l.Length > 3 && char.IsAsciiDigit(l[3]));
        if (there == 0)
            return HostItem.Skip(id, "/proc/stat does not list processors");
        var share = Math.Min(cgroup.Processors() ?? there, there);
        var (periods, throttled) = (cgroup.Named("cpu", "cpu.stat", "nr_periods") ?? 0, cgroup.Named("cpu", "cpu.stat", "nr_throttled") ?? 0);
        var stopped = periods == 0 ? 0 : (double)throttled / periods;
        var limit = share < there ? string.Create(CultureInfo.InvariantCulture, $"{share:0.##} of {there} processors") : $"{there} processors, no limit";
        var seen = $"{limit}: about {HostItem.Count((long)(share * Handshakes))} handshakes a second, no limit of open connections; stopped in {HostItem.Percent(stopped)} of the periods ({HostItem.Count(throttled)} of {HostItem.Count(periods)})";
        return HostItem.Of(id, "processors", seen, stopped < ManyThrottled ? null : Findings.Measured(
            "HOST-CPU-THROTTLED", Severity.Warning, $"The processor limit stops this container in {HostItem.Percent(stopped)} of all periods.", seen, "When its share of a period (100 ms) is used up, every thread stands still until the next one.",
            "Pongs and handshakes come late, and clients are dropped, although the average load looks low.", "Kubernetes: leave resources.limits.cpu out, or raise it; Compose: cpus; systemd: CPUQuota. Watch nr_throttled in cpu.stat.", "host-cpu-throttle"));
    }

    internal static HostItem Processes(HostTree tree, CgroupTree cgroup)
    {
        const string id = "processes";
        if (cgroup.Limit("pids", "pids.max", "pids.max") is not { } limit)
            return tree.Exists("sys/fs/cgroup") ? HostItem.Of(id, "processes", "the cgroup has no limit of processes; connections need none, sessions do") : HostItem.Skip(id, "there is no cgroup here");
        var used = cgroup.Number(limit.Folder, "pids.current", "pids.current") ?? 0;
        var seen = $"{HostItem.Count(used)} of {HostItem.Count(limit.Limit)} processes and threads; connections need none, sessions two or more each";
        return HostItem.Of(id, "processes", seen, used < NearlyAllProcesses * limit.Limit ? null : new(
            "HOST-PIDS", Severity.Error, $"The limit of processes is nearly reached: {HostItem.Count(used)} of {HostItem.Count(limit.Limit)}.", seen, "A program beyond it can start neither a process nor a thread.",
            "Sessions cannot be created (\"resource temporarily unavailable\"), and servers that need a new thread die.", "Compose: pids_limit; systemd: TasksMax in [Service]; Kubernetes: podPidsLimit of the kubelet. Look for processes that nobody waits for: ps -eLf.", HostItem.KernelCgroups));
    }

    /// <summary>The tightest of the cgroups above us and the machine. Files in the cache can be given back, so they count as free.</summary>
    private static (long Most, long Free, string Whose)? MemoryOf(HostTree tree, CgroupTree cgroup)
    {
        const long kilo = 1024;
        (long Most, long Free, string Whose)? machine = tree.Named("proc/meminfo", "MemTotal") is { } total && tree.Named("proc/meminfo", "MemAvailable") is { } available ? (total * kilo, available * kilo, "the machine") : null;
        if (cgroup.Limit("memory", "memory.max", "memory.limit_in_bytes") is not { } limit || limit.Limit >= machine?.Most)
            return machine;
        var used = cgroup.Number(limit.Folder, "memory.current", "memory.usage_in_bytes") ?? 0;
        var cache = cgroup.Named(limit.Folder, "memory.stat", "memory.stat", "inactive_file", "total_inactive_file") ?? 0;
        var free = Math.Max(0, limit.Limit - Math.Max(0, used - cache));
        return machine is { } all && all.Free < free ? all : (limit.Limit, free, "its cgroup");
    }
}
