namespace Bascule.Diagnostics;

/// <summary>Rules about HAProxy.</summary>
internal static class HaproxyRules
{
    /// <summary>Ephemeral ports of Linux: net.ipv4.ip_local_port_range is 32768 to 60999.</summary>
    private const int EphemeralPorts = 28232;

    internal static readonly IReadOnlyList<LintRule> All =
    [
        IdleRule.Of("HAPROXY-TUNNEL-TIMEOUT", Severity.Warning, "HAProxy: timeout tunnel, client and server", HopType.Haproxy, "timeout tunnel, else the shorter of client and server", "timeout tunnel 1h and timeout client-fin 30s", "haproxy.cfg", "defaults\n  mode http\n  timeout client 30s\n  timeout server 30s\nbackend ws\n  server s1 10.0.0.1:8080\n", "haproxy-tunnel"),
        new("HAPROXY-TUNNEL-PLACEMENT", Severity.Error, Breaks.Connection, "HAProxy: sections")
        {
            Why = "timeout tunnel belongs to the server's side; in a frontend it is ignored with a warning.",
            Symptom = "Connections end after the shorter of timeout client and server, as if it were not there.",
            Fix = "Move it to the backend, listen or defaults section.",
            Facts = ["haproxy-tunnel-scope"],
            Check = d => d.Of(FileKind.Haproxy).SelectMany(f => f.Root!.All("frontend")).Select(s => PathHops.Timeout(s, "tunnel")).Where(t => t is not null)
                .Select(t => new LintHit(t!.Place, "timeout tunnel stands in a frontend") { Edit = LineEdit.Remove(t.Place) }),
            Fires = new LintExample(("haproxy.cfg", "frontend web\n  bind :80\n  timeout tunnel 1h\nbackend app\n  server s1 10.0.0.1:80\n")),
            Silent = new LintExample(("haproxy.cfg", "frontend web\n  bind :80\nbackend app\n  timeout tunnel 1h\n  server s1 10.0.0.1:80\n")),
        },
        new("HAPROXY-H2-BACKEND-WS", Severity.Warning, Breaks.Handshake, "HAProxy: server lines")
        {
            Why = "Over HTTP/2 a WebSocket needs RFC 8441 at the server, which few have.",
            Symptom = "Handshakes get 502 or an ordinary answer.",
            Fix = "Write alpn h2,http/1.1 ws h1.",
            Facts = ["haproxy-ws-h1-h2"],
            Check = d => from file in d.Of(FileKind.Haproxy)
                         from section in file.Root!.Children
                         where MayCarry(section, file)
                         from server in section.All("server")
                         let text = " " + server.Value + " "
                         where (text.Contains(" alpn h2 ", StringComparison.Ordinal) || text.Contains(" proto h2 ", StringComparison.Ordinal)) && !text.Contains(" ws h1 ", StringComparison.Ordinal)
                         select new LintHit(server.Place, $"server {server.FirstWord} is spoken to in HTTP/2 alone") { Edit = LineEdit.Replace(server.Place, "alpn h2", "alpn h2,http/1.1 ws h1") },
            Fires = new LintExample(("haproxy.cfg", "backend ws\n  timeout tunnel 1h\n  server s1 10.0.0.1:443 ssl alpn h2\n")),
            Silent = new LintExample(("haproxy.cfg", "backend ws\n  timeout tunnel 1h\n  server s1 10.0.0.1:443 ssl alpn h2,http/1.1 ws h1\n")),
        },
        new("HAPROXY-MAXCONN", Severity.Warning, Breaks.Load, "HAProxy: maxconn")
        {
            Why = "Above maxconn new clients wait in the kernel's queue, without any answer.",
            Symptom = "Handshakes hang, then time out, while open connections work.",
            Fix = "Raise maxconn, and the open files with it.",
            Facts = ["haproxy-maxconn"],
            Check = d => from file in d.Of(FileKind.Haproxy)
                         from node in file.Root!.Deep("maxconn")
                         where TimeText.Number(node.Value) < d.Options.Sockets
                         select new LintHit(node.Place, $"maxconn lets {node.Value} connections in; {d.Options.Wanted}"),
            Fires = new LintExample(("haproxy.cfg", "global\n  maxconn 2000\nbackend ws\n  timeout tunnel 1h\n  server s1 10.0.0.1:80\n")) { Options = new LintOptions(12000) },
            Silent = new LintExample(("haproxy.cfg", "global\n  maxconn 30000\nbackend ws\n  timeout tunnel 1h\n  server s1 10.0.0.1:80\n")) { Options = new LintOptions(12000) },
        },
        new("HOST-EPHEMERAL-PORTS", Severity.Warning, Breaks.Load, "HAProxy: servers of a backend, against the connections expected")
        {
            Why = "Each connection to a server takes a local port of its own towards that address and port; there are 28,232.",
            Symptom = "Above that number new connections fail at once with 503, while everything looks idle.",
            Fix = "Add addresses or ports of servers, or source addresses, or widen net.ipv4.ip_local_port_range.",
            Facts = ["host-ephemeral-28232", "host-time-wait"],
            Check = d => from file in d.Of(FileKind.Haproxy)
                         from section in file.Root!.Children
                         where section.Key is "backend" or "listen"
                         let targets = section.All("server").Select(s => s.Words.ElementAtOrDefault(1)).Distinct(StringComparer.Ordinal).Count()
                         where targets > 0 && d.Options.Sockets / targets > EphemeralPorts
                         select new LintHit(section.Place, $"{d.Options.Sockets} connections to {targets} server address{(targets == 1 ? "" : "es")}: more than {EphemeralPorts} to one of them"),
            Fires = new LintExample(("haproxy.cfg", "backend ws\n  timeout tunnel 1h\n  server s1 10.0.0.5:8080\n")) { Options = new LintOptions(40000) },
            Silent = new LintExample(("haproxy.cfg", "backend ws\n  timeout tunnel 1h\n  server s1 10.0.0.5:8080\n  server s2 10.0.0.5:8081\n")) { Options = new LintOptions(40000) },
        },
        new("HAPROXY-DEL-UPGRADE", Severity.Error, Breaks.Handshake, "HAProxy: http-request rules")
        {
            Why = "The rule takes out or writes over a header that the upgrade needs.",
            Symptom = "Every handshake gets 400 or 426 from the backend.",
            Fix = "Delete the rule, or limit it to requests without Upgrade.",
            Facts = ["haproxy-ws-h1-h2"],
            Check = d => from file in d.Of(FileKind.Haproxy)
                         from section in file.Root!.Children
                         where MayCarry(section, file)
                         from rule in section.All("http-request")
                         where rule.Words is ["del-header" or "set-header", var name, ..] && name.ToLowerInvariant() is "upgrade" or "connection"
                             && !rule.Words.Contains("if") && !(rule.Words[0] == "set-header" && rule.Words.Skip(2).Any(w => w.Equals("upgrade", StringComparison.OrdinalIgnoreCase)))
                         select new LintHit(rule.Place, $"http-request {rule.Words[0]} {rule.Words[1]}") { Edit = LineEdit.Remove(rule.Place) },
            Fires = new LintExample(("haproxy.cfg", "frontend web\n  http-request set-header Connection close\nbackend ws\n  timeout tunnel 1h\n  server s1 10.0.0.1:80\n")),
            Silent = new LintExample(("haproxy.cfg", "frontend web\n  http-request set-header X-Real-IP %[src]\nbackend ws\n  timeout tunnel 1h\n  server s1 10.0.0.1:80\n")),
        },
        new("HAPROXY-DENY-UPGRADE", Severity.Error, Breaks.Handshake, "HAProxy: http-request deny")
        {
            Why = "The rule refuses every request that asks for a WebSocket.",
            Symptom = "Every handshake gets 403, or the status that the rule names, while plain requests to the same address work.",
            Fix = "Delete the rule, or add a condition that says which WebSockets it shall refuse.",
            Reference = "https://docs.haproxy.org/dev/configuration.html#4.2-http-request",
            Check = d => from file in d.Of(FileKind.Haproxy)
                         from section in file.Root!.Children
                         from rule in section.All("http-request")
                         where rule.Words is ["deny", ..] && IsForUpgrades(rule, section)
                         select new LintHit(rule.Place, "http-request deny refuses every WebSocket") { Edit = LineEdit.Remove(rule.Place) },
            Fires = new LintExample(("haproxy.cfg", "frontend web\n  acl is_ws hdr(Upgrade) -i websocket\n  http-request deny if is_ws\nbackend ws\n  timeout tunnel 1h\n  server s1 10.0.0.1:80\n")),
            Silent = new LintExample(("haproxy.cfg", "frontend web\n  acl is_ws hdr(Upgrade) -i websocket\n  acl is_office src 10.0.0.0/8\n  http-request deny if is_ws !is_office\nbackend ws\n  timeout tunnel 1h\n  server s1 10.0.0.1:80\n")),
        },
    ];

    /// <summary>Not a backend, where another one is named for WebSockets.</summary>
    private static bool MayCarry(ConfigNode section, LintFile file)
    {
        if (section.Key != "backend")
            return true;
        var named = file.Root!.Children.SelectMany(front => front.All("use_backend").Where(rule => IsForSockets(rule, front))).Select(rule => rule.FirstWord).ToHashSet(StringComparer.Ordinal);
        return named.Count == 0 || named.Contains(section.FirstWord);
    }

    /// <summary>Whether a condition of the rule asks for an upgrade, or for a path of sockets.</summary>
    private static bool IsForSockets(ConfigNode rule, ConfigNode section)
    {
        var condition = rule.Words.SkipWhile(w => w != "if").Skip(1).ToList();
        var inside = condition.Contains("{") ? condition : [];
        var named = section.All("acl").Where(a => a.FirstWord is { } name && condition.Contains(name)).Select(a => a.Words.Skip(1));
        return named.Append(inside.Where(w => w is not ("{" or "}"))).Any(words => AsksForUpgrade(words) || AsksForSocketPath(words));
    }

    private static bool AsksForSocketPath(IEnumerable<string> words) => words.FirstOrDefault()?.StartsWith("path", StringComparison.Ordinal) == true && words.Skip(1).Any(Intent.IsSocketPath);

    /// <summary>Whether the only condition of a rule is that a WebSocket is asked for.</summary>
    private static bool IsForUpgrades(ConfigNode rule, ConfigNode section)
    {
        var condition = rule.Words.SkipWhile(w => w != "if").Skip(1).ToList();
        return condition switch
        {
            [var name] => section.All("acl").Where(a => a.FirstWord == name).ToList() is { Count: > 0 } rows && rows.TrueForAll(a => AsksForUpgrade(a.Words.Skip(1))),
            ["{", .. var inside, "}"] => !inside.Contains("}") && AsksForUpgrade(inside),
            _ => false,
        };
    }

    private static bool AsksForUpgrade(IEnumerable<string> words)
    {
        var all = words.ToList();
        return all.Count > 1 && all[0].ToLowerInvariant() is "hdr(upgrade)" or "req.hdr(upgrade)" or "req.fhdr(upgrade)" && all[^1].Equals("websocket", StringComparison.OrdinalIgnoreCase);
    }
}
