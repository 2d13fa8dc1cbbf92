using Bascule.System.Tests;

namespace Bascule.Diagnostics.Tests;

/// <summary>Proxies from Debian with a few lines of configuration each.</summary>
internal static class Proxies
{
    /// <summary>Everything that a location of nginx needs to pass WebSockets on.</summary>
    internal const string NginxUpgrade = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;";

    /// <param name="location">What stands in <c>location /</c>.</param>
    /// <param name="http">What stands before the server block.</param>
    internal static Task<ProxyProcess> NginxAsync(string location, string http = "") => StartAsync(
        "nginx",
        place => $$"""
            daemon off;
            error_log stderr warn;
            pid nginx.pid;
            events { worker_connections 1000; }
            http {
                access_log off;
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                {{http}}
                server {
                    listen {{place}};
                    location / { {{location}} }
                }
            }
            """,
        config => ["-p", Path.GetDirectoryName(config)!, "-c", config, "-e", "stderr"]);

    /// <param name="backend">What stands in the backend.</param>
    /// <param name="timeouts">In <c>defaults</c>.</param>
    internal static Task<ProxyProcess> HaproxyAsync(string backend, string timeouts = "timeout tunnel 1m") => StartAsync(
        "haproxy",
        place => $"""
            defaults
                mode http
                timeout connect 5s
                timeout client 1m
                timeout server 1m
                {timeouts}
            frontend entry
                bind {place}
                default_backend echo
            backend echo
                {backend}
            """,
        config => ["-db", "-f", config]);

    /// <param name="site">What stands in the site, which has no host name unless <paramref name="host"/> gives one.</param>
    internal static Task<ProxyProcess> CaddyAsync(string site, string host = "") => StartAsync(
        // It writes what it ran last into the folder of the user, unless it is given another one.
        "../bin/env",
        place => $$"""
            {
                admin off
                auto_https off
            }
            http://{{(host.Length == 0 ? "" : host)}}:{{place.Port}} {
                bind {{place.Address}}
                {{site}}
            }
            """,
        config => ["XDG_CONFIG_HOME=config", "XDG_DATA_HOME=files", "/usr/bin/caddy", "run", "--config", config, "--adapter", "caddyfile"]);

    private static Task<ProxyProcess> StartAsync(string name, Func<global::System.Net.IPEndPoint, string> config, Func<string, IEnumerable<string>> arguments)
    {
        if (ProxyProcess.Missing(name == "../bin/env" ? "../bin/caddy" : name) is { } missing)
            Assert.Skip(missing);
        return ProxyProcess.StartAsync(name, config, arguments);
    }
}
