using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>A real dnsmasq on a free port of 127.0.0.1, with the records that a test gives it. It ends with the test.</summary>
internal sealed class Dnsmasq : IAsyncDisposable
{
    /// <summary>Debian's place, which is not on every search path.</summary>
    private const string Program = "/usr/sbin/dnsmasq";

    private const int MostTries = 10;

    private Process? _process;

    private Dnsmasq(int port) => EndPoint = new IPEndPoint(IPAddress.Loopback, port);

    internal IPEndPoint EndPoint { get; }

    internal static string? Missing => File.Exists(Program) ? null : $"{Program} is not there: apt-get install dnsmasq-base";

    /// <param name="records">Options like <c>--host-record=NAME,ADDRESS</c>.</param>
    internal static async Task<Dnsmasq> StartAsync(params string[] records)
    {
        // Another process may take the free port first; then the next one is tried.
        for (var attempt = 1; ; attempt++)
        {
            var server = new Dnsmasq(FreePort());
            if (await server.TryRunAsync(records))
                return server;
            await server.DisposeAsync();
            Assert.True(attempt < MostTries, "dnsmasq did not start on any port.");
        }
    }

    /// <summary>The same server with other records.</summary>
    internal async Task RestartAsync(params string[] records)
    {
        await StopAsync();
        Assert.True(await TryRunAsync(records), "dnsmasq did not come back on its port.");
    }

    internal async Task StopAsync()
    {
        if (_process is not { } process)
            return;
        _process = null;
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync().Soon();
        process.Dispose();
    }

    internal DnsClient Client(TimeProvider time) => new(() => new ResolverSettings { Servers = [EndPoint] }, time);

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task<bool> TryRunAsync(string[] records)
    {
        var start = new ProcessStartInfo(
            Program,
            [
                "--keep-in-foreground", $"--port={EndPoint.Port}", "--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv", "--no-hosts", "--conf-file=/dev/null",
                "--pid-file=", $"--user={Environment.UserName}", "--log-facility=-", "--local=/test/", .. records,
            ])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        while (await _process.StandardError.ReadLineAsync().Soon() is { } line)
        {
            if (line.Contains("started, version", StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
