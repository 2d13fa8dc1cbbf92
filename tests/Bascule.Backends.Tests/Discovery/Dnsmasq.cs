using System.Diagnostics;
using System.Net;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>A real dnsmasq on an address of its own, with the records that a test gives it. It ends with the test.</summary>
internal sealed class Dnsmasq : IAsyncDisposable
{
    /// <summary>Debian's place, which is not on every search path.</summary>
    private const string Program = "/usr/sbin/dnsmasq";

    private Process? _process;

    internal IPEndPoint EndPoint { get; } = OwnAddress.Next();

    internal static string? Missing => File.Exists(Program) ? null : $"{Program} is not there: apt-get install dnsmasq-base";

    /// <param name="records">Options like <c>--host-record=NAME,ADDRESS</c>.</param>
    internal static async Task<Dnsmasq> StartAsync(params string[] records)
    {
        var server = new Dnsmasq();
        await server.RunAsync(records);
        return server;
    }

    /// <summary>The same server with other records.</summary>
    internal async Task RestartAsync(params string[] records)
    {
        await StopAsync();
        await RunAsync(records);
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

    private async Task RunAsync(string[] records)
    {
        var start = new ProcessStartInfo(
            Program,
            [
                "--keep-in-foreground", $"--port={EndPoint.Port}", $"--listen-address={EndPoint.Address}", "--bind-interfaces", "--no-resolv", "--no-hosts", "--conf-file=/dev/null",
                "--pid-file=", $"--user={Environment.UserName}", "--log-facility=-", "--local=/test/", .. records,
            ])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        List<string> lines = [];
        while (await _process.StandardError.ReadLineAsync().Soon() is { } line)
        {
            if (line.Contains("started, version", StringComparison.Ordinal))
                return;
            lines.Add(line);
        }

        Assert.Fail($"dnsmasq did not start at {EndPoint}: {string.Join(' ', lines)}");
    }
}
