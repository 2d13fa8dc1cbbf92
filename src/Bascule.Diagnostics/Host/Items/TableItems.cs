namespace Bascule.Diagnostics;

/// <summary>Tables and memory of the kernel that all connections share.</summary>
internal static class TableItems
{
    private const double Full = 0.95;
    private const double NearlyFull = 0.8;

    internal static HostItem Conntrack(HostTree tree, HostCheckOptions options)
    {
        const string id = "conntrack";
        const string name = "connection tracking";
        var most = tree.Number("proc/sys/net/netfilter/nf_conntrack_max") ?? tree.Number("proc/sys/net/nf_conntrack_max");
        if (most is not { } size || size == 0)
            return HostItem.Of(id, name, "no table of connections (nf_conntrack) is in use here: no limit");
        var used = tree.Number("proc/sys/net/netfilter/nf_conntrack_count") ?? 0;
        if (used == 0)
            return HostItem.Of(id, name, $"nf_conntrack_max {HostItem.Count(size)}, but nothing is tracked: no limit");
        var allowed = size / HostItem.EndsOfConnection;
        var seen = $"{HostItem.Count(used)} of {HostItem.Count(size)} entries used, two for each connection that is relayed";
        var wanted = Math.Max(262_144, 4L * options.Sockets);
        Verdict? Say(Severity severity, string headline) => Findings.Measured(
            "HOST-CONNTRACK-TABLE", severity, headline, seen, "NAT, kube-proxy and stateful firewalls write every connection into this table; when it is full, packets of new ones are dropped.",
            "New connections time out while old ones go on; the kernel's log says \"nf_conntrack: table full, dropping packet\".",
            $"sysctl -w net.netfilter.nf_conntrack_max={wanted}, and the same line in /etc/sysctl.d/90-bascule.conf of the machine (not of the container); or take the ports out of tracking: nft rules with notrack.", "host-conntrack");
        var verdict = used >= Full * size ? Say(Severity.Error, $"The kernel's table of connections is full: {HostItem.Count(used)} of {HostItem.Count(size)}.")
            : used >= NearlyFull * size ? Say(Severity.Warning, $"The kernel's table of connections is nearly full: {HostItem.Count(used)} of {HostItem.Count(size)}.")
            : allowed < options.Sockets ? Say(Severity.Warning, $"The kernel's table of connections has room for {HostItem.Count(allowed)}; {HostItem.Count(options.Sockets)} are expected.")
            : null;
        return HostItem.Of(id, name, seen, verdict, allowed);
    }

    internal static HostItem TcpMemory(HostTree tree)
    {
        const string id = "tcp-memory";
        if (tree.Numbers("proc/sys/net/ipv4/tcp_mem") is not [_, var pressure, var most] || tree.Within("proc/net/sockstat", "TCP", "mem") is not { } used)
            return HostItem.Skip(id, "net.ipv4.tcp_mem or /proc/net/sockstat cannot be read here");
        var page = Environment.SystemPageSize;
        // An idle connection needs none, so this bounds traffic, not how many are open.
        var seen = $"TCP uses {HostItem.Megabytes(used * page)}; it saves from {HostItem.Megabytes(pressure * page)} on and drops at {HostItem.Megabytes(most * page)}: enough for {HostItem.Count(most / HostItem.EndsOfConnection)} connections with a page in flight on both ends";
        return HostItem.Of(id, "memory of TCP", seen, used < pressure ? null : new(
            "HOST-TCP-MEMORY", used >= Full * most ? Severity.Error : Severity.Warning, $"The kernel runs short of memory for TCP: {HostItem.Megabytes(used * page)} of {HostItem.Megabytes(most * page)}.", seen,
            "Under pressure the kernel shrinks windows; at the limit it drops packets and connections.", "Everything on this machine becomes slow at once; connections are reset.",
            "Find readers that do not read (ss -tm, large Recv-Q or Send-Q); lower the send queue of each connection, or raise net.ipv4.tcp_mem (in pages).", HostItem.KernelNetwork));
    }
}
