namespace Bascule.Diagnostics;

/// <summary>Rules about Envoy, Istio and Kuma.</summary>
internal static class EnvoyRules
{
    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("ENVOY-UPGRADE-CONFIG", Severity.Error, Breaks.Handshake, "Envoy: upgrade_configs of connection managers")
        {
            Why = "Envoy refuses every upgrade that its configuration does not name.",
            Symptom = "Every handshake gets 403 with an empty body; plain requests work.",
            Fix = "Add upgrade_configs: [{ upgrade_type: websocket }].",
            Facts = ["envoy-403-upgrade-failed"],
            Check = d => ProxyHops.Managers(d).Where(m => !m.Deep("upgrade_type").Any(u => u.Value?.Equals("websocket", StringComparison.OrdinalIgnoreCase) == true))
                .Select(m => new LintHit(m["stat_prefix"]!.Place, $"the connection manager {m.Text("stat_prefix")} has no upgrade_configs for websocket"))
                .Concat(ProxyHops.Managers(d).SelectMany(m => m.Deep("upgrade_configs")).SelectMany(u => u.Items).Where(u => u.Text("enabled") == "false").Select(u => new LintHit(u.Place, "the upgrade is switched off here"))),
            Fires = new LintExample(("envoy.yaml", Manager(""))),
            Silent = new LintExample(("envoy.yaml", Manager("    upgrade_configs:\n      - upgrade_type: websocket\n"))),
        },
        IdleRule.Of("ENVOY-STREAM-IDLE", Severity.Warning, "Envoy: stream_idle_timeout, idle_timeout of routes", HopType.Envoy, "stream_idle_timeout", "idle_timeout: 3600s on the route", "envoy.yaml", Manager("    upgrade_configs:\n      - upgrade_type: websocket\n"), "envoy-stream-idle-5m", "envoy-gateway-defaults"),
        new("ENVOY-ROUTE-TIMEOUT", Severity.Warning, Breaks.Connection, "Envoy: timeout of routes")
        {
            Why = "Some releases apply the route's timeout, 15 s where it is not set, to upgraded connections.",
            Symptom = "Connections end after 15 s, in some releases.",
            Fix = "Set timeout: 0s on the route.",
            Facts = ["envoy-route-timeout-15s"],
            Check = d => from manager in ProxyHops.Managers(d)
                         from route in manager.Deep("routes").SelectMany(r => r.Items)
                         where Intent.IsSocketPath(route["match"]?.Text("prefix") ?? route["match"]?.Text("path") ?? "") && route["route"] is { } target && target.Text("timeout") is not ("0s" or "0")
                         select new LintHit((route["route"]!["timeout"] ?? route["route"]!).Place, $"the route for {route["match"]!.Text("prefix") ?? route["match"]!.Text("path")} has the timeout {route["route"]!.Text("timeout") ?? "15 s (the default)"}") { Edit = LineEdit.Value(route["route"]!["timeout"], "0s") },
            Fires = new LintExample(("envoy.yaml", Manager("    upgrade_configs:\n      - upgrade_type: websocket\n"))),
            Silent = new LintExample(("envoy.yaml", Manager("    upgrade_configs:\n      - upgrade_type: websocket\n").Replace("cluster: ws", "cluster: ws, timeout: 0s", StringComparison.Ordinal))),
        },
        new("ENVOY-H2-ALLOW-CONNECT", Severity.Error, Breaks.Handshake, "Envoy: http2_protocol_options")
        {
            Why = "On an HTTP/2 hop a WebSocket is an extended CONNECT, which is off until it is allowed.",
            Symptom = "Handshakes fail with 400 or 403.",
            Fix = "Set allow_connect: true, or use HTTP/1.1 on this hop.",
            Facts = ["envoy-h2-allow-connect"],
            Check = d => d.Of(FileKind.Envoy).SelectMany(f => f.Root!.Deep("http2_protocol_options")).Where(n => n.Text("allow_connect") != "true")
                .Select(n => new LintHit(n.Place, "http2_protocol_options without allow_connect")),
            Fires = new LintExample(("envoy.yaml", Manager("    http2_protocol_options: {}\n    upgrade_configs:\n      - upgrade_type: websocket\n"))),
            Silent = new LintExample(("envoy.yaml", Manager("    http2_protocol_options: { allow_connect: true }\n    upgrade_configs:\n      - upgrade_type: websocket\n"))),
        },
        new("ENVOY-BUFFER-FILTER", Severity.Warning, Breaks.Handshake, "Envoy: http_filters")
        {
            Why = "The buffer filter waits for the end of a request that never ends.",
            Symptom = "Handshakes hang.",
            Fix = "Give the upgrade filters of its own: upgrade_configs with filters that hold the router alone.",
            Facts = ["envoy-buffer-filter"],
            Check = d => from manager in ProxyHops.Managers(d)
                         from filter in manager["http_filters"]?.Items ?? []
                         where filter.Text("name") == "envoy.filters.http.buffer" && !manager.Deep("upgrade_configs").SelectMany(u => u.Items).Any(u => u["filters"] is not null)
                         select new LintHit(filter.Place, "the buffer filter stands before upgraded connections, too"),
            Fires = new LintExample(("envoy.yaml", Manager("    upgrade_configs:\n      - upgrade_type: websocket\n    http_filters:\n      - name: envoy.filters.http.buffer\n"))),
            Silent = new LintExample(("envoy.yaml", Manager("    upgrade_configs:\n      - upgrade_type: websocket\n        filters:\n          - name: envoy.filters.http.router\n    http_filters:\n      - name: envoy.filters.http.buffer\n"))),
        },
        new("ISTIO-VS-TIMEOUT", Severity.Warning, Breaks.Connection, "VirtualService, HTTPRoute")
        {
            Why = "The timeout of a route holds for the whole connection.",
            Symptom = "Every connection on this route ends after exactly this time.",
            Fix = "Give the WebSocket path a rule of its own with timeout: 0s.",
            Facts = ["istio-vs-timeout"],
            IsWrongFix = true,
            Check = d => from timeout in d.Kube("VirtualService").SelectMany(v => v.Body.At("spec", "http")?.Items ?? []).Where(r => !OnlyOtherPaths(r["match"]?.Deep("uri").SelectMany(u => u.Children))).Select(r => r["timeout"])
                             .Concat(d.Kube("HTTPRoute").SelectMany(v => v.Body.At("spec", "rules")?.Items ?? []).Where(r => !OnlyOtherPaths(r["matches"]?.Deep("value"))).Select(r => r.At("timeouts", "request")))
                         where TimeText.Seconds(timeout?.Value) is > 0
                         select new LintHit(timeout.Place, $"connections on this route end after {timeout.Value}") { Edit = LineEdit.Value(timeout, "0s") },
            Fires = new LintExample(("vs.yaml", Virtual("- timeout: 10s\n      route: [ { destination: { host: chat } } ]")), Samples.Pinging),
            Silent = new LintExample(("vs.yaml", Virtual("- match: [ { uri: { prefix: /ws } } ]\n      timeout: 0s\n      route: [ { destination: { host: chat } } ]")), Samples.Pinging),
        },
        IdleRule.Of("KUMA-STREAM-IDLE", Severity.Warning, "MeshTimeout of Kuma", HopType.Kuma, "streamIdleTimeout", "streamIdleTimeout: 1h for the route", "mesh.yaml", "apiVersion: kuma.io/v1alpha1\nkind: MeshTimeout\nmetadata:\n  name: gateway\nspec:\n  default:\n    http:\n      streamIdleTimeout: 5s\n", "kuma-stream-idle-5s"),
    ];

    private static string Manager(string lines) =>
        $"static_resources:\n  http_connection_manager:\n    stat_prefix: web\n{lines}    route_config:\n      virtual_hosts:\n        - name: all\n          routes:\n            - match: {{ prefix: /ws }}\n              route: {{ cluster: ws }}\n";

    private static string Virtual(string rule) => $"apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: chat\nspec:\n  http:\n    {rule}\n";

    /// <summary>Whether a rule names paths, none of which is one for sockets.</summary>
    private static bool OnlyOtherPaths(IEnumerable<ConfigNode>? matches)
    {
        var paths = matches?.Select(c => c.Value ?? "").ToList() ?? [];
        return paths.Count > 0 && paths.TrueForAll(p => p is not "/" && !Intent.IsSocketPath(p));
    }
}
