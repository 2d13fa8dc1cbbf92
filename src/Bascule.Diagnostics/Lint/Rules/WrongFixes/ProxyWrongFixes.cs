using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Popular repairs in proxies and balancers that do not help.</summary>
internal static class ProxyWrongFixes
{
    /// <summary>From here on a timeout is meant to be none at all: a day.</summary>
    private const double Endless = 86400;

    private static readonly Regex AboutDrops = SourceText.Pattern(@"(?i)\b(drops?|dropped|dropping|disconnect\w*|idle|1006|cuts?|time-?outs?)\b");
    private static readonly Regex H2Ping = SourceText.Pattern(@"http2\.Transport\{[^}\n]*ReadIdleTimeout|\bReadIdleTimeout\s*[:=]");
    private static readonly Regex RetriesGateway = SourceText.Pattern(@"(http_50[234]|\b50[234]\b|5xx|gateway-error|all-retryable-errors)");

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("CORS-ON-WS-PATH", Severity.Info, Breaks.Nothing, "Access-Control headers on WebSocket paths: nginx, Ingress of class nginx")
        {
            Why = "CORS does not apply to WebSockets: the browser sends Origin and opens the connection whatever the answer's headers allow. The server has to compare Origin itself.",
            Symptom = "A handshake that got 403 still gets 403.",
            Fix = "Take the header out, and add the page's origin to the list that the server compares with.",
            Facts = ["browser-cswsh"],
            IsWrongFix = true,
            Check = d => d.SocketLocations.Where(l => Intent.IsSocketPath(l.Path)).SelectMany(l => l.Node.All("add_header"))
                .Where(h => h.FirstWord?.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase) == true).Select(h => new LintHit(h.Place, $"{h.FirstWord} on a WebSocket path") { Edit = LineEdit.Remove(h.Place) })
                .Concat(PathHops.SocketIngresses(d).Where(i => i.Body.Deep("path").All(p => Intent.IsSocketPath(p.Value ?? ""))).Select(i => i.NginxAnnotation("enable-cors")).Where(a => a?.Value == "true")
                    .Select(a => new LintHit(a!.Place, "enable-cors on an Ingress that has WebSocket paths alone") { Edit = LineEdit.Remove(a.Place) })),
            Fires = new LintExample(("nginx.conf", Nginx("add_header Access-Control-Allow-Origin *;")), Samples.Pinging),
            Silent = new LintExample(("nginx.conf", Nginx("proxy_set_header Host $host;")), Samples.Pinging),
        },
        new("STICKY-NOT-IDLE", Severity.Info, Breaks.Nothing, "Affinity with a comment about drops, where nothing pings")
        {
            Why = "Affinity chooses the instance for a new connection. What cuts an open one is a timer, and that goes on as before.",
            Symptom = "Quiet connections end after the same time as before.",
            Fix = "Ping from the server every 20 to 25 s.",
            Facts = ["aws-alb-idle-60", "nginx-read-timeout"],
            IsWrongFix = true,
            Check = d => from node in Affinities(d)
                         where d.Quickest is null && d.Hops.Any(h => h.Idle is { Seconds: < 3600 }) && AboutDrops.IsMatch(CommentsAt(d, node.Place))
                         select new LintHit(node.Place, $"{node.Key} is set against drops, and nothing pings"),
            Fires = new LintExample(Samples.Quiet, ("main.tf", Group("# stops the disconnects\n  stickiness {\n    type = \"lb_cookie\"\n  }"))),
            Silent = new LintExample(Samples.Quiet, ("main.tf", Group("# polling clients need the same task\n  stickiness {\n    type = \"lb_cookie\"\n  }"))),
        },
        new("AWS-ALB-H2-PING", Severity.Info, Breaks.Nothing, "HTTP/2 pings before an application load balancer, where nothing else pings")
        {
            Why = "The load balancer's idle timer counts data; an HTTP/2 PING carries none.",
            Symptom = "Quiet connections end after the idle timeout, as before.",
            Fix = "Send WebSocket pings or messages every 20 to 25 s.",
            Facts = ["aws-alb-idle-60"],
            IsWrongFix = true,
            Check = d => from node in d.Of(FileKind.Envoy).SelectMany(f => f.Root!.Deep("connection_keepalive")).Select(n => (n.Place, n.Key))
                             .Concat(SourceRules.In(d, "go", H2Ping, _ => true).Select(p => (p.Place, Key: "ReadIdleTimeout")))
                         where d.Quickest is null && d.Hops.Any(h => h.Kind == HopType.AwsAlb)
                         select new LintHit(node.Place, $"{node.Key} pings on HTTP/2, and nothing else pings"),
            Fires = new LintExample(("main.go", "import \"github.com/gorilla/websocket\"\nt := &http2.Transport{ReadIdleTimeout: 20 * time.Second}\n"), ("main.tf", Balancer)),
            Silent = new LintExample(("main.go", "import \"github.com/gorilla/websocket\"\nconst pingPeriod = 20 * time.Second\nt := &http2.Transport{ReadIdleTimeout: 20 * time.Second}\n"), ("main.tf", Balancer)),
        },
        new("PROXY-ENDLESS-TIMEOUT", Severity.Warning, Breaks.Load, "Timeouts of a day and more in proxies, where nothing pings")
        {
            Why = "The timeout was the only thing that noticed dead clients. Without it and without pings, half-open connections pile up until files or memory run out.",
            Symptom = "The number of connections only grows; some day new ones are refused, and a restart helps for a while.",
            Fix = "Ping every 20 to 25 s, end who does not answer, and set the timeout to an hour.",
            Facts = ["nginx-read-timeout", "haproxy-tunnel"],
            IsWrongFix = true,
            Check = d => from hop in d.Hops
                         where hop.Kind is HopType.Nginx or HopType.IngressNginx or HopType.Haproxy or HopType.Apache && hop.Idle is { Seconds: >= Endless or 0, Fact: null } && d.Quickest is null
                         select new LintHit(hop.Idle!.Place, $"{hop.Name} waits {(hop.Idle.Seconds == 0 ? "for ever" : $"{hop.Idle}")} for silent connections, and no heartbeat was found")
                         {
                             // Where no server is among the files, its heartbeat may be elsewhere.
                             Severity = SourceSigns.HasServer(d) ? null : Severity.Info,
                         },
            Fires = new LintExample(("nginx.conf", Nginx("proxy_read_timeout 7d;")), Samples.Quiet),
            Silent = new LintExample(("nginx.conf", Nginx("proxy_read_timeout 7d;")), Samples.Pinging),
        },
        new("PROXY-RETRIES-HANDSHAKE", Severity.Warning, Breaks.Load, "Retries on 502, 503 and 504: nginx, Ingress of class nginx, HAProxy, Envoy, VirtualService")
        {
            Why = "These answers come when no capacity is left; each retry is another attempt at exactly that moment.",
            Symptom = "Under load handshakes fail for longer and in greater number than without retries.",
            Fix = "Do not retry on these answers for the WebSocket path: refuse early with 503 and Retry-After, and let clients come back with jitter.",
            Facts = ["load-cpu-saturation", "nginx-limit-req-503"],
            IsWrongFix = true,
            Check = d => Retries(d).Where(n => RetriesGateway.IsMatch(n.Value ?? "")).Select(n => new LintHit(n.Place, $"{n.Key} {n.Value} repeats handshakes under load")),
            Fires = new LintExample(("nginx.conf", Nginx("proxy_next_upstream error timeout http_502 http_503;")), Samples.Pinging),
            Silent = new LintExample(("nginx.conf", Nginx("proxy_next_upstream error;")), Samples.Pinging),
        },
        new("BALANCER-ONE-CPU", Severity.Warning, Breaks.Load, "nginx and HAProxy with one worker before several servers")
        {
            Why = "All connections pass one worker. More servers behind it share the same bottleneck.",
            Symptom = "At some rate handshakes fail or take seconds, while every server has room; the balancer's one core is at 100 %.",
            Fix = "Give the balancer its cores: worker_processes auto, or take nbthread out.",
            Facts = ["load-cpu-saturation"],
            IsWrongFix = true,
            Check = d => from file in d.Of(FileKind.Nginx, FileKind.Haproxy)
                         let one = file.Root!.Everything().FirstOrDefault(n => n.Key is "worker_processes" or "nbthread" && n.FirstWord == "1")
                         where one is not null
                         let servers = file.Root!.Everything().Where(n => n.Key is "upstream" or "backend" or "listen").Select(b => b.All("server").Count()).DefaultIfEmpty(0).Max()
                         where servers >= 3
                         select new LintHit(one.Place, $"{one.Key} 1 before {servers} servers") { Edit = one.Key == "nbthread" ? LineEdit.Remove(one.Place) : LineEdit.Value(one, "auto") },
            Fires = new LintExample(("nginx.conf", "worker_processes 1;\nhttp {\n  upstream shards {\n    server 10.0.0.1:3002;\n    server 10.0.0.1:3003;\n    server 10.0.0.1:3004;\n  }\n}\n"), Samples.Pinging),
            Silent = new LintExample(("nginx.conf", "worker_processes auto;\nhttp {\n  upstream shards {\n    server 10.0.0.1:3002;\n    server 10.0.0.1:3003;\n    server 10.0.0.1:3004;\n  }\n}\n"), Samples.Pinging),
        },
    ];

    private const string Balancer = "resource \"aws_lb\" \"web\" {\n  load_balancer_type = \"application\"\n}\n";

    private static string Nginx(string line) =>
        $"server {{\n  location /ws {{\n    proxy_pass http://app;\n    proxy_http_version 1.1;\n    proxy_set_header Upgrade $http_upgrade;\n    proxy_set_header Connection $connection_upgrade;\n    {line}\n  }}\n}}\n";

    private static string Group(string lines) => $"{Balancer}resource \"aws_lb_target_group\" \"ws\" {{\n  {lines}\n}}\n";

    private static IEnumerable<ConfigNode> Affinities(Deployment deployment) =>
        deployment.Terraform.Resources.SelectMany(r => r.Body.Children.Where(c => c.Key is "stickiness" or "session_affinity"))
            .Concat(deployment.Of(FileKind.Nginx).SelectMany(f => f.Root!.Everything().Where(n => n.Key is "ip_hash" or "sticky")))
            .Concat(deployment.Of(FileKind.Haproxy).SelectMany(f => f.Root!.Everything().Where(n => n.Key == "cookie" || (n.Key == "balance" && n.FirstWord == "source"))))
            .Concat(deployment.Objects.SelectMany(o => o.Body.Everything().Where(n => n.Key is "sessionAffinity" or "nginx.ingress.kubernetes.io/affinity" or "consistentHash")));

    /// <summary>What the comments say at a line and in the two lines above it.</summary>
    private static string CommentsAt(Deployment deployment, Place place)
    {
        if (deployment.File(place.File) is not { } file)
            return "";
        var at = place.Line - 1 - file.LinesBefore;
        return string.Join(' ', Enumerable.Range(at - 2, 3).Where(i => i >= 0 && i < file.Lines.Count).Select(i => file.Lines[i]).Where(l => l.Contains('#')).Select(l => l[l.IndexOf('#')..]));
    }

    private static IEnumerable<ConfigNode> Retries(Deployment deployment) =>
        deployment.SocketLocations.Where(l => l.IsProxy).Select(l => l.Effective("proxy_next_upstream")).OfType<ConfigNode>()
            .Concat(PathHops.SocketIngresses(deployment).Select(i => i.NginxAnnotation("proxy-next-upstream")).OfType<ConfigNode>())
            .Concat(deployment.Of(FileKind.Haproxy).SelectMany(f => f.Root!.Deep("retry-on")))
            .Concat(ProxyHops.Managers(deployment).SelectMany(m => m.Deep("retry_on")))
            .Concat(deployment.Kube("VirtualService").SelectMany(v => v.Body.Deep("retryOn")))
            .DistinctBy(n => n.Place);
}
