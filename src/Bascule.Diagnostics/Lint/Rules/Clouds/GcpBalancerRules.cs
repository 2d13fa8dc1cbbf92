namespace Bascule.Diagnostics;

/// <summary>Rules about Google's load balancers, before Cloud Run and before others.</summary>
internal static class GcpBalancerRules
{
    private static readonly string[] HopByHop = ["connection", "upgrade", "keep-alive", "te", "trailer", "transfer-encoding", "origin"];

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("GCP-NEG-TIMEOUT-SET", Severity.Error, Breaks.Deploy, "Terraform and gcloud: timeout of a backend service before Cloud Run")
        {
            Why = "The timeout does not apply to serverless groups: Google refuses a value, and the 30 that it shows does nothing. It is not why connections drop.",
            Symptom = "The deployment fails with an error 400; connections end as before.",
            Fix = "Delete it, and set the timeout of the Cloud Run service to 3600 s.",
            Facts = ["gcp-neg-timeout-rejected", "gcp-neg-timeout-inert-30"],
            IsWrongFix = true,
            Check = d => Serverless(d).Where(s => s.Body["timeout_sec"] is not null)
                .Select(s => new LintHit(s.Body["timeout_sec"]!.Place, $"timeout_sec = {s.Text("timeout_sec") ?? s.Body.Text("timeout_sec")} on {s.Name}, which stands before a serverless service") { Severity = s.Text("timeout_sec") == "30" ? Severity.Warning : Severity.Error, Edit = LineEdit.Remove(s.Body["timeout_sec"]!.Place) })
                .Concat(ServerlessCommands(d).Where(c => c.Flag("--timeout") is not null).Select(c => new LintHit(c.Place, $"--timeout={c.Flag("--timeout")} on a backend service that stands before a serverless service"))),
            Fires = new LintExample(("main.tf", Backend("timeout_sec = 3600", serverless: true)), Samples.Pinging),
            Silent = new LintExample(("main.tf", Backend("name = \"chat\"", serverless: true)), Samples.Pinging),
        },
        new("GCP-NEG-AFFINITY-IGNORED", Severity.Warning, Breaks.Deploy, "Terraform: affinity of a backend service before Cloud Run")
        {
            Why = "Serverless groups take no affinity. And a connection never changes its instance while it lives; affinity matters only when a client comes back.",
            Symptom = "Clients reach any instance when they come back, as before.",
            Fix = "Use the session affinity of Cloud Run, and keep state outside the instance.",
            Facts = ["gcp-neg-affinity-ignored"],
            IsWrongFix = true,
            Check = d => Serverless(d).Where(s => s.Text("session_affinity") is { } affinity && affinity != "NONE")
                .Select(s => new LintHit(s.Body["session_affinity"]!.Place, $"session_affinity = {s.Text("session_affinity")} on {s.Name}, which stands before a serverless service") { Edit = LineEdit.Remove(s.Body["session_affinity"]!.Place) })
                .Concat(ServerlessCommands(d).Where(c => c.Flag("--session-affinity") is { } affinity && affinity != "NONE").Select(c => new LintHit(c.Place, "--session-affinity on a backend service that stands before a serverless service"))),
            Fires = new LintExample(("main.tf", Backend("session_affinity = \"GENERATED_COOKIE\"", serverless: true)), Samples.Pinging),
            Silent = new LintExample(("main.tf", Backend("session_affinity = \"NONE\"", serverless: true)), Samples.Pinging),
        },
        new("GCP-NEG-HEALTHCHECK", Severity.Error, Breaks.Deploy, "Terraform: health check of a backend service before Cloud Run")
        {
            Why = "Serverless groups take no health check.",
            Symptom = "The deployment fails.",
            Fix = "Delete it; outlier detection and gradual traffic are what there is.",
            Facts = ["gcp-neg-no-healthcheck"],
            IsWrongFix = true,
            Check = d => Serverless(d).Where(s => s.Body["health_checks"] is { } checks && (checks.Children.Count > 0 || checks.Value is not null))
                .Select(s => new LintHit(s.Body["health_checks"]!.Place, $"health_checks on {s.Name}, which stands before a serverless service") { Edit = LineEdit.Remove(s.Body["health_checks"]!.Place) }),
            Fires = new LintExample(("main.tf", Backend("health_checks = [google_compute_health_check.h.id]", serverless: true)), Samples.Pinging),
            Silent = new LintExample(("main.tf", Backend("name = \"chat\"", serverless: true)), Samples.Pinging),
        },
        new("GCP-LB-HOPBYHOP-HEADERS", Severity.Error, Breaks.Deploy, "Custom request headers: Terraform, gcloud, BackendConfig")
        {
            Why = "These headers belong to one hop each, and the balancer upgrades by itself. They are not permitted as custom headers; as constants they would mark every plain request as an upgrade.",
            Symptom = "The deployment is refused; handshakes fail as before, for their own reason.",
            Fix = "Delete the entry.",
            Facts = ["gcp-lb-ws-native", "gcp-lb-custom-header-hopbyhop", "gcp-lb-custom-header-overwrites"],
            IsWrongFix = true,
            IsForAll = true,
            Check = d => d.Terraform.Resources.SelectMany(r => r.Body.Deep("custom_request_headers")).Concat(d.Kube("BackendConfig").SelectMany(b => b.Body.Deep("customRequestHeaders")).SelectMany(h => h["headers"] is { } list ? [list] : new[] { h }))
                .SelectMany(l => l.Items).Where(i => IsHopByHop(i.Value)).Select(i => new LintHit(i.Place, $"the custom request header {i.Value!.Split(':')[0].Trim()}") { Edit = LineEdit.Remove(i.Place) })
                .Concat(d.Commands.Where(c => c.Program == "gcloud" && IsHopByHop(c.Flag("--custom-request-header"))).Select(c => new LintHit(c.Place, $"--custom-request-header {c.Flag("--custom-request-header")!.Split(':')[0]}"))),
            Fires = new LintExample(("main.tf", Backend("custom_request_headers = [\"Connection: upgrade\", \"Upgrade: websocket\"]", serverless: true))),
            Silent = new LintExample(("main.tf", Backend("custom_request_headers = [\"X-Client-Region: {client_region}\"]", serverless: true))),
        },
        new("GCP-LB-CLASSIC-TIMEOUT", Severity.Error, Breaks.Connection, "Terraform: backend services of the classic load balancer")
        {
            Why = "On the classic load balancer timeout_sec is the lifetime of every connection, busy or not; pings do not help.",
            Symptom = "Every connection ends after exactly this time.",
            Fix = "Set timeout_sec = 86400, or change to EXTERNAL_MANAGED, where it is an idle limit.",
            Facts = ["gcp-lb-classic-hard-lifetime"],
            Check = d => from hop in d.Hops
                         where hop.Kind == HopType.GoogleBalancer && hop.Lifetime is not null && !hop.Name.StartsWith("GKE", StringComparison.Ordinal) && hop.Lifetime.Seconds < d.Options.Lifetime
                         select new LintHit(hop.Lifetime!.Place, $"{hop.Name} of a classic load balancer ends every connection after {hop.Lifetime}"),
            Fires = new LintExample(("main.tf", Backend("load_balancing_scheme = \"EXTERNAL\"", serverless: false)), Samples.Pinging),
            Silent = new LintExample(("main.tf", Backend("load_balancing_scheme = \"EXTERNAL\"\n  timeout_sec = 86400", serverless: false)), Samples.Pinging),
        },
        IdleRule.Of("GCP-LB-MANAGED-IDLE", Severity.Warning, "Terraform: backend services of the managed load balancers", HopType.GoogleBalancer, "timeout_sec", "timeout_sec = 300", "main.tf", Backend("load_balancing_scheme = \"EXTERNAL_MANAGED\"", serverless: false), "gcp-lb-global-managed-24h", "gcp-lb-global-managed-idle", "gcp-lb-regional-envoy-idle", "gcp-proxy-nlb-idle"),
        new("GCP-LB-TIMEOUT-OVER-DAY", Severity.Info, Breaks.Nothing, "Terraform: timeout of backend services")
        {
            Why = "No connection outlives a day there, whatever is set.",
            Symptom = "Connections end after 24 hours.",
            Fix = "Set 86400, and expect the end.",
            Facts = ["gcp-lb-timeout-over-24h"],
            Check = d => Others(d).Where(s => s.Number("timeout_sec") > 86400).Select(s => new LintHit(s.Body["timeout_sec"]!.Place, $"timeout_sec = {s.Text("timeout_sec")} is more than a day") { Edit = LineEdit.Value(s.Body["timeout_sec"], "86400") }),
            Fires = new LintExample(("main.tf", Backend("timeout_sec = 604800", serverless: false)), Samples.Pinging),
            Silent = new LintExample(("main.tf", Backend("timeout_sec = 86400", serverless: false)), Samples.Pinging),
        },
        new("GCP-LB-SCHEME-IMPLICIT", Severity.Info, Breaks.Nothing, "Terraform: scheme of backend services")
        {
            Why = "Its default changes with the provider's version, and it decides whether timeout_sec is a lifetime or an idle limit.",
            Symptom = "After an update of the provider connections end earlier or later than before.",
            Fix = "Write load_balancing_scheme = \"EXTERNAL_MANAGED\".",
            Facts = ["gcp-lb-scheme-default-changed"],
            Check = d => Others(d).Where(s => s.Body["load_balancing_scheme"] is null && s.Type == "google_compute_backend_service").Select(s => new LintHit(s.Place, $"backend service {s.Name} names no load_balancing_scheme") { Edit = LineEdit.After(s.Place, "load_balancing_scheme = \"EXTERNAL_MANAGED\"") }),
            Fires = new LintExample(("main.tf", Backend("name = \"chat\"", serverless: false)), Samples.Pinging),
            Silent = new LintExample(("main.tf", Backend("load_balancing_scheme = \"EXTERNAL_MANAGED\"", serverless: false)), Samples.Pinging),
        },
        new("GCP-LB-BACKEND-HTTP2", Severity.Error, Breaks.Handshake, "Terraform: protocol of backend services")
        {
            Why = "The balancer upgrades over HTTP/1.1; towards an HTTP/2 or gRPC backend there is nothing to upgrade.",
            Symptom = "Every handshake gets 502.",
            Fix = "Give WebSockets a backend service of their own with protocol HTTP or HTTPS.",
            Facts = ["gcp-lb-ws-native", "gcp-lb-h2-backend-502"],
            Check = d => Others(d).Where(s => s.Text("protocol") is "HTTP2" or "H2C" or "GRPC").Select(s => new LintHit(s.Body["protocol"]!.Place, $"backend service {s.Name} speaks {s.Text("protocol")} to its backends") { Edit = LineEdit.Value(s.Body["protocol"], "HTTPS") }),
            Fires = new LintExample(("main.tf", Backend("protocol = \"HTTP2\"", serverless: false)), Samples.Pinging),
            Silent = new LintExample(("main.tf", Backend("protocol = \"HTTPS\"", serverless: false)), Samples.Pinging),
        },
        new("GCP-LB-KEEPALIVE-RED-HERRING", Severity.Info, Breaks.Nothing, "Terraform: http_keep_alive_timeout_sec with a comment on WebSockets")
        {
            Why = "It is about HTTP connections that wait for their next request, not about WebSockets.",
            Symptom = "Connections drop as before.",
            Fix = "Leave it alone; the idle limit is timeout_sec, and a heartbeat helps against it.",
            Facts = ["gcp-lb-keepalive-not-ws"],
            IsWrongFix = true,
            Check = d => from resource in d.Terraform.Resources
                         from node in resource.Body.All("http_keep_alive_timeout_sec")
                         let file = d.File(node.Place.File)
                         let near = string.Concat(file?.Lines.Skip(Math.Max(0, node.Place.Line - 3)).Take(3) ?? [])
                         where near.Contains("websocket", StringComparison.OrdinalIgnoreCase) || resource.Name.Contains("ws", StringComparison.OrdinalIgnoreCase)
                         select new LintHit(node.Place, "http_keep_alive_timeout_sec is set for the sake of WebSockets"),
            Fires = new LintExample(("main.tf", "resource \"google_compute_target_https_proxy\" \"web\" {\n  http_keep_alive_timeout_sec = 1200 # websocket\n}\n"), Samples.Pinging),
            Silent = new LintExample(("main.tf", "resource \"google_compute_target_https_proxy\" \"web\" {\n  http_keep_alive_timeout_sec = 610\n}\n"), Samples.Pinging),
        },
    ];

    private static string Backend(string line, bool serverless) =>
        (serverless ? "resource \"google_compute_region_network_endpoint_group\" \"run\" {\n  network_endpoint_type = \"SERVERLESS\"\n}\n" : "")
        + $"resource \"google_compute_backend_service\" \"chat\" {{\n  {line}\n  backend {{\n    group = {(serverless ? "google_compute_region_network_endpoint_group.run.id" : "google_compute_instance_group.chat.id")}\n  }}\n}}\n";

    private static IEnumerable<TfResource> Services(Deployment deployment) => deployment.Terraform.Of("google_compute_backend_service", "google_compute_region_backend_service");

    private static IEnumerable<TfResource> Serverless(Deployment deployment) => Services(deployment).Where(s => GoogleHops.IsServerless(deployment, s));

    private static IEnumerable<TfResource> Others(Deployment deployment) => Services(deployment).Where(s => !GoogleHops.IsServerless(deployment, s));

    /// <summary>Commands about a backend service to which a serverless group is added somewhere.</summary>
    private static IEnumerable<ShellCommand> ServerlessCommands(Deployment deployment)
    {
        var commands = deployment.Commands.Where(c => c.Starts("gcloud", "compute", "backend-services")).ToList();
        var groups = deployment.Commands.Where(c => c.Starts("gcloud", "compute", "network-endpoint-groups", "create") && c.Flag("--network-endpoint-type")?.Equals("serverless", StringComparison.OrdinalIgnoreCase) == true)
            .Select(c => c.Words.ElementAtOrDefault(4)).ToHashSet(StringComparer.Ordinal);
        var names = commands.Where(c => c.Words.ElementAtOrDefault(3) == "add-backend" && groups.Contains(c.Flag("--network-endpoint-group"))).Select(c => c.Words.ElementAtOrDefault(4)).ToHashSet(StringComparer.Ordinal);
        return commands.Where(c => c.Words.ElementAtOrDefault(3) is "create" or "update" && names.Contains(c.Words.ElementAtOrDefault(4)));
    }

    private static bool IsHopByHop(string? header)
    {
        var name = header?.Split(':')[0].Trim().ToLowerInvariant();
        return name is not null && (HopByHop.Contains(name) || name.StartsWith("sec-websocket-", StringComparison.Ordinal));
    }
}
