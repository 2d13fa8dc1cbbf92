namespace Bascule.Diagnostics;

/// <summary>Rules about the whole path: what one file says against what another says.</summary>
internal static class PathRules
{
    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("APP-PING-VS-IDLE", Severity.Error, Breaks.Connection, "Every heartbeat, against the idle limit of every proxy, balancer and platform on the path")
        {
            Why = "A connection is closed by the first hop that sees nothing for its idle limit; the heartbeat has to come well before that.",
            Symptom = "A quiet connection is cut again and again after the same time; the browser shows 1006.",
            Fix = "Ping from the server at most every half of the shortest idle limit: 20 to 25 s suits nearly every platform.",
            Facts = ["gcp-passthrough-nlb-60", "aws-cloudfront-idle-10m", "az-afd-idle-5m", "gorilla-example-ping", "browser-no-ping-api"],
            Check = PingAgainstIdle,
            Fires = new LintExample(("nginx.conf", "server {\n  location /ws {\n    proxy_pass http://app:8080;\n  }\n}\n"), Samples.Ping(60)),
            Silent = new LintExample(("nginx.conf", "server {\n  location /ws {\n    proxy_pass http://app:8080;\n    proxy_read_timeout 120s;\n  }\n}\n"), Samples.Ping(20)),
        },
        new("APP-PING-EQUAL", Severity.Warning, Breaks.Connection, "Every heartbeat, against the idle limit of every hop")
        {
            Why = "The ping and the limit race each other: timers drift, and a ping that is a little late comes to a closed connection.",
            Symptom = "Now and then a quiet connection is cut with 1006, without any pattern.",
            Fix = "Keep the heartbeat at or below half of the limit.",
            Facts = ["aws-alb-ping-equals-idle-race", "gorilla-example-ping"],
            Check = d => from hop in d.Hops
                         where hop.Idle is not null && d.Quickest is { } beat && beat.Seconds < hop.Idle.Seconds && beat.Seconds >= hop.Idle.Seconds * 0.9
                         select new LintHit(hop.Idle!.Place, $"a heartbeat of {TimeText.Show(d.Quickest!.Seconds)} s ({d.Quickest.Place}) races the idle limit of {hop.Name}: {hop.Idle}"),
            Fires = new LintExample(("main.tf", "resource \"aws_lb\" \"web\" {\n  load_balancer_type = \"application\"\n  idle_timeout       = 60\n}\n"), Samples.Ping(54)),
            Silent = new LintExample(("main.tf", "resource \"aws_lb\" \"web\" {\n  load_balancer_type = \"application\"\n  idle_timeout       = 60\n}\n"), Samples.Ping(25)),
        },
        new("APP-LIFETIME-CHAIN", Severity.Info, Breaks.Connection, "The lifetime limits of every hop")
        {
            Why = "This hop closes connections by age; pings do not help. The shortest such limit is the longest that a connection can live.",
            Symptom = "Every connection ends after the same time, busy or not, with 1006 or 1001.",
            Fix = "Let clients come back with jitter, and resume what they did; better, have the server rotate connections at 80 to 90 % of the limit.",
            Reference = "the limits in these files; those that are defaults are in the catalogue of platforms",
            Check = d => from hop in d.Hops.Where(h => h.Lifetime is not null).OrderBy(h => h.Lifetime!.Seconds).Take(1)
                         where hop.Lifetime!.Seconds < 86400
                         select new LintHit(hop.Lifetime!.Place, $"no connection lives longer than {hop.Lifetime}: {hop.Name} ends it then"),
            Fires = new LintExample(("run.tf", "resource \"google_cloud_run_v2_service\" \"chat\" {\n  template {\n    timeout = \"3600s\"\n  }\n}\n"), Samples.Pinging),
            Silent = new LintExample(("run.tf", "resource \"aws_lb\" \"web\" {\n  load_balancer_type = \"application\"\n}\n"), Samples.Pinging),
        },
        new("PATH-LIFETIME-CONTRADICTION", Severity.Warning, Breaks.Connection, "Lifetimes and stale times in variables, against the limits of every hop")
        {
            Why = "The application counts on a connection that lives longer than something on its path allows, so its own clean ending never comes.",
            Symptom = "Connections end earlier than the application says, with 1006 instead of its own close code.",
            Fix = "Set the application's time below the shortest limit of the path, or raise that limit.",
            Reference = "the files themselves: what they say does not agree",
            Check = Contradictions,
            Fires = new LintExample((".env", "WEBSOCKET_TIMEOUT=86400\n"), ("run.yaml", CloudRun("timeoutSeconds: 900"))),
            Silent = new LintExample((".env", "WEBSOCKET_TIMEOUT=840\n"), ("run.yaml", CloudRun("timeoutSeconds: 900"))),
        },
        new("HEALTHCHECK-ON-WS-PATH", Severity.Error, Breaks.Handshake, "Health checks of balancers and Kubernetes probes")
        {
            Why = "A health check is a plain GET; a WebSocket endpoint answers it with 400, 404 or 426, so the check takes the healthy backend out.",
            Symptom = "Handshakes get 502 or 503, or pods restart for no visible reason.",
            Fix = "Answer 200 on a separate path, and check that one.",
            Facts = ["gcp-lb-all-unhealthy", "gke-gateway-healthcheck", "aws-alb-healthcheck-not-ws", "az-appgw-probe"],
            Check = HealthChecks,
            Fires = new LintExample(("pod.yaml", Probe("/ws"))),
            Silent = new LintExample(("pod.yaml", Probe("/healthz")), Samples.Quiet),
        },
        new("PROXY-RELOAD-DROPS", Severity.Warning, Breaks.Connection, "worker_shutdown_timeout of nginx, hard-stop-after of HAProxy")
        {
            Why = "After a reload the old process keeps its connections only this long; then it ends them all at once.",
            Symptom = "All clients lose their connection together some time after each reload, and come back together.",
            Fix = "Allow an hour or more, reload seldom, and let clients come back with jitter.",
            Facts = ["nginx-reload-old-workers", "haproxy-hard-stop-after"],
            Check = d => from node in d.Of(FileKind.Nginx, FileKind.Haproxy).SelectMany(f => f.Root!.Everything()).Where(n => n.Key is "worker_shutdown_timeout" or "hard-stop-after")
                         let seconds = TimeText.Seconds(node.FirstWord ?? node.Value, node.Key == "hard-stop-after" ? 0.001 : 1)
                         where seconds < 120
                         select new LintHit(node.Place, $"{node.Key} ends every connection {TimeText.Show(seconds.Value)} s after a reload") { Edit = LineEdit.Value(node, "1h") },
            Fires = new LintExample(("nginx.conf", "worker_shutdown_timeout 10s;\nhttp {\n  server {\n    location /ws { proxy_pass http://app; }\n  }\n}\n")),
            Silent = new LintExample(("nginx.conf", "worker_shutdown_timeout 1h;\nhttp {\n  server {\n    location /ws { proxy_pass http://app; }\n  }\n}\n")),
        },
    ];

    private static string CloudRun(string line) =>
        $"apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata:\n  name: chat\nspec:\n  template:\n    spec:\n      {line}\n      containers:\n        - image: chat\n";

    private static string Probe(string path) =>
        $"apiVersion: v1\nkind: Pod\nmetadata:\n  name: chat\nspec:\n  containers:\n    - name: chat\n      image: chat\n      readinessProbe:\n        httpGet:\n          path: {path}\n          port: 8080\n";

    private static IEnumerable<LintHit> PingAgainstIdle(Deployment deployment)
    {
        if (deployment.Quickest is not { } beat)
            yield break;
        foreach (var hop in deployment.Hops.Where(h => h.Idle is not null && beat.Seconds > h.Idle.Seconds / 2))
        {
            // Between nine tenths of the limit and the limit it is a race: APP-PING-EQUAL.
            if (beat.Seconds >= hop.Idle!.Seconds || beat.Seconds < hop.Idle.Seconds * 0.9)
                yield return new LintHit(hop.Idle.Place, $"a heartbeat every {TimeText.Show(beat.Seconds)} s ({beat.Place}, {beat.Origin}) against {hop.Name}, which closes connections that are silent for {hop.Idle}")
                {
                    Severity = beat.Seconds >= hop.Idle.Seconds ? Severity.Error : Severity.Warning,
                };
        }
    }

    private static IEnumerable<LintHit> Contradictions(Deployment deployment)
    {
        var shortest = deployment.Hops.Where(h => h.Lifetime is not null).MinBy(h => h.Lifetime!.Seconds);
        if (shortest is null)
            yield break;
        foreach (var variable in deployment.Variables.Where(v => v.Key is "WEBSOCKET_TIMEOUT" or "WEBSOCKET_STALE_TIMEOUT" or "WS_TIMEOUT" or "WEBSOCKET_MAX_LIFETIME" or "WS_MAX_AGE"))
        {
            if (TimeText.Seconds(variable.Value) is { } wanted && wanted > shortest.Lifetime!.Seconds)
                yield return new LintHit(variable.Place, $"{variable.Key} is {TimeText.Show(wanted)} s, but {shortest.Name} ends every connection after {shortest.Lifetime} ({shortest.Lifetime.Place})");
        }
    }

    private static IEnumerable<LintHit> HealthChecks(Deployment deployment)
    {
        var paths = deployment.Objects.SelectMany(o => o.PodContainers).SelectMany(c => c.Children.Where(n => n.Key is "readinessProbe" or "livenessProbe" or "startupProbe"))
            .Select(p => (What: p.Key, Path: p.At("httpGet", "path")))
            .Concat(deployment.Terraform.Of("aws_lb_target_group", "aws_alb_target_group").Select(t => (What: "the target group's health check", Path: WithoutMatcher(t))))
            .Concat(deployment.Terraform.Of("google_compute_health_check").Select(t => (What: "the health check", Path: t.Body.At("http_health_check", "request_path"))))
            .Concat(deployment.Terraform.Of("azurerm_application_gateway").SelectMany(t => t.Body.All("probe")).Select(p => (What: "the probe", Path: p["path"])))
            .Concat(deployment.Kube("HealthCheckPolicy").SelectMany(p => p.Body.Deep("requestPath")).Select(p => (What: "the health check policy", Path: (ConfigNode?)p)));
        foreach (var (what, path) in paths)
        {
            if (path?.Value is { } text && Intent.IsSocketPath(text) && !text.Contains("health", StringComparison.OrdinalIgnoreCase))
                yield return new LintHit(path.Place, $"{what} asks {text} by plain HTTP, which looks like a WebSocket path") { Edit = LineEdit.Value(path, "/healthz") };
        }
    }

    /// <summary>The path of a health check, unless it takes the answers of WebSocket servers for good.</summary>
    private static ConfigNode? WithoutMatcher(TfResource group) =>
        group.Text("health_check", "matcher") is { } matcher && (matcher.Contains("400", StringComparison.Ordinal) || matcher.Contains("426", StringComparison.Ordinal) || matcher.Contains("-4", StringComparison.Ordinal))
            ? null
            : group.Body.At("health_check", "path");
}
