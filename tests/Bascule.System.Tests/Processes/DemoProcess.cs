using System.Net;
using System.Net.Sockets;

namespace Bascule.System.Tests;

/// <summary><c>bascule demo</c> as a process, with a data folder of its own.</summary>
public sealed class DemoProcess : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private ChildProcess? _process;

    internal ChildProcess Process => _process!;

    internal int Port { get; private set; }

    internal int AdminPort { get; private set; }

    internal string DataFolder => _folder.Path;

    internal string Config => _folder.File("bascule.json");

    internal string WebSocketUrl => $"ws://127.0.0.1:{Port}";

    public async ValueTask InitializeAsync()
    {
        (Port, AdminPort) = FreePorts();
        // Job control of a shell may have switched SIGINT off for all that it started in the background; here it must work.
        _process = ChildProcess.Start("env", ["--default-signal=INT", "dotnet", Repository.Program, .. Arguments()]);
        await _process.LineAsync("where ID is");
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _folder.Dispose();
    }

    internal string[] Arguments() => ["demo", "--port", $"{Port}", "--admin-port", $"{AdminPort}", "--data", DataFolder];

    /// <summary>A line of the greeting, as printed, without the spaces before it.</summary>
    internal async Task<string> PrintedAsync(string start) => (await Process.LineAsync($"^ +(?<line>{start}.*)$")).Groups["line"].Value;

    /// <summary>Runs a printed line in a shell, as a reader would: <c>bascule</c> is the program, and <c>python3</c> the system's.</summary>
    internal static ChildProcess Shell(string line) =>
        ChildProcess.Start("bash", "-c", $"PATH=/usr/bin:$PATH; bascule() {{ dotnet '{Repository.Program}' \"$@\"; }}; {line}");

    /// <summary>The demo must be told its ports. Both are held until both are known, or they could be the same.</summary>
    private static (int First, int Second) FreePorts()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return (((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port);
    }
}
