using System.Net;
using System.Net.Sockets;
using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>HAProxy, nginx or another proxy before a back end, and no service of the machine. By themselves: with the least configuration that passes WebSockets.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    /// <summary>Where Debian has them; the search path of users lacks that folder.</summary>
    private const string Programs = "/usr/sbin";

    private readonly ChildProcess _process;
    private readonly TestFolder _folder;

    private ProxyProcess(ChildProcess process, TestFolder folder, IPEndPoint place)
    {
        (_process, _folder) = (process, folder);
        WebSocketUrl = $"ws://{place}/";
    }

    internal string WebSocketUrl { get; }

    internal static string? Missing(string name) => File.Exists($"{Programs}/{name}") ? null : $"{Programs}/{name} is not there: apt-get install haproxy nginx-light caddy";

    internal static Task<ProxyProcess> HaproxyAsync(BackendProcess backend) => StartAsync(
        "haproxy",
        place => $"""
            defaults
                mode http
                timeout connect 5s
                timeout client 1m
                timeout server 1m
                timeout tunnel 1m
            frontend entry
                bind {place}
                default_backend echo
            backend echo
                server echo {new Uri(backend.Url).Authority}
            """,
        config => ["-db", "-f", config]);

    internal static Task<ProxyProcess> NginxAsync(BackendProcess backend) => StartAsync(
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
                server {
                    listen {{place}};
                    location / {
                        proxy_pass {{backend.Url}};
                        proxy_http_version 1.1;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection upgrade;
                    }
                }
            }
            """,
        config => ["-p", Path.GetDirectoryName(config)!, "-c", config, "-e", "stderr"]);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    /// <param name="configOf">The configuration for the address at which it shall listen.</param>
    internal static async Task<ProxyProcess> StartAsync(string name, Func<IPEndPoint, string> configOf, Func<string, IEnumerable<string>> argumentsOf)
    {
        var folder = new TestFolder();
        var place = OwnAddress.Next();
        var config = folder.File("proxy.conf");
        await File.WriteAllTextAsync(config, configOf(place) + "\n");
        var process = ChildProcess.StartIn(folder.Path, $"{Programs}/{name}", argumentsOf(config));
        var proxy = new ProxyProcess(process, folder, place);
        try
        {
            await Waiting.UntilAsync(() => TakesConnectionsAsync(place), takes => takes, process.Report);
            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    private static async Task<bool> TakesConnectionsAsync(IPEndPoint place)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(place);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
