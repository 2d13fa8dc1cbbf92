namespace Bascule.Diagnostics;

/// <summary>Where new connections wait before a program has them: these bound a burst, not how many are open.</summary>
internal static class QueueItems
{
    // The length that the gateway asks for.
    private const long BacklogOfGateway = 4096;

    // Below it the reconnects after a reload do not fit; the linter's rule for sysctl files says the same.
    private const long Short = 1024;

    // One in a thousand: what is below is the odd scan.
    private const double ManyDrops = 0.001;

    internal static HostItem Accepting(HostTree tree)
    {
        const string id = "accept-queue";
        if (tree.Number("proc/sys/net/core/somaxconn") is not { } length)
            return HostItem.Skip(id, "net.core.somaxconn cannot be read here");
        var seen = $"net.core.somaxconn {HostItem.Count(length)}: a burst of {HostItem.Count(Math.Min(length, BacklogOfGateway))} connections can wait for this gateway to take them";
        return HostItem.Of(id, "queue of new connections", seen, length >= Short ? null : Findings.Of(
            "HOST-ACCEPT-QUEUE", Severity.Warning, $"Only {HostItem.Count(length)} new connections can wait to be accepted.", seen, "The kernel drops what does not fit, and clients try again after 1, 3 and 7 s.",
            "In a burst, as after a reload, some connections take seconds or time out.",
            $"sysctl -w net.core.somaxconn={BacklogOfGateway}, and the same line in /etc/sysctl.d/90-bascule.conf. Compose: sysctls: {{ net.core.somaxconn: {BacklogOfGateway} }}. Kubernetes: securityContext.sysctls, which the kubelet must allow.", "host-somaxconn"));
    }

    internal static HostItem Handshakes(HostTree tree)
    {
        const string id = "syn-backlog";
        if (tree.Number("proc/sys/net/ipv4/tcp_max_syn_backlog") is not { } length)
            return HostItem.Skip(id, "net.ipv4.tcp_max_syn_backlog cannot be read here");
        var cookies = tree.Number("proc/sys/net/ipv4/tcp_syncookies") is not 0;
        var seen = $"tcp_max_syn_backlog {HostItem.Count(length)}: a burst of so many connections can be half open; SYN cookies are {(cookies ? "on" : "off")}";
        return HostItem.Of(id, "queue of half-open connections", seen, length >= Short || cookies ? null : Findings.Of(
            "HOST-SYN-BACKLOG", Severity.Warning, $"Only {HostItem.Count(length)} connections can be half open, and SYN cookies are off.", seen, "What does not fit is dropped without an answer.",
            "In a burst some connections take seconds or time out.", "sysctl -w net.ipv4.tcp_syncookies=1 net.ipv4.tcp_max_syn_backlog=4096, and the same lines in /etc/sysctl.d/90-bascule.conf.", "host-syn-backlog"));
    }

    internal static HostItem Drops(HostTree tree)
    {
        const string id = "listen-drops";
        const string table = "proc/net/netstat";
        if (tree.InTable(table, "TcpExt", "ListenDrops") is not { } drops || tree.InTable(table, "TcpExt", "ListenOverflows") is not { } overflows)
            return HostItem.Skip(id, "/proc/net/netstat does not count dropped connections");
        var (synDrops, cookies) = (tree.InTable(table, "TcpExt", "TCPReqQFullDrop") ?? 0, tree.InTable(table, "TcpExt", "TCPReqQFullDoCookies") ?? 0);
        var accepted = tree.InTable("proc/net/snmp", "Tcp", "PassiveOpens") ?? 0;
        var seen = $"since the start: {HostItem.Count(overflows)} overflows and {HostItem.Count(drops)} drops of accept queues, {HostItem.Count(synDrops)} SYNs dropped, {HostItem.Count(cookies)} answered with cookies, {HostItem.Count(accepted)} connections taken";
        var lost = drops + synDrops;
        return HostItem.Of(id, "dropped connections", seen, lost == 0 ? null : Findings.Measured(
            "HOST-LISTEN-DROPS", lost >= ManyDrops * (accepted + lost) ? Severity.Warning : Severity.Info, $"{HostItem.Count(lost)} connections were dropped before any program saw them.", seen,
            "A queue of new connections was full: its owner took them too slowly, or it is too short.", "The client waits 1, 3 or 7 s and tries again, or times out; no log of a server shows it.",
            "See which program it is: ss -ltn (Recv-Q near Send-Q). Raise its backlog and net.core.somaxconn, give it more processor, let clients come back with jitter.", "host-abort-on-overflow", "host-somaxconn"));
    }
}
