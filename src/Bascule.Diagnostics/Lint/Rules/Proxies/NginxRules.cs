namespace Bascule.Diagnostics;

/// <summary>Rules about nginx.</summary>
internal static class NginxRules
{
    /// <summary>Names that are never arguments.</summary>
    private static readonly HashSet<string> Directives = new(StringComparer.Ordinal)
    {
        "proxy_pass", "proxy_set_header", "proxy_http_version", "proxy_read_timeout", "proxy_send_timeout", "proxy_connect_timeout", "proxy_buffering", "server_name", "worker_connections", "keepalive_timeout",
    };

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("NGINX-UPGRADE-HEADERS", Severity.Error, Breaks.Handshake, "nginx: locations that carry WebSockets")
        {
            Why = "nginx does not pass Upgrade and Connection on by itself, because they belong to one hop: the backend sees a plain GET.",
            Symptom = "Every handshake gets 400, 404 or 426 from the backend; the browser shows 1006.",
            Fix = "Add proxy_http_version 1.1, proxy_set_header Upgrade $http_upgrade and proxy_set_header Connection \"upgrade\" (better: a map of $http_upgrade).",
            Facts = ["nginx-upgrade-headers", "nginx-upgrade-headers-426"],
            Check = d => Proxies(d).Where(l => !l.HasUnknownInclude && l.OuterHeader("Upgrade") is null && (!Passes(l.Header("Upgrade"), "$http_upgrade", "websocket") || l.Header("Connection") is null))
                .Select(l => new LintHit(l.Node.Place, $"location {l.Path} passes requests on without the headers {Missing(l)}")
                {
                    Edit = LineEdit.After(l.Node.Place, "proxy_http_version 1.1;", "proxy_set_header Upgrade $http_upgrade;", "proxy_set_header Connection \"upgrade\";"),
                }),
            Fires = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_pass http://app:8080;\n  }"))),
            Silent = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_pass http://app:8080;\n    proxy_http_version 1.1;\n    proxy_set_header Upgrade $http_upgrade;\n    proxy_set_header Connection $connection_upgrade;\n  }"))),
        },
        new("NGINX-CONNECTION-EMPTY", Severity.Error, Breaks.Handshake, "nginx: the Connection header of locations that carry WebSockets")
        {
            Why = "The value is fixed, so the word upgrade never reaches the backend. The empty one is copied from the example for keep-alive upstreams.",
            Symptom = "Every handshake gets 400 or 426 from the backend.",
            Fix = "Map it: map $http_upgrade $connection_upgrade { default upgrade; '' ''; } and proxy_set_header Connection $connection_upgrade.",
            Facts = ["nginx-upgrade-headers-426"],
            IsWrongFix = true,
            Check = d => Proxies(d).Select(l => l.Header("Connection")).Where(h => h?.Words is ["Connection" or "connection", var value] && value.ToLowerInvariant() is "" or "close" or "keep-alive")
                .Select(h => new LintHit(h!.Place, $"Connection is fixed to \"{h.Words[1]}\"") { Edit = LineEdit.Replace(h.Place, h.Words[1].Length == 0 ? "\"\"" : h.Words[1], "$connection_upgrade") }),
            Fires = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_pass http://app:8080;\n    proxy_set_header Upgrade $http_upgrade;\n    proxy_set_header Connection \"\";\n  }"))),
            Silent = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_pass http://app:8080;\n    proxy_set_header Upgrade $http_upgrade;\n    proxy_set_header Connection $connection_upgrade;\n  }"))),
        },
        new("NGINX-HTTP-VERSION", Severity.Warning, Breaks.Handshake, "nginx: proxy_http_version")
        {
            Why = "Before 1.29.7 nginx speaks HTTP/1.0 to backends unless told otherwise, and HTTP/1.0 has no upgrade; some backends accept it, some do not.",
            Symptom = "Handshakes get 400 or 426 from strict backends.",
            Fix = "Add proxy_http_version 1.1.",
            Facts = ["nginx-http-version", "nginx-http10-lenient"],
            Check = d => Proxies(d).Where(l => l.PassesUpgrade && !l.HasUnknownInclude && l.Effective("proxy_http_version") is not { Words: ["1.1" or "2" or "2.0"] } && !IsNew(d))
                .Select(l => new LintHit((l.Effective("proxy_http_version") ?? l.Node).Place, $"location {l.Path} upgrades over HTTP/1.0") { Edit = l.Effective("proxy_http_version") is null ? LineEdit.After(l.Node.Place, "proxy_http_version 1.1;") : null }),
            Fires = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_pass http://app;\n    proxy_set_header Upgrade $http_upgrade;\n    proxy_set_header Connection upgrade;\n  }"))),
            Silent = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_pass http://app;\n    proxy_http_version 1.1;\n    proxy_set_header Upgrade $http_upgrade;\n    proxy_set_header Connection upgrade;\n  }"))),
        },
        new("NGINX-HEADER-INHERITANCE", Severity.Error, Breaks.Handshake, "nginx: proxy_set_header at several levels")
        {
            Why = "A location with any proxy_set_header of its own inherits none: the pair that is set further out is lost here.",
            Symptom = "Handshakes on this path get 400 or 426, although the headers are in the file.",
            Fix = "Repeat the pair in this location, or put all headers into one file and include it in every location.",
            Facts = ["nginx-header-inheritance"],
            Check = d => Proxies(d).Where(l => l.Header("Upgrade") is null && l.OuterHeader("Upgrade") is not null && !l.HasUnknownInclude)
                .Select(l => new LintHit(l.Headers[0].Place, $"location {l.Path} sets headers of its own, so the Upgrade header of {l.OuterHeader("Upgrade")!.Place} is lost here")
                {
                    Edit = LineEdit.After(l.Headers[0].Place, "proxy_set_header Upgrade $http_upgrade;", "proxy_set_header Connection $connection_upgrade;"),
                }),
            Fires = new LintExample(("nginx.conf", Server("proxy_set_header Upgrade $http_upgrade;\n  proxy_set_header Connection $connection_upgrade;\n  location /ws {\n    proxy_set_header Host $host;\n    proxy_pass http://app;\n  }"))),
            Silent = new LintExample(("nginx.conf", Server("location /ws {\n    include ws_headers.conf;\n    proxy_set_header Host $host;\n    proxy_pass http://app;\n  }")), ("ws_headers.conf", "proxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection $connection_upgrade;\nproxy_pass_header Server;\n")),
        },
        IdleRule.Of("NGINX-READ-TIMEOUT", Severity.Warning, "nginx: proxy_read_timeout of locations that carry WebSockets", HopType.Nginx, "proxy_read_timeout", "proxy_read_timeout 3600s", "nginx.conf", Server("location /ws {\n    proxy_pass http://app;\n  }"), "nginx-read-timeout", "nginx-either-direction"),
        new("NGINX-WRONG-KNOB", Severity.Info, Breaks.Nothing, "nginx: timeouts that do not touch an upgraded connection")
        {
            Why = "These directives are about requests and responses; an upgraded connection obeys proxy_read_timeout alone.",
            Symptom = "Silent connections end after 60 s, as before.",
            Fix = "Set proxy_read_timeout.",
            Facts = ["nginx-wrong-knobs"],
            IsWrongFix = true,
            Check = d => from location in Proxies(d)
                         where location.Effective("proxy_read_timeout") is null
                         from node in location.Node.Children
                         where node.Key is "keepalive_timeout" or "send_timeout" or "client_body_timeout" || (node.Key == "proxy_buffering" && node.Words is ["off"])
                         select new LintHit(node.Place, $"location {location.Path} sets {node.Key}, but no proxy_read_timeout"),
            Fires = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_pass http://app;\n    keepalive_timeout 3600s;\n    proxy_buffering off;\n  }"))),
            Silent = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_pass http://app;\n    proxy_read_timeout 3600s;\n  }"))),
        },
        new("NGINX-HOST-ORIGIN", Severity.Warning, Breaks.Handshake, "nginx: the Host header, against backends that compare it with Origin")
        {
            Why = "Without it the backend sees the name of the upstream as Host, which is never the Origin of the page.",
            Symptom = "Browsers get 403, while tools without an Origin get 101.",
            Fix = "Add proxy_set_header Host $host.",
            Facts = ["nginx-host-default", "gorilla-checkorigin"],
            Check = d => Proxies(d).Where(l => !l.HasUnknownInclude && l.Header("Host") is null && OriginComparers(d).Count > 0)
                .Select(l => new LintHit(l.Node.Place, $"location {l.Path} passes no Host, and {OriginComparers(d)[0].Path} compares it with Origin") { Edit = LineEdit.After(l.Node.Place, "proxy_set_header Host $host;") }),
            Fires = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_pass http://backend;\n  }")), ("main.go", "import \"github.com/gorilla/websocket\"\nvar upgrader = websocket.Upgrader{}\n")),
            Silent = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_pass http://backend;\n    proxy_set_header Host $host;\n  }")), ("main.go", "import \"github.com/gorilla/websocket\"\nvar upgrader = websocket.Upgrader{}\n")),
        },
        new("NGINX-WORKER-CONNECTIONS", Severity.Warning, Breaks.Load, "nginx: worker_connections")
        {
            Why = "Each connection that is passed on takes two of a worker's.",
            Symptom = "Beyond that, new connections are refused or hang; the error log says \"worker_connections are not enough\".",
            Fix = "Raise worker_connections and worker_rlimit_nofile.",
            Facts = ["nginx-worker-connections"],
            Check = d => from file in d.Of(FileKind.Nginx)
                         from events in file.Root!.All("events")
                         let own = events["worker_connections"]
                         let each = own is null ? 512 : TimeText.Number(own.Value)
                         let workers = TimeText.Number(file.Root!["worker_processes"]?.Value) ?? 1
                         let capacity = each * workers / 2
                         where capacity < d.Options.Sockets && NginxLocation.Read([file]).Any(l => l.IsProxy)
                         select new LintHit((own ?? events).Place, $"room for about {capacity} connections ({workers} workers with {each}, two for each); {d.Options.Wanted}") { Edit = LineEdit.Value(own, "30000") },
            Fires = new LintExample(("nginx.conf", "events {\n  worker_connections 512;\n}\nhttp {\n  server {\n    location /ws { proxy_pass http://app; }\n  }\n}\n")),
            Silent = new LintExample(("nginx.conf", "worker_rlimit_nofile 65536;\nevents {\n  worker_connections 30000;\n}\nhttp {\n  server {\n    location /ws { proxy_pass http://app; }\n  }\n}\n")),
        },
        new("NGINX-LIMIT", Severity.Warning, Breaks.Load, "nginx: limit_conn and limit_req on WebSocket paths")
        {
            Why = "A connection holds its place of limit_conn for life, and clients that come back together meet limit_req; the default answer of both, 503, looks like a broken backend.",
            Symptom = "Handshakes from one address get 503 when a few connections are open.",
            Fix = "Give the path a zone of its own with room for an office behind one address, and set the status to 429.",
            Facts = ["nginx-limit-req-503", "ingress-nginx-limit-connections"],
            Check = d => from location in Proxies(d)
                         let limit = location.Effective("limit_conn") ?? location.Effective("limit_req")
                         where limit is not null && location.Effective(limit.Key + "_status") is null
                         select new LintHit(limit.Place, $"{limit.Key} {limit.Value} covers location {location.Path} and answers 503"),
            Fires = new LintExample(("nginx.conf", Server("location /ws {\n    limit_conn addr 5;\n    proxy_pass http://app;\n  }"))),
            Silent = new LintExample(("nginx.conf", Server("limit_conn_status 429;\n  location /ws {\n    limit_conn addr 200;\n    proxy_pass http://app;\n  }"))),
        },
        new("NGINX-NON-HTTP-PASS", Severity.Error, Breaks.Handshake, "nginx: uwsgi_pass, fastcgi_pass, scgi_pass")
        {
            Why = "This protocol has no way to carry an upgraded connection.",
            Symptom = "Every handshake gets 400 or 404 from the application.",
            Fix = "Use proxy_pass to an HTTP port of a server that speaks WebSocket.",
            Facts = ["gunicorn-uwsgi-no-ws"],
            Check = d => from location in d.SocketLocations
                         let pass = location.Node.Children.Find(c => c.Key is "uwsgi_pass" or "fastcgi_pass" or "scgi_pass")
                         where pass is not null
                         select new LintHit(pass.Place, $"location {location.Path} is passed on by {pass.Key}"),
            Fires = new LintExample(("nginx.conf", Server("location /ws {\n    uwsgi_pass app:3031;\n  }"))),
            Silent = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_pass http://app:8000;\n  }"))),
        },
        new("NGINX-ADD-HEADER-UPGRADE", Severity.Warning, Breaks.Nothing, "nginx: add_header Upgrade or Connection")
        {
            Why = "add_header adds to the response; the backend needs the header in the request.",
            Symptom = "Handshakes fail as before; plain answers carry an odd header.",
            Fix = "Use proxy_set_header.",
            Facts = ["nginx-upgrade-headers"],
            IsWrongFix = true,
            IsForAll = true,
            Check = d => d.Of(FileKind.Nginx).SelectMany(f => f.Root!.Deep("add_header")).Where(n => n.Words is [var name, ..] && name.ToLowerInvariant() is "upgrade" or "connection")
                .Select(n => new LintHit(n.Place, $"add_header {n.Words[0]}") { Edit = LineEdit.Replace(n.Place, "add_header", "proxy_set_header") }),
            Fires = new LintExample(("nginx.conf", Server("location /ws {\n    add_header Upgrade websocket;\n    proxy_pass http://app;\n  }"))),
            Silent = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_set_header Upgrade $http_upgrade;\n    proxy_pass http://app;\n  }"))),
        },
        new("NGINX-HANDSHAKE-HEADER", Severity.Error, Breaks.Handshake, "nginx: fixed Sec-WebSocket headers and Origin")
        {
            Why = "The server answers to the key that it gets; a fixed key makes an answer that the client must refuse. A fixed Origin switches the server's check off.",
            Symptom = "Browsers fail with 1006 right after the 101.",
            Fix = "Delete the line: these headers pass by themselves.",
            Facts = ["nginx-upgrade-headers"],
            IsWrongFix = true,
            Check = d => d.Of(FileKind.Nginx).SelectMany(f => f.Root!.Deep("proxy_set_header")).Where(n => n.Words is [var name, var value] && !value.StartsWith('$') && (name.StartsWith("Sec-WebSocket-", StringComparison.OrdinalIgnoreCase) || name.Equals("Origin", StringComparison.OrdinalIgnoreCase)))
                .Select(n => new LintHit(n.Place, $"{n.Words[0]} is fixed") { Severity = n.Words[0].StartsWith("Sec", StringComparison.OrdinalIgnoreCase) ? null : Severity.Warning, Edit = LineEdit.Remove(n.Place) }),
            Fires = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_set_header Sec-WebSocket-Key \"x3JJHMbDL1EzLkh9GBhXDw==\";\n    proxy_pass http://app;\n  }"))),
            Silent = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_set_header Sec-WebSocket-Key $http_sec_websocket_key;\n    proxy_pass http://app;\n  }"))),
        },
        new("NGINX-NO-SEMICOLON", Severity.Error, Breaks.Deploy, "nginx: directives that hold the name of another one")
        {
            Why = "A directive ends at its semicolon and not at the end of its line: without it the next directive is taken for arguments.",
            Symptom = "nginx does not start, or goes on with the old configuration: invalid number of arguments.",
            Fix = "End the line with a semicolon.",
            Reference = "https://nginx.org/en/docs/beginners_guide.html#conf_structure",
            IsForAll = true,
            Check = d => from file in d.Of(FileKind.Nginx)
                         from node in file.Root!.Everything()
                         let swallowed = node.Words.FirstOrDefault(Directives.Contains)
                         where swallowed is not null
                         select new LintHit(node.Place, $"{node.Key} takes {swallowed} for an argument: a semicolon is missing"),
            Fires = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_read_timeout 3600s\n    proxy_pass http://app;\n  }"))),
            Silent = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_read_timeout 3600s;\n    proxy_pass http://app;\n  }"))),
        },
        new("NGINX-TO-LOOPBACK", Severity.Error, Breaks.Handshake, "nginx in a container, against Compose services")
        {
            Why = "Inside a container localhost is that container: nobody listens there.",
            Symptom = "Every request gets 502.",
            Fix = "Name the service: proxy_pass http://SERVICE:PORT.",
            Reference = "https://docs.docker.com/compose/how-tos/networking/",
            Check = d => from location in Proxies(d)
                         let pass = location.Node["proxy_pass"]
                         where pass.Words is [var target, ..] && SafeText.HostOf(target) is "localhost" or "127.0.0.1"
                         let own = d.Containers.FirstOrDefault(c => c.Image.Contains("nginx", StringComparison.Ordinal) && c.Body.Text("network_mode") != "host" && c.Body["volumes"]?.Items.Any(v => v.Value?.Contains(location.File.Name, StringComparison.Ordinal) == true) == true)
                         where own is not null
                         select new LintHit(pass.Place, $"location {location.Path} is passed on to {SafeText.HostOf(pass.Words[0])}, but nginx runs in a container of its own ({own.Place})"),
            Fires = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_pass http://localhost:8080;\n  }")), ("compose.yaml", "services:\n  web:\n    image: nginx:1.29\n    volumes: [\"./nginx.conf:/etc/nginx/nginx.conf\"]\n")),
            Silent = new LintExample(("nginx.conf", Server("location /ws {\n    proxy_pass http://app:8080;\n  }")), ("compose.yaml", "services:\n  web:\n    image: nginx:1.29\n    volumes: [\"./nginx.conf:/etc/nginx/nginx.conf\"]\n")),
        },
    ];

    private static string Server(string body) => $"server {{\n  {body}\n}}\n";

    private static IEnumerable<NginxLocation> Proxies(Deployment deployment) => deployment.SocketLocations.Where(l => l.IsProxy);

    private static bool Passes(ConfigNode? header, params string[] values) => header?.Words is [_, var value, ..] && values.Contains(value.ToLowerInvariant());

    private static string Missing(NginxLocation location) => location.Header("Upgrade") is null ? location.Header("Connection") is null ? "Upgrade and Connection" : "Upgrade" : "Connection";

    /// <summary>Whether the image is one whose default is HTTP/1.1.</summary>
    private static bool IsNew(Deployment deployment) => deployment.Containers.Any(c => c.Image.StartsWith("nginx:", StringComparison.Ordinal)
        && Version.TryParse(c.Image["nginx:".Length..].Split('-')[0], out var version) && version >= new Version(1, 29, 7));

    /// <summary>Sources that compare Origin with Host by themselves.</summary>
    internal static IReadOnlyList<LintFile> OriginComparers(Deployment deployment) => deployment.Once(static d => (IReadOnlyList<LintFile>)[.. d.Sources.Where(ComparesOrigin)]);

    private static bool ComparesOrigin(LintFile file) =>
        (file.Text.Contains("gorilla/websocket", StringComparison.Ordinal) && !file.Text.Contains("CheckOrigin", StringComparison.Ordinal)) || file.Text.Contains("EnableWebSocket", StringComparison.Ordinal);
}
