namespace Bascule.Diagnostics;

/// <summary>Rules about limits of the host: open files, queues, and kernel settings that are believed to help.</summary>
internal static class HostRules
{
    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("HOST-NOFILE", Severity.Warning, Breaks.Load, "ulimits of Compose services, LimitNOFILE of units")
        {
            Why = "Each connection is an open file, and two in a proxy.",
            Symptom = "Beyond the limit new connections are refused or hang; the log says \"too many open files\".",
            Fix = "Set nofile to 65536 or more.",
            Facts = ["go-nofile-raise", "host-nofile"],
            Check = d => Limits(d).Where(l => TimeText.Number(l.Node.Value) is { } files && files < d.Options.Sockets * (l.IsProxy ? 2.2 : 1.1))
                .Select(l => new LintHit(l.Node.Place, $"{l.Node.Value} open files hold about {Math.Floor((TimeText.Number(l.Node.Value) ?? 0) / (l.IsProxy ? 2.2 : 1.1))} connections; {d.Options.Wanted}") { Edit = LineEdit.Value(l.Node, "65536") }),
            Fires = new LintExample(("compose.yaml", Compose("1024"))) { Options = new LintOptions(12000, AssumeWebSockets: true) },
            Silent = new LintExample(("compose.yaml", Compose("65536"))) { Options = new LintOptions(12000, AssumeWebSockets: true) },
        },
        new("HOST-SOMAXCONN", Severity.Info, Breaks.Load, "sysctl files, sysctls of Compose services")
        {
            Why = "The queue of connections that wait to be accepted is this long; a burst above it is dropped.",
            Symptom = "In a burst some connections take 1, 3 or 7 s.",
            Fix = "Set net.core.somaxconn to 4096 or more, and the server's backlog, too.",
            Facts = ["node-ws-limits", "host-somaxconn", "host-syn-backlog"],
            Check = d => Settings(d, "net.core.somaxconn").Where(n => TimeText.Number(n.Value) < 1024).Select(n => new LintHit(n.Place, $"net.core.somaxconn is {n.Value}") { Edit = LineEdit.Value(n, "8192") }),
            Fires = new LintExample(("compose.yaml", "services:\n  lb:\n    image: haproxy\n    sysctls:\n      net.core.somaxconn: 128\n"), Samples.Pinging),
            Silent = new LintExample(("compose.yaml", "services:\n  lb:\n    image: haproxy\n    sysctls:\n      net.core.somaxconn: 8192\n"), Samples.Pinging),
        },
        new("HOST-CONNTRACK", Severity.Info, Breaks.Load, "sysctl files")
        {
            Why = "Behind NAT or kube-proxy each connection takes one or two entries of this table.",
            Symptom = "New connections time out, and the kernel's log says \"table full, dropping packet\".",
            Fix = "Raise net.netfilter.nf_conntrack_max.",
            Facts = ["host-conntrack"],
            Check = d => Settings(d, "net.netfilter.nf_conntrack_max").Where(n => TimeText.Number(n.Value) < d.Options.Sockets * 2).Select(n => new LintHit(n.Place, $"the table holds {n.Value} entries; {d.Options.Wanted}")),
            Fires = new LintExample(("sysctl.conf", "net.netfilter.nf_conntrack_max = 16384\n"), Samples.Pinging) { Options = new LintOptions(12000) },
            Silent = new LintExample(("sysctl.conf", "net.netfilter.nf_conntrack_max = 262144\n"), Samples.Pinging) { Options = new LintOptions(12000) },
        },
        new("HOST-ABORT-ON-OVERFLOW", Severity.Warning, Breaks.Handshake, "sysctl files")
        {
            Why = "A short burst that would have been taken a second later is refused at once.",
            Symptom = "In a burst connections are reset.",
            Fix = "Leave it at 0; raise the backlog, and accept faster.",
            Facts = ["host-abort-on-overflow"],
            IsWrongFix = true,
            IsForAll = true,
            Check = d => Settings(d, "net.ipv4.tcp_abort_on_overflow").Where(n => n.Value == "1").Select(n => new LintHit(n.Place, "tcp_abort_on_overflow is on") { Edit = LineEdit.Remove(n.Place) }),
            Fires = new LintExample(("sysctl.conf", "net.ipv4.tcp_abort_on_overflow = 1\n")),
            Silent = new LintExample(("sysctl.conf", "net.ipv4.tcp_abort_on_overflow = 0\n")),
        },
        new("HOST-TW-RECYCLE", Severity.Warning, Breaks.Handshake, "sysctl files")
        {
            Why = "It dropped clients behind one NAT at random, and kernels since 4.12 do not know it.",
            Symptom = "Some clients behind NAT cannot connect, on old kernels.",
            Fix = "Delete it. For outgoing connections there is tcp_tw_reuse; better, more addresses or ports.",
            Facts = ["host-time-wait"],
            IsWrongFix = true,
            IsForAll = true,
            Check = d => Settings(d, "net.ipv4.tcp_tw_recycle").Where(n => n.Value == "1").Select(n => new LintHit(n.Place, "tcp_tw_recycle is on") { Edit = LineEdit.Remove(n.Place) }),
            Fires = new LintExample(("sysctl.conf", "net.ipv4.tcp_tw_recycle = 1\n")),
            Silent = new LintExample(("sysctl.conf", "net.ipv4.tcp_tw_reuse = 1\n")),
        },
        new("HOST-KEEPALIVE-NOT-LAYER7", Severity.Info, Breaks.Nothing, "sysctl files, where proxies count silence")
        {
            Why = "Proxies and balancers of layer 7 look at data; a TCP keep-alive probe carries none. Only NAT and layer 4 balancers care.",
            Symptom = "Silent connections end after the same time as before.",
            Fix = "Send WebSocket pings.",
            Facts = ["host-keepalive-7200", "aws-clb-tcp-keepalive"],
            IsWrongFix = true,
            Check = d => Settings(d, "net.ipv4.tcp_keepalive_time").Where(n => TimeText.Number(n.Value) < 600 && d.Quickest is null).Select(n => new LintHit(n.Place, $"tcp_keepalive_time is {n.Value}, and no heartbeat was found")),
            Fires = new LintExample(("sysctl.conf", "net.ipv4.tcp_keepalive_time = 30\n"), Samples.Quiet),
            Silent = new LintExample(("sysctl.conf", "net.ipv4.tcp_keepalive_time = 30\n"), Samples.Pinging),
        },
    ];

    private static string Compose(string files) => $"services:\n  lb:\n    image: haproxy\n    ulimits:\n      nofile:\n        soft: {files}\n        hard: {files}\n";

    private static IEnumerable<(ConfigNode Node, bool IsProxy)> Limits(Deployment deployment) =>
        deployment.Of(FileKind.Compose).SelectMany(f => f.Root!.Children.SelectMany(d => d["services"]?.Children ?? []))
            .Select(s => (Limit: s.At("ulimits", "nofile"), IsProxy: IsProxy(s.Text("image") ?? ""))).Where(l => l.Limit is not null).Select(l => (l.Limit!["soft"] ?? l.Limit, l.IsProxy))
            .Concat(deployment.Of(FileKind.Unit).SelectMany(f => f.Root!.All("LimitNOFILE").Select(n => (n, IsProxy(f.Path)))));

    private static bool IsProxy(string name) => name.Contains("haproxy", StringComparison.Ordinal) || name.Contains("nginx", StringComparison.Ordinal) || name.Contains("envoy", StringComparison.Ordinal)
        || name.Contains("traefik", StringComparison.Ordinal) || name.Contains("caddy", StringComparison.Ordinal);

    private static IEnumerable<ConfigNode> Settings(Deployment deployment, string key) =>
        deployment.Of(FileKind.Sysctl).SelectMany(f => f.Root!.All(key))
            .Concat(deployment.Of(FileKind.Compose).SelectMany(f => f.Root!.Deep("sysctls")).SelectMany(s => s.Children.Where(c => c.Key == key || c.Value?.StartsWith(key + "=", StringComparison.Ordinal) == true)))
            .Select(n => n.Key == key ? n : new ConfigNode(key, n.Value![(key.Length + 1)..], n.Place));
}
