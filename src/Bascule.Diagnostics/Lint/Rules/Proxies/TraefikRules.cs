using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Rules about Traefik: files, labels, arguments and Kubernetes objects alike. It needs no setting for WebSockets, so they are about what is added.</summary>
internal static class TraefikRules
{
    /// <summary>Connections that an office or a mobile network opens from one address: a guess, so what lies below is a warning.</summary>
    private const double FewFromOneAddress = 20;

    /// <summary>From here on a timeout is not meant for requests.</summary>
    private const double MeantForSockets = 600;

    private static readonly Regex Events = SourceText.Pattern(@"(?i)(^|/)(sse|events?|event-stream|eventsource)(/|$)");

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("TRAEFIK-INFLIGHT", Severity.Warning, Breaks.Load, "Traefik: inFlightReq on routers that carry WebSockets")
        {
            Why = "A connection counts as a request in progress for as long as it lives, and without a source criterion all clients of a host share the amount.",
            Symptom = "When that many connections are open, every further handshake gets 429; browsers show 1006.",
            Fix = "Leave inFlightReq off this router, or size the amount by connections.",
            Facts = ["traefik-inflight"],
            Check = d => from limit in Through(d, "inFlightReq")
                         let amount = TraefikModel.Get(limit.Settings, "amount")
                         let isEach = TraefikModel.Deep(limit.Settings, "ipStrategy").Any() || TraefikModel.Deep(limit.Settings, "requestHeaderName").Any()
                         where TimeText.Number(amount?.Value) is > 0 and var most && most < (isEach ? FewFromOneAddress : d.Options.Sockets)
                         select new LintHit(amount!.Place, isEach ? $"the middleware {limit.Part.Name} allows {amount.Value} open connections to one address" : $"the middleware {limit.Part.Name} allows {amount.Value} open connections to all clients together; {d.Options.Wanted}"),
            Fires = new LintExample(("dynamic.yml", File("inFlightReq: { amount: 100 }"))),
            Silent = new LintExample(("dynamic.yml", File("inFlightReq: { amount: 5000 }"))),
        },
        new("TRAEFIK-RATE-LOW", Severity.Warning, Breaks.Load, "Traefik: rateLimit on routers that carry WebSockets")
        {
            Why = "A handshake counts as a request; after an outage the clients of an office, which share an address, come back at once and pass the limit.",
            Symptom = "After a deployment some handshakes get 429; browsers show 1006.",
            Fix = "Give the WebSocket router a limit of its own with more room, and let clients come back with jitter.",
            Facts = ["reconnect-storm"],
            Check = d => from limit in Through(d, "rateLimit")
                         let average = TraefikModel.Get(limit.Settings, "average")
                         let seconds = TimeText.Seconds(TraefikModel.Get(limit.Settings, "period")?.Value ?? "1s")
                         where seconds > 0 && TimeText.Number(average?.Value) is > 0 and var count && count * 60 / seconds < 300
                         select new LintHit(average!.Place, $"the middleware {limit.Part.Name} allows {average.Value} requests in {TimeText.Show(seconds.Value)} s, handshakes included"),
            Fires = new LintExample(("dynamic.yml", File("rateLimit: { average: 30, period: 1m }"))),
            Silent = new LintExample(("dynamic.yml", File("rateLimit: { average: 100, burst: 200 }"))),
        },
        new("TRAEFIK-RETRY", Severity.Warning, Breaks.Connection, "Traefik: retry on routers that carry WebSockets")
        {
            Why = "Releases before the repair of July 2026 could repeat a connection that was already handed over, and panicked.",
            Symptom = "Some connections end at once with 1006; the log of Traefik shows a panic.",
            Fix = "Leave retry off this router: clients come back by themselves.",
            Facts = ["traefik-retry-panic"],
            IsWrongFix = true,
            Check = d => Through(d, "retry").Select(r => new LintHit(r.Settings.Place, $"the middleware {r.Part.Name} repeats requests of a WebSocket router")),
            Fires = new LintExample(("dynamic.yml", File("retry: { attempts: 3 }"))),
            Silent = new LintExample(("dynamic.yml", File("compress: {}"))),
        },
        new("TRAEFIK-HEADERS-UPGRADE", Severity.Warning, Breaks.Handshake, "Traefik: customRequestHeaders on routers that carry WebSockets")
        {
            Why = "Traefik upgrades by itself. A fixed or deleted header of the handshake marks plain requests as upgrades, or takes from the handshake what it needs.",
            Symptom = "Handshakes, or plain requests, get 400 from the backend.",
            Fix = "Delete the line.",
            Facts = ["traefik-support"],
            IsWrongFix = true,
            Check = d => from headers in Through(d, "headers")
                         from header in TraefikModel.Get(headers.Settings, "customRequestHeaders")?.Children ?? []
                         where header.Key.ToLowerInvariant() is "connection" or "upgrade" or "origin" || header.Key.StartsWith("sec-websocket", StringComparison.OrdinalIgnoreCase)
                         select new LintHit(header.Place, $"the middleware {headers.Part.Name} sets {header.Key} to \"{header.Value}\"") { Edit = LineEdit.Remove(header.Place) },
            Fires = new LintExample(("compose.yaml", Compose("traefik.http.middlewares.ws.headers.customrequestheaders.Connection=Upgrade"))),
            Silent = new LintExample(("compose.yaml", Compose("traefik.http.middlewares.ws.headers.customrequestheaders.X-Script-Name=/ws"))),
        },
        new("TRAEFIK-H2C-BACKEND", Severity.Warning, Breaks.Handshake, "Traefik: scheme of servers")
        {
            Why = "Towards a server that is spoken to in h2c there is no HTTP/1.1 request that could be upgraded.",
            Symptom = "Every handshake gets 502 or 500.",
            Fix = "Use http, and give gRPC a service of its own.",
            Reference = "https://www.rfc-editor.org/rfc/rfc9113#section-8.6",
            Check = d => Schemes(d).Where(s => s.Value?.StartsWith("h2c", StringComparison.OrdinalIgnoreCase) == true).Select(s => new LintHit(s.Place, "the servers behind a WebSocket router are spoken to in h2c") { Edit = LineEdit.Replace(s.Place, "h2c", "http") }),
            Fires = new LintExample(("compose.yaml", Compose("traefik.http.services.chat.loadbalancer.server.scheme=h2c"))),
            Silent = new LintExample(("compose.yaml", Compose("traefik.http.services.chat.loadbalancer.server.scheme=http"))),
        },
        new("TRAEFIK-SSE-BUFFERING", Severity.Warning, Breaks.Connection, "Traefik: buffering on routers of event streams")
        {
            Why = "The middleware holds an answer back until the backend has ended it. (Upgraded connections pass it.)",
            Symptom = "Events come when the stream ends, or not at all.",
            Fix = "Leave buffering off this router.",
            Facts = ["traefik-buffering"],
            IsForAll = true,
            Check = d => d.Traefik.Through(d.Traefik.Routers.Where(r => Events.IsMatch(r.Path)), "buffering").Select(b => new LintHit(b.Settings.Place, $"the middleware {b.Part.Name} buffers a router for event streams")),
            Fires = new LintExample(("dynamic.yml", File("buffering: { maxRequestBodyBytes: 2000000 }").Replace("/ws", "/events", StringComparison.Ordinal))),
            Silent = new LintExample(("dynamic.yml", File("buffering: { maxRequestBodyBytes: 2000000 }"))),
        },
        new("TRAEFIK-AUTH-ANSWER", Severity.Info, Breaks.Handshake, "Traefik: forwardAuth, basicAuth and digestAuth on WebSocket routers of pages")
        {
            Why = "A page can neither send an Authorization header with a handshake nor follow the redirect to a login; it only learns that the connection failed.",
            Symptom = "Who is logged out sees 1006, and no login page.",
            Fix = "Let the service check a cookie or a ticket, and close with a code of its own; or answer 401 to a plain request that the page makes first.",
            Facts = ["browser-no-redirects", "browser-no-custom-headers"],
            Check = d => from kind in (string[])["forwardAuth", "basicAuth", "digestAuth"]
                         from auth in Through(d, kind)
                         where SourceSigns.Pages(d).Count > 0
                         select new LintHit(auth.Settings.Place, $"the middleware {auth.Part.Name} ({kind}) stands before a WebSocket that a page opens"),
            Fires = new LintExample(("dynamic.yml", File("forwardAuth: { address: \"http://login:9000\" }")), ("page.js", "const ws = new WebSocket(url);\nws.onclose = () => reconnect(Math.random());\n")),
            Silent = new LintExample(("dynamic.yml", File("compress: {}")), ("page.js", "const ws = new WebSocket(url);\nws.onclose = () => reconnect(Math.random());\n")),
        },
        new("TRAEFIK-HOST-ORIGIN", Severity.Warning, Breaks.Handshake, "Traefik: passHostHeader, against backends that compare it with Origin")
        {
            Why = "Without it the backend sees its own address as Host, which is never the Origin of the page.",
            Symptom = "Browsers get 403, while tools without an Origin get 101.",
            Fix = "Take passHostHeader out: it is true by itself.",
            Facts = ["gorilla-checkorigin"],
            Check = d => from root in d.Traefik.Roots.Concat(d.Kube("IngressRoute").Select(r => r.Body))
                         from node in TraefikModel.Deep(root, "passHostHeader")
                         where node.Value == "false" && NginxRules.OriginComparers(d).Count > 0
                         select new LintHit(node.Place, $"passHostHeader is false, and {NginxRules.OriginComparers(d)[0].Path} compares Host with Origin") { Edit = LineEdit.Replace(node.Place, "false", "true") },
            Fires = new LintExample(("compose.yaml", Compose("traefik.http.services.chat.loadbalancer.passhostheader=false")), ("main.go", "import \"github.com/gorilla/websocket\"\nvar upgrader = websocket.Upgrader{}\n")),
            Silent = new LintExample(("compose.yaml", Compose("traefik.http.services.chat.loadbalancer.passhostheader=true")), ("main.go", "import \"github.com/gorilla/websocket\"\nvar upgrader = websocket.Upgrader{}\n")),
        },
        new("TRAEFIK-GRACE", Severity.Info, Breaks.Connection, "Traefik: lifeCycle.graceTimeOut of entry points")
        {
            Why = "At a restart open connections have this long, 10 s where it is not set; then they are cut.",
            Symptom = "Each restart of Traefik ends all connections together, and all clients come back together.",
            Fix = "Set transport.lifeCycle.graceTimeOut to minutes, with terminationGracePeriodSeconds or stop_grace_period above it.",
            Facts = ["traefik-timeouts"],
            Check = d => d.Traefik.EntryPoints.Where(e => !TraefikModel.Deep(e, "graceTimeOut").Any()).Take(1).Select(e => new LintHit(e.Place, "no entry point has a graceTimeOut, so a restart cuts connections after 10 s")),
            Fires = new LintExample(("traefik.yml", "entryPoints:\n  websecure:\n    address: \":443\"\n"), Samples.Pinging),
            Silent = new LintExample(("traefik.toml", "[entryPoints.websecure]\naddress = \":443\"\n[entryPoints.websecure.transport.lifeCycle]\ngraceTimeOut = \"10m\"\n"), Samples.Pinging),
        },
        new("TRAEFIK-WRONG-KNOB", Severity.Info, Breaks.Nothing, "Traefik: respondingTimeouts and forwardingTimeouts, where nothing pings")
        {
            Why = "They bound requests, answers and HTTP connections that wait for the next request. They do not count the silence of an upgraded connection.",
            Symptom = "Connections end after the same time as before: another hop cuts them.",
            Fix = "Leave them as they are; ping from the server every 20 to 25 s, and look for the hop that counts silence.",
            Facts = ["traefik-timeouts", "traefik-forwarding-timeouts"],
            IsWrongFix = true,
            Check = d => from place in d.Traefik.EntryPoints.SelectMany(e => TraefikModel.Deep(e, "respondingTimeouts")).Concat(d.Traefik.Transports.SelectMany(t => TraefikModel.Deep(t, "forwardingTimeouts")))
                         from node in place.Children
                         where d.Quickest is null && TimeText.Seconds(node.Value) is { } seconds && (seconds >= MeantForSockets || (seconds == 0 && node.Key.Equals("idleTimeout", StringComparison.OrdinalIgnoreCase)))
                         select new LintHit(node.Place, $"{node.Key} is {node.Value}, and nothing pings"),
            Fires = new LintExample(("traefik.yml", Static("idleTimeout: 3600s")), Samples.Quiet),
            Silent = new LintExample(("traefik.yml", Static("idleTimeout: 3600s")), Samples.Pinging),
        },
    ];

    private static IEnumerable<(TraefikPart Part, ConfigNode Settings)> Through(Deployment deployment, string kind) => deployment.Traefik.Through(deployment.Traefik.SocketRouters, kind);

    /// <summary>Schemes and addresses of the servers behind WebSocket routers.</summary>
    private static IEnumerable<ConfigNode> Schemes(Deployment deployment)
    {
        var routers = deployment.Traefik.SocketRouters;
        var names = routers.SelectMany(r => r.Services.Append(r.Name)).Select(s => s.Split('@')[0]).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return deployment.Traefik.Services.Where(s => names.Contains(s.Name)).SelectMany(s => TraefikModel.Deep(s.Body, "scheme").Concat(TraefikModel.Deep(s.Body, "url")))
            .Concat(deployment.Kube("IngressRoute").SelectMany(r => r.Body.At("spec", "routes")?.Items ?? []).Where(r => routers.Any(s => s.Place == r.Place)).SelectMany(r => r.Deep("scheme")));
    }

    private static string File(string middleware) =>
        $"http:\n  routers:\n    chat:\n      rule: Host(`a.example.com`) && PathPrefix(`/ws`)\n      service: chat\n      middlewares: [ one ]\n  middlewares:\n    one:\n      {middleware}\n  services:\n    chat:\n      loadBalancer:\n        servers: [ {{ url: \"http://chat:8080\" }} ]\n";

    private static string Compose(string label) =>
        $"services:\n  chat:\n    image: chat:1\n    labels:\n      - traefik.http.routers.chat.rule=Host(`a.example.com`) && PathPrefix(`/ws`)\n      - traefik.http.routers.chat.middlewares=ws@docker\n      - {label}\n";

    private static string Static(string line) => $"entryPoints:\n  websecure:\n    address: \":443\"\n    transport:\n      lifeCycle: {{ graceTimeOut: 10m }}\n      respondingTimeouts:\n        {line}\n";
}
