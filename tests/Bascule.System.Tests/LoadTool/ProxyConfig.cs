using System.Net;

namespace Bascule.System.Tests;

/// <summary>A proxy of Debian and the file that it is started with.</summary>
/// <param name="Program">A file of Debian's.</param>
/// <param name="File">The name that people give this file.</param>
/// <param name="TextFor">Its text for the address at which the proxy shall listen.</param>
/// <param name="ArgumentsFor">The command line for the path of the file.</param>
internal sealed record ProxyConfig(string Program, string File, Func<IPEndPoint, string> TextFor, Func<string, IEnumerable<string>> ArgumentsFor)
{
    /// <summary>Everything that a location of nginx needs to pass WebSockets on.</summary>
    internal const string NginxUpgrade = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;";

    /// <summary>The listener speaks TLS with a certificate that lies beside the file.</summary>
    internal bool IsSecure { get; init; }

    /// <summary>Null, or what is missing on this machine.</summary>
    internal string? Missing => global::System.IO.File.Exists(Proxy) ? null : $"{Proxy} is not there: apt-get install haproxy nginx-light caddy";

    private string Proxy { get; init; } = Program;

    /// <param name="server">What stands in the server block after its listen line.</param>
    /// <param name="http">What stands before the server block.</param>
    internal static ProxyConfig Nginx(string server, string http = "", bool isSecure = false) => new(
        "/usr/sbin/nginx",
        "nginx.conf",
        // Started by root it would read files as nobody, who may not see the folder of a test; started by others the line does nothing.
        place => $$"""
            user root;
            daemon off;
            error_log stderr warn;
            pid nginx.pid;
            events { worker_connections 10000; }
            http {
                access_log off;
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                {{http}}
                server {
                    listen {{place}}{{(isSecure ? " ssl" : "")}};
                    {{server}}
                }
            }
            """,
        config => ["-p", Path.GetDirectoryName(config)!, "-c", config, "-e", "stderr"]) { IsSecure = isSecure };

    /// <param name="backend">What stands in the backend.</param>
    /// <param name="timeouts">In <c>defaults</c>.</param>
    /// <param name="frontend">What stands in the frontend after its bind line.</param>
    /// <param name="bind">Behind the address of the bind line.</param>
    internal static ProxyConfig Haproxy(string backend, string timeouts = "timeout tunnel 1h", string frontend = "", string bind = "") => new(
        "/usr/sbin/haproxy",
        "haproxy.cfg",
        place => $"""
            defaults
                mode http
                timeout connect 5s
                timeout client 1m
                timeout server 1m
                {timeouts}
            frontend entry
                bind {place} {bind}
                {frontend}
                default_backend echo
            backend echo
                {backend}
            """,
        config => ["-db", "-f", config]) { IsSecure = bind.Contains("ssl", StringComparison.Ordinal) };

    /// <param name="site">What stands in the site, which has no host name unless <paramref name="host"/> gives one.</param>
    internal static ProxyConfig Caddy(string site, string host = "", bool isSecure = false) => new(
        // It writes what it ran last into the folder of the user, unless it is given another one.
        "/usr/bin/env",
        "Caddyfile",
        place => $$"""
            {
                admin off
                {{(isSecure ? "auto_https disable_redirects" : "auto_https off")}}
                skip_install_trust
            }
            {{(isSecure ? "https" : "http")}}://{{host}}:{{place.Port}} {
                bind {{place.Address}}
                {{site}}
            }
            """,
        config => ["XDG_CONFIG_HOME=config", "XDG_DATA_HOME=files", "/usr/bin/caddy", "run", "--config", config, "--adapter", "caddyfile"]) { IsSecure = isSecure, Proxy = "/usr/bin/caddy" };
}
