namespace Bascule.Diagnostics;

/// <summary>Rules about Cloudflare and the platforms that run applications.</summary>
internal static class PlatformRules
{
    private static readonly int[] CloudflarePorts = [80, 8080, 8880, 2052, 2082, 2086, 2095, 443, 2053, 2083, 2087, 2096, 8443];

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("CF-WS-OFF", Severity.Error, Breaks.Handshake, "Terraform: zone settings of Cloudflare")
        {
            Why = "The switch for WebSockets of the zone is off.",
            Symptom = "Every handshake is refused by Cloudflare.",
            Fix = "Set websockets = \"on\".",
            Facts = ["cf-support"],
            Check = d => d.Terraform.Of("cloudflare_zone_settings_override", "cloudflare_zone_setting").SelectMany(r => r.Body.Deep("websockets")).Where(n => n.Value == "off")
                .Select(n => new LintHit(n.Place, "WebSockets are off for the zone") { Edit = LineEdit.Value(n, "on") }),
            Fires = new LintExample(("main.tf", "resource \"cloudflare_zone_settings_override\" \"z\" {\n  settings {\n    websockets = \"off\"\n  }\n}\n")),
            Silent = new LintExample(("main.tf", "resource \"cloudflare_zone_settings_override\" \"z\" {\n  settings {\n    websockets = \"on\"\n  }\n}\n")),
        },
        IdleRule.Of("CF-IDLE-100", Severity.Warning, "Terraform: proxied records of Cloudflare", HopType.Cloudflare, "fixed", "nothing: it cannot be set on most plans", "main.tf", "resource \"cloudflare_record\" \"chat\" {\n  name    = \"chat\"\n  proxied = true\n}\n", "cf-idle-100"),
        new("CF-PORT", Severity.Error, Breaks.Handshake, "URL of clients, against proxied records of Cloudflare")
        {
            Why = "Cloudflare passes only certain ports on.",
            Symptom = "The connection times out.",
            Fix = "Use 443 (or 8443), or a record that is not proxied.",
            Facts = ["cf-ports"],
            Check = d => from variable in d.Variables
                         where Intent.IsSocketUrl(variable.Value ?? "") && SafeText.Url(variable.Value) is { } url && !CloudflarePorts.Contains(url.Port)
                             && d.Hops.Any(h => h.Kind == HopType.Cloudflare && url.Host.StartsWith(h.Name["Cloudflare before ".Length..], StringComparison.Ordinal))
                         select new LintHit(variable.Place, $"{variable.Key} uses port {SafeText.Url(variable.Value)!.Port} of a host that Cloudflare proxies"),
            Fires = new LintExample(("main.tf", "resource \"cloudflare_record\" \"app\" {\n  name    = \"app\"\n  proxied = true\n}\n"), (".env", "WS_URL=wss://app.example.com:3001\n")),
            Silent = new LintExample(("main.tf", "resource \"cloudflare_record\" \"app\" {\n  name    = \"app\"\n  proxied = true\n}\n"), (".env", "WS_URL=wss://app.example.com:8443\n")),
        },
        new("CF-TUNNEL-HTTP2", Severity.Warning, Breaks.Handshake, "How cloudflared is started")
        {
            Why = "Some versions answer 502 to upgrades over this transport.",
            Symptom = "Handshakes get 502 from Cloudflare.",
            Fix = "Use --protocol quic or auto.",
            Facts = ["cf-tunnel-http2-502"],
            Check = d => d.Containers.Where(c => c.Image.Contains("cloudflared", StringComparison.Ordinal) || c.Command.Contains("tunnel", StringComparison.Ordinal)).Where(c => c.Command.Contains("--protocol http2", StringComparison.Ordinal) || c.Command.Contains("--protocol=http2", StringComparison.Ordinal))
                .Select(c => new LintHit(c.Place, "cloudflared is told to use HTTP/2") { Edit = LineEdit.Replace(c.Place with { Column = 1 }, "http2", "auto") }),
            Fires = new LintExample(("compose.yaml", "services:\n  tunnel:\n    image: cloudflare/cloudflared\n    command: tunnel --protocol http2 run\n"), Samples.Pinging),
            Silent = new LintExample(("compose.yaml", "services:\n  tunnel:\n    image: cloudflare/cloudflared\n    command: tunnel --protocol auto run\n"), Samples.Pinging),
        },
        new("VERCEL-WS", Severity.Warning, Breaks.Connection, "vercel.json")
        {
            Why = "A rewrite to another origin ends after 120 s, and connections of a function end with the function.",
            Symptom = "Connections end after 120 s or after the duration of the function.",
            Fix = "Let clients connect to the host of the socket server itself.",
            Facts = ["vercel-ws-beta", "vercel-ws-max-duration", "vercel-rewrite-120"],
            Check = d => from file in d.Files
                         where file is { Name: "vercel.json", Root: not null }
                         from rewrite in file.Root!["rewrites"]?.Items ?? []
                         where Intent.IsSocketPath(rewrite.Text("source") ?? "") && rewrite.Text("destination")?.StartsWith("http", StringComparison.Ordinal) == true
                         select new LintHit(rewrite.Place, $"{rewrite.Text("source")} is rewritten to another origin"),
            Fires = new LintExample(("vercel.json", "{ \"rewrites\": [ { \"source\": \"/ws\", \"destination\": \"https://gw.example.com/ws\" } ] }\n"), Samples.Pinging),
            Silent = new LintExample(("vercel.json", "{ \"functions\": { \"api/ws.ts\": { \"maxDuration\": 300 } } }\n"), Samples.Pinging),
        },
        new("NETLIFY-WS", Severity.Error, Breaks.Handshake, "netlify.toml, URLs of clients")
        {
            Why = "Netlify neither hosts nor passes on WebSockets.",
            Symptom = "Handshakes get an ordinary answer instead of 101.",
            Fix = "Let clients connect to the host of the socket server itself.",
            Facts = ["netlify-no-ws"],
            Check = d => d.Files.Where(f => f is { Name: "netlify.toml", Root: not null }).SelectMany(f => f.Root!.All("redirects")).Where(r => r.Text("status") == "200" && Intent.IsSocketPath(r.Text("from") ?? ""))
                .Select(r => new LintHit(r.Place, $"{r.Text("from")} is passed on by Netlify"))
                .Concat(d.Variables.Where(v => SafeText.HostOf(v.Value)?.EndsWith(".netlify.app", StringComparison.Ordinal) == true && Intent.IsSocketUrl(v.Value!)).Select(v => new LintHit(v.Place, $"{v.Key} opens WebSockets on Netlify"))),
            Fires = new LintExample(("netlify.toml", "[[redirects]]\nfrom = \"/ws/*\"\nto = \"https://gw.example.com/ws/:splat\"\nstatus = 200\n"), Samples.Pinging),
            Silent = new LintExample(("netlify.toml", "[build.environment]\nVITE_WS_URL = \"wss://gw.example.com/ws\"\n"), Samples.Pinging),
        },
        IdleRule.Of("HEROKU-IDLE-55", Severity.Error, "Heroku: Procfile, app.json, heroku.yml", HopType.Heroku, "fixed", "nothing: it cannot be set", "heroku.yml", "build:\n  docker:\n    web: Dockerfile\n", "heroku-55s"),
        IdleRule.Of("FLY-IDLE-OPTION", Severity.Warning, "fly.toml", HopType.Fly, "idle_timeout", "idle_timeout = 600, or take it out", "fly.toml", "[http_service.http_options]\nidle_timeout = 30\n", "fly-idle-removed"),
        new("FLY-AUTOSTOP", Severity.Warning, Breaks.Connection, "fly.toml")
        {
            Why = "A machine without new requests looks idle and is stopped, with its connections.",
            Symptom = "All connections of a machine end at once in quiet hours.",
            Fix = "Set auto_stop_machines = \"off\", or min_machines_running to at least 1.",
            Facts = ["fly-autostop-goaway"],
            Check = d => from file in d.Files
                         where file is { Name: "fly.toml", Root: not null }
                         from stop in file.Root!.Deep("auto_stop_machines")
                         where stop.Value is "stop" or "suspend" or "true" && (file.Root!.Deep("min_machines_running").FirstOrDefault()?.Value ?? "0") == "0"
                         select new LintHit(stop.Place, $"auto_stop_machines is {stop.Value}, and no machine is kept running") { Edit = LineEdit.Value(stop, "off") },
            Fires = new LintExample(("fly.toml", "[http_service]\nauto_stop_machines = \"stop\"\nmin_machines_running = 0\n"), Samples.Pinging),
            Silent = new LintExample(("fly.toml", "[http_service]\nauto_stop_machines = \"off\"\n"), Samples.Pinging),
        },
        new("FLY-CONCURRENCY", Severity.Warning, Breaks.Load, "fly.toml")
        {
            Why = "Above the hard limit the proxy holds new connections back.",
            Symptom = "Handshakes wait, then fail, above this number on a machine.",
            Fix = "Set type = \"connections\" and limits that fit.",
            Facts = ["fly-concurrency-soft-20"],
            Check = d => from file in d.Files
                         where file is { Name: "fly.toml", Root: not null }
                         from limit in file.Root!.Deep("hard_limit")
                         where TimeText.Number(limit.Value) < d.Options.Sockets
                         select new LintHit(limit.Place, $"a machine takes {limit.Value} connections; {d.Options.Wanted}"),
            Fires = new LintExample(("fly.toml", "[http_service.concurrency]\nhard_limit = 25\n"), Samples.Pinging),
            Silent = new LintExample(("fly.toml", "[http_service.concurrency]\ntype = \"connections\"\nhard_limit = 5000\n"), Samples.Pinging),
        },
        new("RAILWAY-SLEEP", Severity.Warning, Breaks.Connection, "railway.json, railway.toml")
        {
            Why = "The service sleeps after ten minutes without outgoing traffic.",
            Symptom = "All connections end in quiet hours; the next client waits for the start.",
            Fix = "Switch it off, or ping from the server.",
            Facts = ["railway-serverless-sleep"],
            Check = d => d.Files.Where(f => f.Name.StartsWith("railway.", StringComparison.Ordinal) && f.Root is not null).SelectMany(f => f.Root!.Deep("sleepApplication")).Where(n => n.Value == "true" && d.Quickest is null)
                .Select(n => new LintHit(n.Place, "the service may sleep, and no heartbeat was found") { Edit = LineEdit.Value(n, "false") }),
            Fires = new LintExample(("railway.json", "{ \"deploy\": { \"sleepApplication\": true } }\n"), Samples.Quiet),
            Silent = new LintExample(("railway.json", "{ \"deploy\": { \"sleepApplication\": false } }\n"), Samples.Quiet),
        },
    ];
}
