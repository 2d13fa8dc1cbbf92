using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bascule.Model;

namespace Bascule.System.Tests;

/// <summary><c>bascule serve</c> as a process of its own, on ports that it chose.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private const string ConfigName = "bascule.json";

    private readonly ChildProcess _process;
    private readonly TestFolder _folder;
    private readonly HttpClient _http;
    private readonly string _listen;

    private GatewayProcess(ChildProcess process, TestFolder folder, string listen, IReadOnlyList<string> publicUrls, string adminUrl)
    {
        _process = process;
        _listen = listen;
        _folder = folder;
        PublicUrls = publicUrls;
        AdminUrl = adminUrl;
        // No connection stays open between two questions, so that the gateway's sockets can be counted.
        _http = new HttpClient();
        _http.DefaultRequestHeaders.ConnectionClose = true;
    }

    internal ChildProcess Process => _process;

    /// <summary>Its <c>data</c> folder, which also has its configuration.</summary>
    internal string DataFolder => _folder.Path;

    /// <summary>In the order of the configuration.</summary>
    internal IReadOnlyList<string> PublicUrls { get; }

    internal string AdminUrl { get; }

    /// <summary>The first public listener as clients write it: <c>ws://127.0.0.1:PORT</c>.</summary>
    internal string WebSocketUrl => "ws" + PublicUrls[0]["http".Length..];

    /// <param name="settings">Members of the configuration, without its braces; ports, admin and data are added.</param>
    /// <param name="listeners">The public listeners as JSON. Without it: one, without TLS.</param>
    /// <param name="adminTokens">More tokens for the admin API, as JSON.</param>
    /// <param name="environment">Variables of the process, <c>NAME=VALUE</c>.</param>
    internal static async Task<GatewayProcess> StartAsync(string settings, string? listeners = null, string adminTokens = "[]", IReadOnlyList<string>? environment = null)
    {
        var folder = new TestFolder();
        var config = folder.File(ConfigName);
        var listen = $$"""{ "public": {{listeners ?? "[\"http://127.0.0.1:0\"]"}}, "admin": "http://127.0.0.1:0", "adminTokens": {{adminTokens}} }""";
        await WriteAsync(folder, listen, settings);
        // A gateway that is killed with its shards leaves their folder behind: in ours, which goes with the test.
        var process = ChildProcess.Start("env", [.. environment ?? [], $"TMPDIR={folder.Path}", "dotnet", Repository.Program, "serve", "--config", config]);
        try
        {
            var listening = await process.LineAsync("Listening public=\"?(?<public>http[^\"]*?)\"? admin=(?<admin>\\S+)");
            return new GatewayProcess(process, folder, listen, listening.Groups["public"].Value.Split(", "), listening.Groups["admin"].Value);
        }
        catch
        {
            await process.DisposeAsync();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Connections that hold a slot now, over all pools, as /health tells.</summary>
    internal async Task<int> SlotsInUseAsync()
    {
        var health = await JsonAsync($"{PublicUrls[0]}/health");
        return health["checks"]!["capacity"]!["current"]!.GetValue<int>();
    }

    internal Task NoSlotStaysInUseAsync() => Waiting.UntilAsync(SlotsInUseAsync, n => n == 0, _process.Report);

    /// <summary>What the gateway knows of an attempt, asked as an operator.</summary>
    internal async Task<JsonNode> ExplainAsync(AttemptId attempt) => await JsonAsync($"{AdminUrl}/api/attempts/{attempt}");

    /// <summary>The sum over all label sets of a metric.</summary>
    internal async Task<double> MetricAsync(string name)
    {
        var text = await GetAsync($"{AdminUrl}/metrics");
        return text.Split('\n').Where(l => l.StartsWith(name + "{", StringComparison.Ordinal) || l.StartsWith(name + " ", StringComparison.Ordinal))
            .Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..]));
    }

    /// <summary>Asks the process to stop as a service manager does; returns the exit code.</summary>
    internal Task<int> StopAsync()
    {
        _process.Signal("TERM");
        return _process.ExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    /// <summary>Puts another configuration in the place of the old one, as a whole: nobody reads half of it.</summary>
    internal Task RewriteAsync(string settings) => WriteAsync(_folder, _listen, settings);

    /// <summary>The text that a path of the admin listener answers.</summary>
    internal Task<string> AdminTextAsync(string path) => GetAsync(AdminUrl + path);

    internal async Task<JsonNode> AdminAsync(string path) => JsonNode.Parse(await AdminTextAsync(path))!;

    /// <summary>A connection as the admin API shows it: it is known there a moment after its client has the 101.</summary>
    internal async Task<JsonNode> ConnectionAsync(string attempt) =>
        (await Waiting.UntilAsync(() => OrderAsync($"/api/connections/{attempt}", "GET"), known => known.Status == HttpStatusCode.OK, Process.Report)).Answer;

    /// <summary>An order to the admin API, whatever comes of it.</summary>
    internal async Task<(HttpStatusCode Status, JsonNode Answer)> OrderAsync(string path, string method = "POST")
    {
        using var answer = await SendAsync(new HttpMethod(method), AdminUrl + path);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    /// <summary>A node of a pool as /api/pools shows it.</summary>
    internal async Task<JsonNode> NodeAsync(string pool, string url) =>
        (await AdminAsync($"/api/pools/{pool}"))["nodes"]!.AsArray().Single(n => (string?)n!["name"] == new Uri(url).Authority)!;

    private static async Task WriteAsync(TestFolder folder, string listen, string settings)
    {
        var draft = folder.File("bascule.draft");
        await File.WriteAllTextAsync(draft, $$"""
            {
              "listen": {{listen}},
              "data": {{JsonSerializer.Serialize(folder.Path)}},
              {{settings}}
            }
            """);
        File.Move(draft, folder.File(ConfigName), overwrite: true);
    }

    private async Task<JsonNode> JsonAsync(string url) => JsonNode.Parse(await GetAsync(url))!;

    private async Task<string> GetAsync(string url)
    {
        using var answer = await SendAsync(HttpMethod.Get, url);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string url)
    {
        using var request = new HttpRequestMessage(method, url);
        if (url.StartsWith(AdminUrl, StringComparison.Ordinal))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(_folder.File("admin-token"))).Trim());
        return await _http.SendAsync(request).Soon(_process.Report);
    }
}
