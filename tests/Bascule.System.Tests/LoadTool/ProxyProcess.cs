using System.Net;
using System.Net.Sockets;
using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>HAProxy, nginx or Caddy before a back end, and no service of the machine.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly TestFolder _folder;

    private ProxyProcess(ChildProcess process, TestFolder folder, string configFile, IPEndPoint place, bool isSecure)
    {
        (_process, _folder, ConfigFile, Place) = (process, folder, configFile, place);
        WebSocketUrl = $"{(isSecure ? "wss" : "ws")}://{place}/";
    }

    internal string WebSocketUrl { get; }

    internal IPEndPoint Place { get; }

    /// <summary>The very file that it runs with.</summary>
    internal string ConfigFile { get; }

    /// <summary>With the least configuration that passes WebSockets.</summary>
    internal static Task<ProxyProcess> HaproxyAsync(BackendProcess backend) => StartAsync(ProxyConfig.Haproxy($"server echo {new Uri(backend.Url).Authority}"));

    /// <summary>With the least configuration that passes WebSockets.</summary>
    internal static Task<ProxyProcess> NginxAsync(BackendProcess backend) => StartAsync(ProxyConfig.Nginx($"location / {{ proxy_pass {backend.Url}; {ProxyConfig.NginxUpgrade} }}"));

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    /// <param name="files">What lies beside the configuration: certificates, pages, variables.</param>
    internal static async Task<ProxyProcess> StartAsync(ProxyConfig config, params IReadOnlyList<(string Name, string Text)> files)
    {
        Assert.Null(config.Missing);
        var folder = new TestFolder();
        var place = OwnAddress.Next();
        var file = folder.File(config.File);
        await File.WriteAllTextAsync(file, config.TextFor(place) + "\n");
        foreach (var (name, text) in files)
            await File.WriteAllTextAsync(folder.File(name), text);
        var process = ChildProcess.StartIn(folder.Path, config.Program, config.ArgumentsFor(file));
        var proxy = new ProxyProcess(process, folder, file, place, config.IsSecure);
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
