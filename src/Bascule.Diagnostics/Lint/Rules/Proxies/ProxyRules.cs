namespace Bascule.Diagnostics;

/// <summary>Rules about Traefik, Caddy, Apache, Kong, YARP and IIS.</summary>
internal static class ProxyRules
{
    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("TRAEFIK-LINGERING", Severity.Error, Breaks.Connection, "Image tags of Traefik")
        {
            Why = "This release cuts connections about two seconds after they were opened.",
            Symptom = "Every connection ends after some two seconds.",
            Fix = "Use a newer release, and delete lingeringTimeout.",
            Facts = ["traefik-2111-lingering"],
            Check = d => d.Containers.Where(c => c.Image is "traefik:v2.11.1" or "traefik:2.11.1" or "traefik:v3.0.0-rc4").Select(c => new LintHit(c.Place, $"{c.Image} is a release that cuts connections"))
                .Concat(d.Files.Where(f => f.Root is not null && f.Kind is FileKind.Traefik or FileKind.Toml).SelectMany(f => f.Root!.Deep("lingeringTimeout")).Concat(d.Traefik.EntryPoints.SelectMany(e => TraefikModel.Deep(e, "lingeringTimeout"))).DistinctBy(n => n.Place).Select(n => new LintHit(n.Place, "lingeringTimeout is set") { Edit = LineEdit.Remove(n.Place) })),
            Fires = new LintExample(("compose.yaml", "services:\n  proxy:\n    image: traefik:v2.11.1\n"), Samples.Pinging),
            Silent = new LintExample(("compose.yaml", "services:\n  proxy:\n    image: traefik:v3.6\n"), Samples.Pinging),
        },
        new("CADDY-RELOAD", Severity.Info, Breaks.Connection, "Caddyfile: reverse_proxy")
        {
            Why = "Each reload closes all connections that are passed on, at once, unless it is delayed.",
            Symptom = "All connections end with 1001 after a reload, and all clients come back together.",
            Fix = "Set stream_close_delay 5m in the reverse_proxy.",
            Facts = ["caddy-reload-1001"],
            Check = d => Reverse(d).Where(r => !r.Children.Any(c => c.Key == "stream_close_delay"))
                .Select(r => new LintHit(r.Place, "reverse_proxy without stream_close_delay") { Edit = r.Children.Count > 0 ? LineEdit.After(r.Place, "stream_close_delay 5m") : LineEdit.Replace(r.Place with { Column = 1 }, r.Words[^1], r.Words[^1] + " {\n\t\tstream_close_delay 5m\n\t}") }),
            Fires = new LintExample(("Caddyfile", "example.com {\n\treverse_proxy app:8080\n}\n"), Samples.Pinging),
            Silent = new LintExample(("Caddyfile", "example.com {\n\treverse_proxy app:8080 {\n\t\tstream_close_delay 5m\n\t}\n}\n"), Samples.Pinging),
        },
        new("CADDY-UPGRADE-HEADERS", Severity.Error, Breaks.Handshake, "Caddyfile: header_up in reverse_proxy")
        {
            Why = "Caddy upgrades by itself; a line that fixes or deletes Connection or Upgrade breaks it, or marks every plain request as an upgrade.",
            Symptom = "Handshakes, or all plain requests, get 400.",
            Fix = "Delete the line.",
            Facts = ["caddy-support"],
            IsWrongFix = true,
            Check = d => Reverse(d).SelectMany(r => r.All("header_up")).Where(h => h.Words is [var name, ..] && name.TrimStart('-', '+').ToLowerInvariant() is "connection" or "upgrade" && !(h.Words.Count > 1 && h.Words[1].Contains('{')))
                .Select(h => new LintHit(h.Place, $"header_up {h.Value}") { Edit = LineEdit.Remove(h.Place) }),
            Fires = new LintExample(("Caddyfile", "example.com {\n\treverse_proxy app:8080 {\n\t\theader_up Connection \"close\"\n\t}\n}\n"), Samples.Pinging),
            Silent = new LintExample(("Caddyfile", "example.com {\n\treverse_proxy app:8080 {\n\t\theader_up X-Real-IP {remote_host}\n\t}\n}\n"), Samples.Pinging),
        },
        new("CADDY-H2C-TRANSPORT", Severity.Warning, Breaks.Handshake, "Caddyfile: transport of reverse_proxy")
        {
            Why = "Towards a backend that is spoken to in HTTP/2 alone there is no HTTP/1.1 request that could be upgraded.",
            Symptom = "Handshakes get 502.",
            Fix = "Name HTTP/1.1 too: versions 1.1 h2c, or give WebSockets a route of their own.",
            Reference = "https://www.rfc-editor.org/rfc/rfc9113#section-8.6",
            Check = d => Reverse(d).Where(r => r.Words.Any(w => w.StartsWith("h2c://", StringComparison.Ordinal))).Select(r => new LintHit(r.Place, "the backend is spoken to in h2c alone"))
                .Concat(Reverse(d).SelectMany(r => r.Deep("versions")).Where(v => v.Words.Count > 0 && !v.Words.Contains("1.1")).Select(v => new LintHit(v.Place, $"versions {v.Value} leaves HTTP/1.1 out") { Edit = LineEdit.Replace(v.Place, "versions", "versions 1.1") })),
            Fires = new LintExample(("Caddyfile", "example.com {\n\treverse_proxy /ws h2c://app:8080\n}\n"), Samples.Pinging),
            Silent = new LintExample(("Caddyfile", "example.com {\n\treverse_proxy /ws app:8080\n}\n"), Samples.Pinging),
        },
        new("APACHE-UPGRADE", Severity.Error, Breaks.Handshake, "Apache: ProxyPass")
        {
            Why = "An http:// mapping without upgrade= is plain HTTP to Apache.",
            Symptom = "Every handshake gets 400, 404 or 426.",
            Fix = "Add upgrade=websocket (2.4.47 and later) to the line, or map ws:// with mod_proxy_wstunnel, by ProxyPass or by a RewriteRule with [P].",
            Facts = ["apache-upgrade-param"],
            Check = d => ProxyHops.ApachePlain(d).Select(m => new LintHit(m.Place, $"ProxyPass {m.Words[0]} passes plain HTTP only")),
            Fires = new LintExample(("httpd.conf", "ProxyPass \"/ws\" \"http://app:8080/ws\"\n")),
            Silent = new LintExample(("httpd.conf", "ProxyPass \"/ws\" \"http://app:8080/ws\" upgrade=websocket timeout=3600\n")),
        },
        new("APACHE-ORDER", Severity.Error, Breaks.Handshake, "Apache: order of ProxyPass")
        {
            Why = "The first mapping that fits wins: the one for WebSockets stands after one for everything and is never reached.",
            Symptom = "Every handshake is passed on as plain HTTP and gets 400, 404 or 426.",
            Fix = "Put the line for WebSockets first.",
            Facts = ["apache-order"],
            Check = d => from mapping in ProxyHops.ApacheMappings(d)
                         let file = d.File(mapping.Place.File)!
                         let earlier = file.Root!.Deep("ProxyPass").FirstOrDefault(p => p.Words is ["/", var target, ..] && target != "!" && p.Place < mapping.Place && !p.Words.Any(w => w.StartsWith("upgrade=", StringComparison.Ordinal)))
                         where earlier is not null
                         select new LintHit(mapping.Place, $"ProxyPass {mapping.Words[0]} stands after ProxyPass / ({earlier.Place})"),
            Fires = new LintExample(("httpd.conf", "ProxyPass \"/\" \"http://app:8080/\"\nProxyPass \"/ws\" \"ws://app:8080/ws\"\n")),
            Silent = new LintExample(("httpd.conf", "ProxyPass \"/ws\" \"ws://app:8080/ws\"\nProxyPass \"/\" \"http://app:8080/\"\n")),
        },
        IdleRule.Of("APACHE-TIMEOUT", Severity.Warning, "Apache: timeout of mappings, ProxyTimeout", HopType.Apache, "timeout", "timeout=3600 on the mapping", "httpd.conf", "ProxyPass \"/ws\" \"http://app:8080/ws\" upgrade=websocket\n", "apache-timeout-60"),
        IdleRule.Of("KONG-TIMEOUT", Severity.Warning, "kong.yml: services", HopType.Kong, "read_timeout, write_timeout", "read_timeout and write_timeout: 3600000 (milliseconds; 3600 s is enough for this rule)", "kong.yml", "_format_version: \"3.0\"\nservices:\n  - name: ws\n    url: http://app:8080\n", "kong-timeouts"),
        IdleRule.Of("YARP-ACTIVITY-TIMEOUT", Severity.Warning, "appsettings.json: clusters of YARP", HopType.Yarp, "ActivityTimeout", "HttpRequest.ActivityTimeout: \"01:00:00\"", "appsettings.json", "{ \"ReverseProxy\": { \"Clusters\": { \"ws\": { \"Destinations\": { \"a\": { \"Address\": \"http://app/\" } } } } } }\n", "yarp-activity-timeout"),
        new("IIS-WEBSOCKET", Severity.Error, Breaks.Handshake, "web.config")
        {
            Why = "The WebSocket module of IIS is switched off for an application that needs it.",
            Symptom = "Every handshake gets an ordinary answer instead of 101.",
            Fix = "Delete the line, or set enabled to true. (For iisnode it must be off.)",
            Facts = ["iis-feature"],
            IsForAll = true,
            Check = d => from file in d.Of(FileKind.Xml)
                         from node in file.Root!.Deep("webSocket")
                         where node.Text("enabled") == "false" && !file.Text.Contains("iisnode", StringComparison.Ordinal)
                         select new LintHit(node.Place, "webSocket enabled=\"false\"") { Edit = LineEdit.Replace(node.Place with { Column = 1 }, "enabled=\"false\"", "enabled=\"true\"") },
            Fires = new LintExample(("web.config", "<configuration>\n  <system.webServer>\n    <webSocket enabled=\"false\" />\n  </system.webServer>\n</configuration>\n")),
            Silent = new LintExample(("web.config", "<configuration>\n  <system.webServer>\n    <webSocket enabled=\"true\" pingInterval=\"00:00:20\" />\n  </system.webServer>\n</configuration>\n")),
        },
    ];

    private static IEnumerable<ConfigNode> Reverse(Deployment deployment) => deployment.Of(FileKind.Caddy).SelectMany(f => f.Root!.Deep("reverse_proxy")).Where(r => r.Words.Count > 0);
}
