using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Rules about where proxies send a path, over which scheme, and how many requests they let through.</summary>
internal static class RouteRules
{
    private static readonly Regex RateLimit = SourceText.Pattern(@"sc[0-9]?_http_req_rate(\([^)]*\))?\s+gt\s+(?<n>[0-9]+)");
    private static readonly Regex RateWindow = SourceText.Pattern(@"http_req_rate\((?<window>[0-9]+(ms|s|m|h)?)\)");
    private static readonly Regex Events = SourceText.Pattern(@"(?i)(^|/)(sse|events?|event-stream|eventsource)(/|$)");

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("PROXY-NO-ROUTE", Severity.Error, Breaks.Handshake, "Paths of WebSocket URLs, against the routes of nginx and Caddy")
        {
            Why = "No route of the proxy covers the path that clients use: what answers is the file server that stands for everything else.",
            Symptom = "Every handshake gets 200 with the page itself, or 404; the browser shows 1006.",
            Fix = "Add a route for this path that passes it on to the WebSocket server.",
            Reference = "the files themselves: what they say does not agree",
            Check = d => from url in Urls(d)
                         from gap in NginxGaps(d, url.Path).Concat(CaddyGaps(d, url.Path))
                         select new LintHit(gap.Place, $"{gap.What} answers {url.Path}, which {url.Variable.Key} names ({url.Variable.Place}), and passes it on to nobody"),
            Fires = new LintExample((".env", "VITE_WS_URL=wss://app.example.com/ws\n"), ("nginx.conf", "server {\n  root /srv;\n  location / {\n    try_files $uri /index.html;\n  }\n  location /api/ {\n    proxy_pass http://app:8080;\n  }\n}\n")),
            Silent = new LintExample((".env", "VITE_WS_URL=wss://app.example.com/ws\n"), ("nginx.conf", "server {\n  root /srv;\n  location / {\n    try_files $uri /index.html;\n  }\n  location /ws {\n    proxy_pass http://app:8080;\n  }\n}\n")),
        },
        new("PROXY-REDIRECTS-WS", Severity.Error, Breaks.Handshake, "ws:// URLs, against redirects to https in nginx, Traefik and Caddy")
        {
            Why = "The proxy answers plain HTTP with a redirect, and no browser follows one in a handshake.",
            Symptom = "Every handshake gets 301 or 308; the browser shows 1006. Loading the same address as a page works.",
            Fix = "Give clients the address that the redirect leads to: wss://.",
            Facts = ["browser-no-redirects"],
            IsForAll = true,
            Check = d => from url in SocketUrls(d)
                         where url.Url.Scheme == "ws" && url.Url.Port is 80
                         let redirect = Redirects(d, url.Url.Host).FirstOrDefault()
                         where redirect is not null
                         select new LintHit(url.Variable.Place, $"{url.Variable.Key} is {SafeText.Address(url.Variable.Value!)}, and {redirect.Place} redirects it to https") { Edit = LineEdit.Replace(url.Variable.Place, "ws://", "wss://") },
            Fires = new LintExample((".env", "WS_URL=ws://app.example.com/ws\n"), ("nginx.conf", "server {\n  listen 80;\n  server_name app.example.com;\n  return 301 https://$host$request_uri;\n}\n")),
            Silent = new LintExample((".env", "WS_URL=wss://app.example.com/ws\n"), ("nginx.conf", "server {\n  listen 80;\n  server_name app.example.com;\n  return 301 https://$host$request_uri;\n}\n")),
        },
        new("PROXY-LIFETIME-SHORT", Severity.Warning, Breaks.Connection, "stream_timeout of Caddy, max_stream_duration of Envoy")
        {
            Why = "The proxy ends every connection at this age, busy or not; pings do not help.",
            Symptom = "Every connection ends after exactly this time.",
            Fix = "Take the line out, or set it above the time that a connection shall live; and let clients come back with jitter.",
            Facts = ["caddy-support"],
            Check = d => d.Hops.Where(h => h.Kind is HopType.Caddy or HopType.Envoy && h.Lifetime is not null && h.Lifetime.Seconds < d.Options.Lifetime)
                .Select(h => new LintHit(h.Lifetime!.Place, $"{h.Name} ends every connection after {h.Lifetime}; {TimeText.Show(d.Options.Lifetime)} s are wanted")),
            Fires = new LintExample(("Caddyfile", "example.com {\n\treverse_proxy /ws app:8080 {\n\t\tstream_timeout 5m\n\t}\n}\n"), Samples.Pinging),
            Silent = new LintExample(("Caddyfile", "example.com {\n\treverse_proxy /ws app:8080 {\n\t\tstream_timeout 24h\n\t}\n}\n"), Samples.Pinging),
        },
        new("PROXY-SCHEME-PORT", Severity.Warning, Breaks.Handshake, "Scheme and port of backends in nginx, HAProxy and Caddy")
        {
            Why = "The proxy speaks TLS to a port without it, or plain HTTP to a TLS port.",
            Symptom = "Every request gets 502, or 400 \"plain HTTP request was sent to HTTPS port\".",
            Fix = "Let scheme and port agree with the backend's listener.",
            Reference = "the files themselves: what they say does not agree",
            IsForAll = true,
            Check = d => Targets(d).Where(t => t.Url is { } url && ((url.Scheme == "http" && url.Port is 443 or 8443) || (url.Scheme == "https" && url.Port is 80 or 3000 or 5000 or 8000 or 8080)))
                .Select(t => new LintHit(t.Place, $"the backend is reached by {t.Url!.Scheme} on port {t.Url.Port}")),
            Fires = new LintExample(("nginx.conf", "server {\n  location /ws {\n    proxy_pass https://app:8080;\n  }\n}\n")),
            Silent = new LintExample(("nginx.conf", "server {\n  location /ws {\n    proxy_pass http://app:8080;\n  }\n}\n")),
        },
        new("HAPROXY-RATE-LOW", Severity.Warning, Breaks.Load, "HAProxy: rates of requests")
        {
            Why = "A handshake counts as a request; after an outage the clients of an office, which share an address, come back at once and pass the limit.",
            Symptom = "After a deployment some handshakes get 429 or 403; browsers show 1006.",
            Fix = "Give the WebSocket path its own counter with more room, and let clients come back with jitter.",
            Facts = ["reconnect-storm"],
            Check = d => from file in d.Of(FileKind.Haproxy)
                         from rule in file.Root!.Everything()
                         where rule.Key is "http-request" or "tcp-request" && rule.FirstWord is "deny" or "connection" or "reject" or "tarpit"
                         let limit = RateLimit.Match(rule.Value ?? "")
                         where limit.Success
                         let window = RateWindow.Match(file.Text)
                         let seconds = window.Success ? TimeText.Seconds(window.Groups["window"].Value, 0.001) ?? 10 : 10
                         let perMinute = (TimeText.Number(limit.Groups["n"].Value) ?? 0) * 60 / Math.Max(seconds, 0.001)
                         where perMinute < 300
                         select new LintHit(rule.Place, $"one address may make {limit.Groups["n"].Value} requests in {TimeText.Show(seconds)} s, handshakes included"),
            Fires = new LintExample(("haproxy.cfg", Haproxy(10))),
            Silent = new LintExample(("haproxy.cfg", Haproxy(200))),
        },
        new("NGINX-SSE-BUFFERING", Severity.Warning, Breaks.Connection, "nginx: locations for server-sent events")
        {
            Why = "nginx buffers what the backend answers, so events wait until a buffer is full.",
            Symptom = "Events come late and in bunches, or not at all.",
            Fix = "Add proxy_buffering off (or let the backend send X-Accel-Buffering: no).",
            Reference = "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering",
            IsForAll = true,
            Check = d => from location in d.Locations
                         where location.IsProxy && Events.IsMatch(location.Path) && !location.HasUnknownInclude && location.Effective("proxy_buffering")?.FirstWord != "off"
                         select new LintHit(location.Node.Place, $"location {location.Path} looks like one for server-sent events, and is buffered") { Edit = LineEdit.After(location.Node.Place, "proxy_buffering off;") },
            Fires = new LintExample(("nginx.conf", "server {\n  location /events {\n    proxy_pass http://app;\n  }\n}\n")),
            Silent = new LintExample(("nginx.conf", "server {\n  location /events {\n    proxy_pass http://app;\n    proxy_buffering off;\n  }\n}\n")),
        },
        new("TOMCAT-BUFFER", Severity.Info, Breaks.Connection, "web.xml of Tomcat")
        {
            Why = "Tomcat takes messages of at most 8192 bytes until it is told otherwise.",
            Symptom = "A bigger message ends the connection with 1009.",
            Fix = "Set the context parameter org.apache.tomcat.websocket.textBufferSize (and binaryBufferSize).",
            Facts = ["tomcat-buffers"],
            Check = d => d.Files.Where(f => f is { Name: "web.xml", Root: not null } && !f.Text.Contains("BufferSize", StringComparison.Ordinal) && d.Sources.Any(s => SourceText.Language(s.Path) == "java" && SourceSigns.Server(s) is not null))
                .Select(f => new LintHit(new Place(f.Path, 1), "no buffer size for WebSocket messages is set")),
            Fires = new LintExample(("web.xml", "<web-app></web-app>\n"), ("Chat.java", "import jakarta.websocket.*;\n@ServerEndpoint(\"/ws\")\npublic class Chat { }\n")),
            Silent = new LintExample(("web.xml", "<web-app><context-param><param-name>org.apache.tomcat.websocket.textBufferSize</param-name><param-value>65536</param-value></context-param></web-app>\n"), ("Chat.java", "import jakarta.websocket.*;\n@ServerEndpoint(\"/ws\")\npublic class Chat { }\n")),
        },
    ];

    private static string Haproxy(int limit) =>
        $"frontend web\n  stick-table type ip size 100k expire 30s store http_req_rate(10s)\n  http-request track-sc0 src\n  http-request deny deny_status 429 if {{ sc_http_req_rate(0) gt {limit} }}\nbackend ws\n  timeout tunnel 1h\n  server s1 10.0.0.1:80\n";

    /// <summary>Paths of the WebSocket URLs that clients get.</summary>
    private static IEnumerable<(string Path, ConfigNode Variable)> Urls(Deployment deployment) =>
        SocketUrls(deployment).Where(u => u.Url.AbsolutePath.Length > 1).Select(u => (u.Url.AbsolutePath, u.Variable));

    private static IEnumerable<(Uri Url, ConfigNode Variable)> SocketUrls(Deployment deployment) =>
        from variable in deployment.Variables
        let url = Intent.IsSocketUrl(variable.Value ?? "") ? SafeText.Url(variable.Value) : null
        where url is not null && url.Host.Contains('.') && !url.Host.EndsWith(".local", StringComparison.Ordinal) && !variable.Value!.Contains("{{", StringComparison.Ordinal)
        select (url, variable);

    /// <summary>Where a host is redirected to https. Caddy does so for every site that it has a certificate for.</summary>
    private static IEnumerable<ConfigNode> Redirects(Deployment deployment, string host) =>
        deployment.Of(FileKind.Nginx).SelectMany(f => f.Root!.Deep("server")).Where(s => s["server_name"]?.Words.Contains(host) == true)
            .SelectMany(s => s.All("return").Concat(s.All("location").Where(l => l.LastWord == "/").SelectMany(l => l.All("return"))))
            .Where(r => r.Words is ["301" or "302" or "307" or "308", var to, ..] && to.StartsWith("https:", StringComparison.Ordinal))
            .Concat(deployment.Traefik.EntryPoints.SelectMany(e => TraefikModel.Deep(e, "redirections")))
            .Concat(deployment.Of(FileKind.Caddy).SelectMany(f => f.Root!.Children).Where(s => s.Key == host || (s.Key == host + "," && s.Words.Count > 0)));

    /// <summary>Where an only site of nginx answers a path itself. Several sites may share the work, so nothing is said about them.</summary>
    private static IEnumerable<(Place Place, string What)> NginxGaps(Deployment deployment, string path)
    {
        var serving = OnlyServer(deployment).Where(l => path.StartsWith(l.Path, StringComparison.Ordinal)).MaxBy(l => l.Path.Length);
        if (serving is { IsProxy: false, HasUnknownInclude: false } && (serving.Node["try_files"] ?? serving.Node["root"] ?? serving.Node["alias"]) is not null)
            yield return (serving.Node.Place, $"location {serving.Path}");
    }

    /// <summary>The locations of the one server that is a proxy; empty where there are several, or a pattern may answer anything.</summary>
    private static IReadOnlyList<NginxLocation> OnlyServer(Deployment deployment) => deployment.Once(static d =>
    {
        var servers = d.Locations.GroupBy(l => l.Chain.FirstOrDefault(c => c.Key == "server")).Where(g => g.Any(l => l.IsProxy)).ToList();
        return servers is [var server] && !server.Any(l => l.Node.Words.Count > 1 && l.Node.Words[0].StartsWith('~')) ? (IReadOnlyList<NginxLocation>)[.. server] : [];
    });

    private static IEnumerable<(Place Place, string What)> CaddyGaps(Deployment deployment, string path)
    {
        var sites = deployment.Once(static d => (IReadOnlyList<ConfigNode>)[.. d.Of(FileKind.Caddy).SelectMany(f => f.Root!.Children).Where(s => s.Deep("reverse_proxy").Any())]);
        if (sites is not [var site] || site["file_server"] is not { } files)
            yield break;
        var routes = site.Everything().Where(n => n.Key is "reverse_proxy" or "handle" or "handle_path" or "route" or "import" || n.Key.StartsWith('@')).ToList();
        // A matcher by name, or none at all, may cover everything.
        if (routes.TrueForAll(r => r.Key != "import" && !r.Key.StartsWith('@') && r.FirstWord is { } first && first.StartsWith('/') && !Covers(first, path)))
            yield return (files.Place, "file_server");
    }

    private static bool Covers(string matcher, string path) => matcher.EndsWith('*') ? path.StartsWith(matcher[..^1], StringComparison.Ordinal) : matcher == path;

    /// <summary>Addresses of backends.</summary>
    private static IEnumerable<(Uri? Url, Place Place)> Targets(Deployment deployment) =>
        deployment.Of(FileKind.Nginx).SelectMany(f => f.Root!.Deep("proxy_pass")).Select(p => (SafeText.Url(p.FirstWord), p.Place))
            .Concat(deployment.Of(FileKind.Caddy).SelectMany(f => f.Root!.Deep("reverse_proxy")).SelectMany(r => r.Words.Select(w => (SafeText.Url(w), r.Place))))
            .Concat(deployment.Of(FileKind.Haproxy).SelectMany(f => f.Root!.Children.Where(s => s["mode"]?.FirstWord != "tcp" && f.Root["defaults"]?["mode"]?.FirstWord != "tcp")).SelectMany(s => s.All("server"))
                .Where(s => s.Words.Count > 1 && (s.Words[1].EndsWith(":443", StringComparison.Ordinal) || s.Words[1].EndsWith(":8443", StringComparison.Ordinal)) && !s.Words.Contains("ssl")).Select(s => (SafeText.Url($"http://{s.Words[1]}"), s.Place)));
}
