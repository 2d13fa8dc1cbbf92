using System.Text.Json.Nodes;
using Bascule.Settings;
using Bascule.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway.Tests;

/// <summary>The doctor, asked of a running gateway.</summary>
public sealed class DiagnosticsTests : GatewayTest
{
    [Fact]
    public async Task The_machine_and_every_node_are_looked_at()
    {
        using var dead = DeadPort.Closed();
        await StartWithAsync($"http://{dead.Url.Authority}");

        var report = JsonNode.Parse(await Gateway.AdminAsync("/api/diagnostics"))!;

        Assert.Equal(["configuration", "host"], report["checks"]!.AsArray().Select(c => (string)c!["name"]!));
        Assert.Contains(report["checks"]![1]!["steps"]!.AsArray(), s => (string)s!["id"]! == "capacity");
        var node = Assert.Single(report["nodes"]!.AsArray())!;
        Assert.Equal(("other", false, false), ((string)node["pool"]!, (bool)node["good"]!, (bool)node["webSocket"]!));
        Assert.Equal("fail", (string)node["steps"]!.AsArray().Single(s => (string)s!["id"]! == "tcp")!["result"]!);
        Assert.Equal(("PROBE-TCP-REFUSED", "error"), ((string)report["verdict"]!["ruleId"]!, (string)report["verdict"]!["severity"]!));
        Assert.StartsWith($"Pool other, node {dead.Url.Authority}: Nothing listens", (string)report["verdict"]!["headline"]!);
        Assert.False((bool)report["good"]!);
    }

    [Fact]
    public async Task Whoever_asks_often_gets_the_same_until_it_is_old()
    {
        using var dead = DeadPort.Closed();
        await StartWithAsync($"http://{dead.Url.Authority}");

        var first = await Gateway.AdminAsync("/api/diagnostics");
        var second = await Gateway.AdminAsync("/api/diagnostics");
        Gateway.Time.Advance(TimeSpan.FromSeconds(10));
        var third = await Gateway.AdminAsync("/api/diagnostics");

        Assert.Equal(first, second);
        Assert.NotEqual((string)JsonNode.Parse(first)!["at"]!, (string)JsonNode.Parse(third)!["at"]!);
    }

    [Fact]
    public async Task A_node_that_opens_WebSockets_gets_no_message()
    {
        await using var backend = await EchoBackend.StartAsync();
        await StartWithAsync(backend.Url);

        var node = Assert.Single(JsonNode.Parse(await Gateway.AdminAsync("/api/diagnostics"))!["nodes"]!.AsArray())!;

        Assert.Equal((true, true), ((bool)node["good"]!, (bool)node["webSocket"]!));
        Assert.DoesNotContain(node["steps"]!.AsArray(), s => (string)s!["id"]! == "echo");
        Assert.Contains(backend.Seen, s => s.Target == "/ws");
    }

    [Fact]
    public async Task A_node_that_speaks_HTTP_alone_is_a_note()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var backend = builder.Build();
        backend.Run(context => context.Response.WriteAsync("a page"));
        await backend.StartAsync(TestContext.Current.CancellationToken);
        await StartWithAsync(backend.Urls.First());

        var node = Assert.Single(JsonNode.Parse(await Gateway.AdminAsync("/api/diagnostics"))!["nodes"]!.AsArray())!;

        Assert.Equal((true, false), ((bool)node["good"]!, (bool)node["webSocket"]!));
        Assert.All(node["findings"]!.AsArray(), f => Assert.Equal("info", (string)f!["severity"]!));
        Assert.NotEmpty(node["findings"]!.AsArray());
    }

    [Fact]
    public async Task Where_no_path_is_known_only_the_way_to_the_node_is_judged()
    {
        await using var backend = await EchoBackend.StartAsync();
        var settings = WithNode(backend.Url);
        await StartAsync(settings with { Routes = [settings.Routes[0] with { Path = "/rooms/{room}" }] });

        var node = Assert.Single(JsonNode.Parse(await Gateway.AdminAsync("/api/diagnostics"))!["nodes"]!.AsArray())!;

        Assert.True((bool)node["good"]!);
        Assert.StartsWith("no route of this pool has a path without parameters", (string)node["note"]!);
    }

    [Fact]
    public async Task One_URL_on_a_node_is_probed_for_who_may_act_and_audited()
    {
        using var dead = DeadPort.Closed();
        await StartWithAsync($"http://{dead.Url.Authority}");

        var (answer, body) = await ProbeAsync($"ws://{dead.Url.Authority}/any/path?token=secret-of-the-page");

        Assert.Equal(200, answer);
        var node = JsonNode.Parse(body)!;
        Assert.Equal(("other", $"ws://{dead.Url.Authority}/any/path?token=***"), ((string)node["pool"]!, (string)node["url"]!));
        Assert.DoesNotContain("secret-of-the-page", body);
    }

    [Theory]
    [InlineData(403, "Only nodes of the configured pools", "ws://169.254.169.254/latest/meta-data")]
    [InlineData(403, "Only nodes of the configured pools", "ws://127.0.0.1:1/")]
    [InlineData(400, "without user and password", "ws://user:word@127.0.0.1/")]
    [InlineData(400, "takes ws://NODE/PATH", "file:///etc/passwd")]
    [InlineData(400, "takes ws://NODE/PATH", "somewhere")]
    public async Task Nothing_else_is_probed(int status, string said, string url)
    {
        using var dead = DeadPort.Closed();
        await StartWithAsync($"http://{dead.Url.Authority}");

        var (answer, body) = await ProbeAsync(url);

        Assert.Equal(status, answer);
        Assert.Contains(said, body);
    }

    [Fact]
    public async Task The_same_host_with_another_scheme_is_another_thing()
    {
        using var dead = DeadPort.Closed();
        await StartWithAsync($"http://{dead.Url.Authority}");

        Assert.Equal(403, (await ProbeAsync($"wss://{dead.Url.Authority}/")).Status);
    }

    [Fact]
    public async Task Who_may_only_read_may_look_and_not_probe()
    {
        using var dead = DeadPort.Closed();
        var settings = WithNode($"http://{dead.Url.Authority}");
        await StartAsync(settings with { Listen = settings.Listen with { AdminTokens = [new AdminTokenSettings { Name = "reader", Token = "reading-token-of-somebody-else-0123456789", Role = AdminRole.Read }] } });
        const string reader = "Authorization: Bearer reading-token-of-somebody-else-0123456789";

        var looked = await Gateway.GetAsync(Gateway.AdminUrl, "/api/diagnostics", reader);
        var (status, _) = await ProbeAsync($"ws://{dead.Url.Authority}/", "reading-token-of-somebody-else-0123456789");

        Assert.Equal((200, 403), ((int)looked.Answer.StatusCode, status));
    }

    private Task<TestGateway> StartWithAsync(string node) => StartAsync(WithNode(node));

    private BasculeSettings WithNode(string node) => Settings with
    {
        Pools = new Dictionary<string, PoolSettings> { ["other"] = new() { Nodes = [new NodeSettings { Url = node }] } },
        Routes = [new RouteSettings { Name = "open", Path = "/ws", Auth = AuthPolicy.None, Pool = "other" }],
    };

    private async Task<(int Status, string Body)> ProbeAsync(string url, string token = TestGateway.AdminToken)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("Authorization", $"Bearer {token}");
        using var answer = await http.PostAsync(new Uri(Gateway.AdminUrl, $"/api/diagnostics:probe?url={Uri.EscapeDataString(url)}"), null, TestContext.Current.CancellationToken).Soon();
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
