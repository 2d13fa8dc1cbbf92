using System.Text.Json.Nodes;

namespace Bascule.System.Tests;

/// <summary>A gateway with sessions as processes of this machine. Their host outlives gateways, so it is ended by name.</summary>
public sealed class SessionGateway : IAsyncLifetime
{
    private const string Profiles = """
        "profiles": {
          "shell": { "command": ["bash", "--norc", "--noprofile"], "environment": { "PS1": "ready> ", "TERM": "xterm-256color", "LC_ALL": "C.UTF-8" } },
          "tools": { "allow": ["*"], "tty": false }
        },
        "quota": { "perUser": 1000, "perTenant": 1000, "creationRate": { "rate": "10000/s", "burst": 10000 } }
        """;

    private GatewayProcess? _gateway;

    internal GatewayProcess Gateway => _gateway!;

    /// <summary>For example <c>http://127.0.0.1:40123</c>.</summary>
    internal string Origin => Gateway.PublicUrls[0];

    /// <summary>For files by which programs in sessions say how far they are.</summary>
    internal string File(string name) => Path.Combine(Gateway.DataFolder, name);

    public async ValueTask InitializeAsync() => _gateway = await StartAsync("none");

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
            await EndAsync(_gateway);
    }

    /// <param name="auth">Who may come: <c>none</c> or <c>required</c>.</param>
    internal static Task<GatewayProcess> StartAsync(string auth) => GatewayProcess.StartAsync($$"""
        {{TestToken.Auth}},
        "sessions": { "auth": "{{auth}}", {{Profiles}} }
        """);

    /// <summary>Ends the host, which ends its sessions, and then the gateway.</summary>
    internal static async Task EndAsync(GatewayProcess gateway)
    {
        await EndHostsAsync(gateway.DataFolder);
        await gateway.DisposeAsync();
    }

    /// <summary>Ends the session hosts that have their files below this folder.</summary>
    internal static async Task EndHostsAsync(string folder)
    {
        foreach (var file in Directory.GetFiles(folder, "host.json", SearchOption.AllDirectories))
        {
            var pid = (int)JsonNode.Parse(await global::System.IO.File.ReadAllTextAsync(file))!["pid"]!;
            await using var kill = ChildProcess.Start("kill", "-s", "TERM", $"{pid}");
            await kill.ExitAsync();
            await Waiting.UntilAsync(() => Task.FromResult(global::System.IO.File.Exists($"/proc/{pid}/stat")), there => !there, () => $"The host {pid} does not end.");
        }
    }

    /// <summary>A command of <c>bascule session</c> that asks this gateway.</summary>
    internal Task<BasculeCommand> CommandAsync(string verb, params IEnumerable<string> arguments) => BasculeCommand.RunAsync(["session", verb, "--url", Origin, .. arguments]);

    /// <summary>A new session with a terminal; its id.</summary>
    internal async Task<string> CreateAsync()
    {
        var created = await CommandAsync("create", "--profile", "shell");
        Assert.True(created.ExitCode == 0, created.Output);
        return created.Standard.Split('\n')[0];
    }
}
