using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary><c>bascule serve</c> with sessions that are processes of this machine. Its data folder may outlive it, and its host process does: it ends with the test.</summary>
internal sealed class KeptGateway : IAsyncDisposable
{
    /// <summary>What the tests start, and no limits that would be met.</summary>
    internal const string Profiles = """
        "quota": { "perUser": 1000, "perTenant": 1000, "creationRate": { "rate": "1000/s", "burst": 1000 } },
        "profiles": { "any": { "allow": ["*"] }, "command": { "allow": ["*"], "tty": false } }
        """;

    private readonly GatewayProcess _gateway;
    private readonly HttpClient _http = new();
    private readonly string _data;

    private KeptGateway(GatewayProcess gateway, string data, string? token)
    {
        _gateway = gateway;
        _data = data;
        if (token is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    internal ChildProcess Process => _gateway.Process;

    internal string Url => _gateway.PublicUrls[0];

    /// <summary>The host process of its sessions, as it says itself.</summary>
    internal int? Host => HostFile() is { } file ? (int?)JsonNode.Parse(File.ReadAllText(file))!["pid"] : null;

    /// <param name="data">Folder of its data, which may have that of an earlier one.</param>
    /// <param name="settings">More members of the configuration; the section <c>sessions</c> when it is not the usual one.</param>
    /// <param name="token">Of the user for whom it is asked.</param>
    internal static async Task<KeptGateway> StartAsync(string data, string? settings = null, string? token = null)
    {
        settings ??= $$"""
            "storage": "sqlite:sessions.db",
            "sessions": { "auth": "none", {{Profiles}} }
            """;
        return new KeptGateway(await GatewayProcess.StartAsync(settings, environment: [$"BASCULE__DATA={data}"]), data, token);
    }

    /// <summary>A session that runs.</summary>
    internal async Task<string> CreateAsync(string profile, params string[] command)
    {
        var body = new JsonObject { ["profile"] = profile, ["command"] = new JsonArray([.. command.Select(word => (JsonNode)word)]) };
        var (status, answer) = await SendAsync(HttpMethod.Post, "/api/sessions", body.ToJsonString());
        Assert.True(status == 201, $"{status} {answer}\n{Process.Report()}");
        var id = (string)JsonNode.Parse(answer)!["id"]!;
        await StateAsync(id, "running");
        return id;
    }

    internal Task<JsonNode> StateAsync(string session, string state) => Waiting.UntilAsync(
        () => ShowAsync(session), shown => (string?)shown["state"] == state || (state == "running" && (string?)shown["state"] == "ended"), Process.Report);

    internal async Task<JsonNode> ShowAsync(string session) => JsonNode.Parse((await SendAsync(HttpMethod.Get, $"/api/sessions/{session}")).Answer)!;

    internal Task<TerminalSocket> AttachAsync(string session, TerminalHello hello, string? token = null) =>
        TerminalSocket.ConnectAsync($"ws{Url["http".Length..]}/ws/session/{session}/", hello, token);

    internal async Task<(int Status, string Answer)> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, Url + path);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await _http.SendAsync(request).Soon(Process.Report);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The gateway alone, as by the kernel.</summary>
    internal async Task KillAsync()
    {
        _gateway.Process.Signal("KILL");
        await _gateway.Process.ExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        _http.Dispose();
        // Gateways that were killed before it left the same host.
        if (Host is { } host && Running(host) is { } process)
        {
            using (process)
            {
                process.Kill();
                await process.WaitForExitAsync().Soon();
            }
        }

        foreach (var left in SessionProcesses.All().Where(p => p.Folder is not null && p.Folder.StartsWith(_data, StringComparison.Ordinal)))
            Running(left.Id)?.Kill();
    }

    private static Process? Running(int id)
    {
        try
        {
            return global::System.Diagnostics.Process.GetProcessById(id);
        }
        catch (ArgumentException)
        {
            // It has ended, which is what is wanted.
            return null;
        }
    }

    private string? HostFile() => Directory.Exists(_data) ? Directory.EnumerateFiles(_data, "host.json", SearchOption.AllDirectories).FirstOrDefault() : null;
}
