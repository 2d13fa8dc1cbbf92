using Bascule.System.Tests;

namespace Bascule.Diagnostics.Tests;

/// <summary>A classic fault in the configuration of a proxy, and how probe and linter each call it.</summary>
/// <param name="Config">For the address of the back end.</param>
/// <param name="Probe">The rule of the first verdict.</param>
/// <param name="Words">In its headline.</param>
/// <param name="Lint">The rule of the linter's first finding, in the same file.</param>
internal sealed record ProxyFault(string Name, Func<string, ProxyConfig> Config, string Probe, string Words, string Lint)
{
    internal Func<ProbeOptions, ProbeOptions>? Options { get; init; }

    /// <summary>The silence that is to be found, by the clock: this machine may have stood still meanwhile.</summary>
    internal TimeSpan? IdleLimit { get; init; }

    /// <summary>What lies beside the configuration.</summary>
    internal IReadOnlyList<(string Name, string Text)> Files { get; init; } = [];
}

/// <summary>The classic faults of nginx, HAProxy and Caddy, as they stand in configurations.</summary>
internal static class ProxyFaults
{
    private const string Upgrade = ProxyConfig.NginxUpgrade;

    // The scaled down sixty seconds: long enough that a busy machine pings in between.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>Timers of proxies may fire so much before their time, or after it.</summary>
    internal static readonly TimeSpan Early = TimeSpan.FromMilliseconds(50);

    internal static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    private static readonly (string, string) Page = ("index.html", "<!doctype html><title>app</title>\n");
    private static readonly (string, string) Client = (".env", "VITE_WS_URL=wss://app.example.com/ws\n");

    internal static IReadOnlyList<ProxyFault> All { get; } =
    [
        new("nginx without the upgrade headers", b => Nginx($"proxy_pass http://{b}; proxy_http_version 1.1;"), "PROBE-426", "nginx does not pass Upgrade and Connection on", "NGINX-UPGRADE-HEADERS"),
        new("nginx with one of the two headers", b => Nginx($"proxy_pass http://{b}; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;"), "PROBE-426", "nginx does not pass Upgrade and Connection on", "NGINX-UPGRADE-HEADERS"),
        new("nginx with an empty Connection", b => Nginx($"proxy_pass http://{b}; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection '';"), "PROBE-426", "nginx does not pass Upgrade and Connection on", "NGINX-CONNECTION-EMPTY"),
        new("nginx that loses the headers of the server block", b => ProxyConfig.Nginx($"proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; location /ws {{ proxy_set_header Host $host; proxy_pass http://{b}; proxy_read_timeout 1h; }}"), "PROBE-426", "nginx does not pass", "NGINX-HEADER-INHERITANCE"),
        new("nginx with HTTP/1.0 to the back end", b => Nginx($"proxy_pass http://{b}; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"), "PROBE-HTTP10", "nginx passes the request on as HTTP/1.0", "NGINX-HTTP-VERSION"),
        new("nginx with a short read timeout", b => Nginx($"proxy_pass http://{b}; {Upgrade}", "2s"), "PROBE-IDLE-CUT", "nginx", "NGINX-READ-TIMEOUT") { Options = Idle, IdleLimit = Limit },
        new("nginx without a route for the path", b => ProxyConfig.Nginx($"root .; location / {{ try_files $uri /index.html; }} location /api/ {{ proxy_pass http://{b}; {Upgrade} proxy_read_timeout 1h; }}"), "PROBE-200-NOT-UPGRADED", "nginx answers the upgrade with the page that it gives for any unknown path", "PROXY-NO-ROUTE") { Files = [Page, Client] },
        new("nginx that limits handshakes", b => ProxyConfig.Nginx($"location /ws {{ limit_req zone=all burst=40 nodelay; proxy_pass http://{b}; {Upgrade} proxy_read_timeout 1h; }}", "limit_req_zone $binary_remote_addr zone=all:1m rate=2r/s;"), "PROBE-CAPACITY", "a limit of the rate", "NGINX-LIMIT") { Options = Crowd },
        new("HAProxy that deletes the headers", b => ProxyConfig.Haproxy($"server echo {b}", frontend: "http-request del-header upgrade\n    http-request del-header connection"), "PROBE-426", "arrives as a plain GET", "HAPROXY-DEL-UPGRADE"),
        new("HAProxy with a short tunnel timeout", b => ProxyConfig.Haproxy($"server echo {b}", "timeout tunnel 2s"), "PROBE-IDLE-CUT", "ends connections after", "HAPROXY-TUNNEL-TIMEOUT") { Options = Idle, IdleLimit = Limit },
        new("HAProxy without a tunnel timeout", b => ProxyConfig.Haproxy($"timeout server 2s\n    server echo {b}", ""), "PROBE-IDLE-CUT", "ends connections after", "HAPROXY-TUNNEL-TIMEOUT") { Options = Idle, IdleLimit = Limit },
        new("HAProxy that limits handshakes", b => ProxyConfig.Haproxy($"server echo {b}", frontend: "stick-table type ip size 100k expire 30s store http_req_rate(10s)\n    http-request track-sc0 src\n    http-request deny deny_status 429 if { sc_http_req_rate(0) gt 40 }"), "PROBE-429", "limits the rate of handshakes", "HAPROXY-RATE-LOW") { Options = Crowd },
        new("Caddy that writes over Connection", b => ProxyConfig.Caddy($"reverse_proxy /ws {b} {{\n        header_up Connection close\n    }}"), "PROBE-426", "Caddy", "CADDY-UPGRADE-HEADERS"),
        new("Caddy without a route for the path", b => ProxyConfig.Caddy($"root * .\n    file_server\n    reverse_proxy /api/* {b}"), "PROBE-404", "Caddy", "PROXY-NO-ROUTE") { Files = [Page, Client] },
        new("Caddy with HTTP/2 alone to the back end", b => ProxyConfig.Caddy($"reverse_proxy /ws h2c://{b}"), "PROBE-5XX", "Caddy", "CADDY-H2C-TRANSPORT"),
    ];

    private static ProxyConfig Nginx(string location, string timeout = "1h") => ProxyConfig.Nginx($"location /ws {{ {location} proxy_read_timeout {timeout}; }}");

    /// <summary>nginx counts the time of the clock, HAProxy not that in which it stood still: so the clock of the system, and room for both.</summary>
    private static ProbeOptions Idle(ProbeOptions options) => options with { Clock = options.Clock with { Time = TimeProvider.System }, Idle = [Limit * 3], BusyEvery = TimeSpan.FromMilliseconds(100) };

    private static ProbeOptions Crowd(ProbeOptions options) => options with { Handshakes = 60 };
}
