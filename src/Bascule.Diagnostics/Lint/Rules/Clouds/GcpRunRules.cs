namespace Bascule.Diagnostics;

/// <summary>Rules about Cloud Run.</summary>
internal static class GcpRunRules
{
    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("GCP-RUN-TIMEOUT", Severity.Error, Breaks.Connection, "Cloud Run YAML, gcloud flags, Terraform")
        {
            Why = "To Cloud Run a WebSocket is one long request: the request timeout ends it, however busy it is, and pings do not help.",
            Symptom = "Every connection ends after exactly this time with 1006.",
            Fix = "Set the timeout to 3600 s, its most, and let clients come back before it with jitter.",
            Facts = ["gcp-run-support", "gcp-run-timeout-default", "gcp-run-timeout-max", "gcp-neg-60min"],
            Check = d => from service in d.CloudRun
                         where service.IsWhole && service.IsTimeoutKnown && service.TimeoutSeconds < 3600
                         select new LintHit(service.Timeout?.Place ?? service.Place, $"Cloud Run ends every connection to {service.Name} after {TimeText.Show(service.TimeoutSeconds)} s{(service.Timeout is null ? " (the default: no timeout is set)" : "")}")
                         {
                             Severity = service.TimeoutSeconds <= 300 ? Severity.Error : Severity.Warning,
                             Edit = LineEdit.Value(service.Timeout, service.Timeout?.Value?.EndsWith('s') == true ? "3600s" : "3600"),
                         },
            Fires = new LintExample(("run.yaml", Yaml("serviceAccountName: chat")), Samples.Pinging),
            Silent = new LintExample(("run.yaml", Yaml("timeoutSeconds: 3600")), Samples.Pinging),
        },
        new("GCP-RUN-HTTP2", Severity.Error, Breaks.Handshake, "Ports of Cloud Run, --use-http2")
        {
            Why = "End-to-end HTTP/2 leaves no HTTP/1.1 request that could be upgraded.",
            Symptom = "Every handshake gets 503; the browser shows 1006.",
            Fix = "Take the h2c port name or --use-http2 out; give gRPC a service of its own.",
            Facts = ["gcp-run-h2c-breaks-ws", "gcp-run-h2c-doc"],
            Check = d => d.CloudRun.Where(s => s.Http2 is not null).Select(s => new LintHit(s.Http2!.Place, $"Cloud Run service {s.Name} is asked for end-to-end HTTP/2 ({s.Http2.Key} {s.Http2.Value})".TrimEnd()) { Edit = LineEdit.Value(s.Http2, "http1") }),
            Fires = new LintExample(("run.yaml", Yaml("timeoutSeconds: 3600", "h2c")), Samples.Pinging),
            Silent = new LintExample(("run.yaml", Yaml("timeoutSeconds: 3600", "http1")), Samples.Pinging),
        },
        new("GCP-RUN-AFFINITY-STATE", Severity.Warning, Breaks.Handshake, "Scaling and affinity of Cloud Run")
        {
            Why = "A client that comes back reaches any instance: without affinity by chance, with it by best effort.",
            Symptom = "After a reconnect the session is gone, now and then.",
            Fix = "Keep the state outside the instance; switch session affinity on as a help.",
            Facts = ["gcp-run-affinity-best-effort"],
            Check = d => from service in d.CloudRun
                         where service.IsWhole && !service.HasAffinity && TimeText.Number(service.MaxInstances?.Value) is null or > 1
                         select new LintHit(service.MaxInstances?.Place ?? service.Place, $"{service.Name} may run on {service.MaxInstances?.Value ?? "any number of"} instances without session affinity"),
            Fires = new LintExample(("run.tf", "resource \"google_cloud_run_v2_service\" \"chat\" {\n  template {\n    timeout = \"3600s\"\n    scaling {\n      max_instance_count = 5\n    }\n  }\n}\n"), Samples.Pinging),
            Silent = new LintExample(("run.tf", "resource \"google_cloud_run_v2_service\" \"chat\" {\n  template {\n    timeout          = \"3600s\"\n    session_affinity = true\n    scaling {\n      max_instance_count = 5\n    }\n  }\n}\n"), Samples.Pinging),
        },
        new("GCP-RUN-SINGLE-INSTANCE-MASK", Severity.Warning, Breaks.Load, "Scaling of Cloud Run")
        {
            Why = "One instance hides that sessions live in memory: the next revision loses them all, and its concurrency is the capacity of the whole service.",
            Symptom = "It works until a deployment, or until the connections reach the concurrency; then sessions are gone and handshakes get 429.",
            Fix = "Put the state into a shared store, then let it scale.",
            Reference = "https://docs.cloud.google.com/run/docs/triggering/websockets",
            IsWrongFix = true,
            Check = d => from service in d.CloudRun
                         where service.MaxInstances?.Value == "1" && !d.Once(static d => d.Variables.Any(v => v.Key.Contains("REDIS", StringComparison.Ordinal) || v.Key is "SESSION_STORE" or "DATABASE_URL"))
                         select new LintHit(service.MaxInstances!.Place, $"{service.Name} is pinned to one instance"),
            Fires = new LintExample(("deploy.sh", "gcloud run deploy term --timeout=3600 --max-instances=1\n"), Samples.Pinging),
            Silent = new LintExample(("deploy.sh", "gcloud run deploy term --timeout=3600 --max-instances=5 --set-env-vars=SESSION_STORE=redis\n"), Samples.Pinging),
        },
        new("GCP-RUN-CONCURRENCY", Severity.Warning, Breaks.Load, "Concurrency and most instances of Cloud Run")
        {
            Why = "Every open connection takes one of the instance's concurrent requests for as long as it lives.",
            Symptom = "Beyond that number handshakes wait, then get 429 or 503.",
            Fix = "Raise the concurrency towards 1000, as far as measured, and size the instances by the connections.",
            Facts = ["gcp-run-concurrency"],
            Check = d => from service in d.CloudRun
                         where service.IsWhole && service.MaxInstances is not null
                         let each = service.Concurrency is null ? 80 : TimeText.Number(service.Concurrency.Value)
                         let capacity = each * TimeText.Number(service.MaxInstances!.Value)
                         where capacity > 0 && capacity < d.Options.Sockets
                         select new LintHit(service.Concurrency?.Place ?? service.MaxInstances!.Place, $"{service.Name} has room for {capacity} connections ({each} on each of {service.MaxInstances!.Value} instances); {d.Options.Wanted}"),
            Fires = new LintExample(("deploy.sh", "gcloud run deploy chat --timeout=3600 --concurrency=10 --max-instances=3\n"), Samples.Pinging),
            Silent = new LintExample(("deploy.sh", "gcloud run deploy chat --timeout=3600 --concurrency=500 --max-instances=3\n"), Samples.Pinging),
        },
        new("GCP-RUN-CPU-IDLE-BACKGROUND", Severity.Warning, Breaks.Nothing, "CPU settings of Cloud Run")
        {
            Why = "Throttling is the default and the restrictive mode. An open connection is a request in flight and has its CPU anyway; what stops are timers and consumers between connections.",
            Symptom = "No drop goes away; background work of the service stands still when nobody is connected.",
            Fix = "Leave it out. Use --no-cpu-throttling only for work that must run without any connection.",
            Facts = ["gcp-run-open-socket-is-active", "gcp-run-cpu-throttling-meaning", "gcp-run-tf-cpu-idle-trap"],
            IsWrongFix = true,
            Check = d => from service in d.CloudRun
                         where service.Throttling is { Value: "true" }
                         select new LintHit(service.Throttling!.Place, $"CPU throttling is written out for {service.Name}: it does not keep connections alive"),
            Fires = new LintExample(("deploy.sh", "gcloud run services update gw --cpu-throttling\n"), Samples.Pinging),
            Silent = new LintExample(("deploy.sh", "gcloud run services update gw --no-cpu-throttling # a consumer runs in it\n"), Samples.Pinging),
        },
        new("GCP-RUN-MIN-INSTANCES", Severity.Info, Breaks.Nothing, "Comments beside --min-instances of Cloud Run")
        {
            Why = "A warm instance avoids cold starts; the request timeout ends connections as before.",
            Symptom = "Connections end after the same time as before.",
            Fix = "Set the timeout to 3600 s and let clients come back.",
            Facts = ["gcp-run-timeout-default"],
            IsWrongFix = true,
            Check = d => from service in d.CloudRun
                         where service.MinInstances?.Value is { } least && least != "0" && service.IsWhole && service.IsTimeoutKnown && service.TimeoutSeconds < 3600
                         select new LintHit(service.MinInstances!.Place, $"{service.Name} keeps {service.MinInstances!.Value} instance warm, but its timeout is {TimeText.Show(service.TimeoutSeconds)} s"),
            Fires = new LintExample(("deploy.sh", "gcloud run deploy chat --min-instances=1\n"), Samples.Pinging),
            Silent = new LintExample(("deploy.sh", "gcloud run deploy chat --min-instances=1 --timeout=3600\n"), Samples.Pinging),
        },
        new("GCP-RUN-AUTH-BROWSER", Severity.Error, Breaks.Handshake, "Who may call the Cloud Run service, against the client")
        {
            Why = "A page cannot add the identity token to a WebSocket handshake, so the platform refuses it before the service sees it.",
            Symptom = "Every handshake from a browser gets 403; the browser shows 1006. The same URL works with a token from a tool.",
            Fix = "Allow calls without a token, and check a ticket, a cookie with the Origin, or the first message in the service.",
            Facts = ["gcp-run-iam-403", "browser-no-custom-headers"],
            Check = d => from service in d.CloudRun
                         where service.Closed is not null && SourceSigns.Pages(d).Count > 0
                         select new LintHit(service.Closed!.Place, $"{service.Name} asks for an identity token, and a page opens WebSockets"),
            Fires = new LintExample(("deploy.sh", "gcloud run deploy gw --timeout=3600 --no-allow-unauthenticated\n"), ("page.js", "const ws = new WebSocket(url);\n")),
            Silent = new LintExample(("deploy.sh", "gcloud run deploy gw --timeout=3600 --allow-unauthenticated\n"), ("page.js", "const ws = new WebSocket(url);\n")),
        },
        new("GCP-RUN-INGRESS-DIRECT", Severity.Error, Breaks.Handshake, "Ingress of Cloud Run, against the URL of clients")
        {
            Why = "The ingress setting closes the run.app name to everybody but the load balancer.",
            Symptom = "Every handshake gets 404.",
            Fix = "Give clients the host name of the load balancer.",
            Facts = ["gcp-run-ingress-404"],
            Check = d => from service in d.CloudRun
                         where service.Ingress?.Value?.Contains("internal", StringComparison.OrdinalIgnoreCase) == true
                         from variable in d.Variables
                         where SafeText.HostOf(variable.Value)?.EndsWith(".run.app", StringComparison.Ordinal) == true && Intent.IsSocketUrl(variable.Value!)
                         select new LintHit(variable.Place, $"{variable.Key} points to {SafeText.HostOf(variable.Value)}, which the ingress setting of {service.Name} closes ({service.Ingress!.Place})"),
            Fires = new LintExample(("deploy.sh", "gcloud run deploy gw --timeout=3600 --ingress=internal-and-cloud-load-balancing\n"), (".env", "WS_URL=wss://gw-abc-ew.a.run.app/ws\n")),
            Silent = new LintExample(("deploy.sh", "gcloud run deploy gw --timeout=3600 --ingress=internal-and-cloud-load-balancing\n"), (".env", "WS_URL=wss://gw.example.com/ws\n")),
        },
    ];

    private static string Yaml(string line, string port = "http1") =>
        $"apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata:\n  name: chat\nspec:\n  template:\n    spec:\n      {line}\n      containers:\n        - image: chat\n          ports:\n            - name: {port}\n              containerPort: 8080\n";
}
