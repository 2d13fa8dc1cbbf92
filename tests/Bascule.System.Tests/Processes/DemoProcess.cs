using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary><c>bascule demo</c> as a process, with a data folder of its own.</summary>
public sealed class DemoProcess : IAsyncLifetime
{
    private const int MostTries = 10;

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
        // The demo takes ports of 127.0.0.1 only, and another process may take one of them first.
        for (var tries = 1; !await TryStartAsync(); tries++)
            Assert.True(tries < MostTries, _process!.Report());
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        // It outlives the demo, as its sessions do.
        await SessionGateway.EndHostsAsync(DataFolder);
        _folder.Dispose();
    }

    internal string[] Arguments() => ["demo", "--port", $"{Port}", "--admin-port", $"{AdminPort}", "--data", DataFolder];

    /// <summary>A line of the greeting, as printed, without the spaces before it.</summary>
    internal async Task<string> PrintedAsync(string start) => (await Process.LineAsync($"^ +(?<line>{start}.*)$")).Groups["line"].Value;

    /// <summary>Runs a printed line in a shell, as a reader would: <c>bascule</c> is the program, and <c>python3</c> the system's.</summary>
    internal static ChildProcess Shell(string line) =>
        ChildProcess.Start("bash", "-c", $"PATH=/usr/bin:$PATH; bascule() {{ dotnet '{Repository.Program}' \"$@\"; }}; {line}");

    /// <summary>False: a port was taken.</summary>
    private async Task<bool> TryStartAsync()
    {
        (Port, AdminPort) = (OwnAddress.NextPort(), OwnAddress.NextPort());
        if (_process is not null)
            await _process.DisposeAsync();
        // Job control of a shell may have switched SIGINT off for all that it started in the background; here it must work.
        _process = ChildProcess.Start("env", ["--default-signal=HUP,INT,TERM", "dotnet", Repository.Program, .. Arguments()]);
        var started = await _process.LineAsync("(?<isUp>where ID is)|could not be opened: .*in use");
        return started.Groups["isUp"].Success;
    }
}
