using System.Globalization;

namespace Bascule.Diagnostics;

/// <summary>What the kernel wrote into its log when it dropped or killed something.</summary>
internal static class KernelLogItems
{
    private const string Id = "kernel-log";
    private const int MostShown = 160;

    // What is older may have been mended since; the log keeps it until the next start.
    private const double RecentSeconds = 24 * 3600;

    private static readonly (string Step, string[] Words, Func<string, Verdict> Say)[] Known =
    [
        ("kernel-log-conntrack", ["nf_conntrack: table full", "ip_conntrack: table full"], seen => Of(
            "HOST-LOG-CONNTRACK", "The kernel dropped packets because its table of connections was full.", seen, "NAT, kube-proxy and stateful firewalls write every connection into that table.", "New connections time out while old ones go on.",
            "sysctl -w net.netfilter.nf_conntrack_max=262144 or more, and the same line in /etc/sysctl.d/90-bascule.conf of the machine.", "host-conntrack")),
        ("kernel-log-orphans", ["too many orphaned sockets", "out of memory -- consider tuning tcp_mem"], seen => Of(
            "HOST-LOG-ORPHANS", "The kernel reset connections because too many were left behind, or TCP had no memory.", seen, "Programs closed sockets whose other ends did not read; what was in flight used the memory of TCP.", "Connections are reset in the middle of an answer.",
            "Look at net.ipv4.tcp_mem and tcp_max_orphans (in pages; in sockets); bound the send queue of each connection.")),
        ("kernel-log-syn-flood", ["ossible SYN flooding on port"], seen => Of(
            "HOST-LOG-SYN-FLOOD", "The queue of new connections overflowed: the kernel took it for an attack.", seen, "More clients came at once than could wait, as after a reload without jitter.", "In a burst some connections take seconds or time out.",
            "sysctl -w net.core.somaxconn=4096 net.ipv4.tcp_max_syn_backlog=4096; raise the backlog of the server; let clients come back with jitter.", "host-somaxconn", "host-syn-backlog")),
        ("kernel-log-oom", ["Out of memory: Kill", "oom-kill:", "Memory cgroup out of memory"], seen => Of(
            "HOST-LOG-OOM", "The kernel killed a process because memory was used up.", seen, "A machine or a container had less memory than its processes wanted.", "Every client of that process sees 1006 at the same moment.",
            "Raise the limit of the container, or find what grows: bounded queues, smaller messages, fewer connections.", "host-cgroup-memory")),
    ];

    internal static async Task<IReadOnlyList<HostItem>> TakeAsync(HostTree tree, HostCheckOptions options, CancellationToken cancellation)
    {
        var answer = await options.Ask("dmesg", [], cancellation);
        if (answer.Text is not { } text)
            return [HostItem.Skip(Id, $"the kernel's log cannot be read ({answer.Problem}); as root: dmesg | grep -iE 'conntrack|orphan|SYN flood|out of memory'")];
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var found = Known.Select(k => (k.Step, k.Say, Lines: lines.Where(l => k.Words.Any(w => l.Contains(w, StringComparison.Ordinal))).ToList())).Where(k => k.Lines.Count > 0)
            .Select(k => HostItem.Of(k.Step, "kernel log", Shown(k.Lines), Aged(k.Say(Shown(k.Lines)), k.Lines[^1], tree))).ToList();
        return found.Count > 0 ? found : [HostItem.Of(Id, "kernel log", $"{HostItem.Count(lines.Length)} lines, and none tells of dropped connections or killed processes")];
    }

    private static string Shown(List<string> lines)
    {
        var last = string.Concat(lines[^1].Where(c => !char.IsControl(c)));
        return $"{HostItem.Count(lines.Count)} lines, the last: {(last.Length > MostShown ? last[..MostShown] + "…" : last)}";
    }

    /// <summary>Lines begin with the seconds since the start of the machine: <c>[28013.727237]</c>.</summary>
    private static Verdict Aged(Verdict verdict, string line, HostTree tree)
    {
        var end = line.IndexOf(']');
        var isOld = end > 1 && line[0] == '[' && double.TryParse(line.AsSpan(1, end - 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var at)
            && double.TryParse(HostTree.Words(tree.First("proc/uptime")).FirstOrDefault(), NumberStyles.Float, CultureInfo.InvariantCulture, out var now) && now - at > RecentSeconds;
        return isOld ? verdict with { Severity = Severity.Info } : verdict;
    }

    private static Verdict Of(string rule, string headline, string seen, string why, string symptom, string fix, params IReadOnlyList<string> facts)
    {
        var verdict = Findings.Measured(rule, Severity.Warning, headline, seen, why, symptom, fix, facts);
        return facts.Count > 0 ? verdict : verdict with { Source = HostItem.KernelNetwork };
    }
}
