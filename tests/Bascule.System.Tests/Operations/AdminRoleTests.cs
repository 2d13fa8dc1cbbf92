using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Bascule.Model;

namespace Bascule.System.Tests;

/// <summary>The admin API as an operator meets it, with curl: who may look, who may act.</summary>
public sealed partial class AdminRoleTests
{
    private const string Reader = "a-token-that-may-only-look";

    private const string Actor = "a-token-that-may-also-act";

    private const string Tokens = $$"""
        [{ "name": "eyes", "token": "{{Reader}}", "role": "read" }, { "name": "hands", "token": "{{Actor}}", "role": "act" }]
        """;

    [Fact]
    public async Task The_role_read_sees_everything_and_changes_nothing()
    {
        await using var echo = await BackendProcess.EchoAsync("py");
        await using var gateway = await StartAsync(echo.Url);
        using var client = await RawClient.ConnectAsync(gateway.WebSocketUrl + "/echo");
        var document = JsonNode.Parse((await CurlAsync(gateway, Reader, "GET", "/api/openapi.json")).Body)!;
        var orders = 0;

        foreach (var (path, methods) in document["paths"]!.AsObject())
        {
            foreach (var (method, _) in methods!.AsObject())
            {
                var place = AnyParameter().Replace(path, "some");
                Assert.Equal(401, (await CurlAsync(gateway, null, method, place)).Status);
                if (method != "get")
                {
                    var (status, body) = await CurlAsync(gateway, Reader, method, place);
                    Assert.True(status == 403, $"{method} {path}: {status} {body}");
                    Assert.Contains("needs the role `act`", body, StringComparison.Ordinal);
                    orders++;
                }
                // The stream of events has no end.
                else if (place == path && path != "/api/events")
                {
                    // 409: what several gateways know together, asked of one that stands alone. 404: sessions, of which it has none.
                    var (status, body) = await CurlAsync(gateway, Reader, method, path);
                    Assert.True(status is 200 or 409 || (status == 404 && body.Contains("no sessions on this gateway", StringComparison.Ordinal)), $"{method} {path}: {status} {body}");
                }
            }
        }

        Assert.InRange(orders, 10, 100);
        await client.EchoAsync("nobody touched me");
        Assert.Equal("up", (string?)(await gateway.NodeAsync("one", echo.Url))["state"]);
    }

    [Fact]
    public async Task The_role_act_changes_and_its_name_stands_in_the_audit_log()
    {
        await using var echo = await BackendProcess.EchoAsync("py");
        await using var gateway = await StartAsync(echo.Url);
        using var client = await RawClient.ConnectAsync(gateway.WebSocketUrl + "/echo");
        var node = $"/api/pools/one/nodes/{new Uri(echo.Url).Authority}";

        Assert.Equal(200, (await CurlAsync(gateway, Actor, "PATCH", node + "?slots=7")).Status);
        Assert.Equal(7, (await gateway.NodeAsync("one", echo.Url))["slotLimit"]!.GetValue<int>());
        Assert.Equal(200, (await CurlAsync(gateway, Actor, "POST", node + ":drain?dryRun=true")).Status);
        Assert.Equal("up", (string?)(await gateway.NodeAsync("one", echo.Url))["state"]);
        Assert.Equal(200, (await CurlAsync(gateway, Actor, "POST", "/api/config:reload")).Status);
        var closing = client.ReceiveCloseAsync();
        await gateway.ConnectionAsync($"{client.Attempt}");
        Assert.Equal(202, (await CurlAsync(gateway, Actor, "POST", $"/api/connections:close?attempt={client.Attempt}&why=a%20test")).Status);
        Assert.Equal(EndReasons.ClosedByOperator.Code, (await closing).Code);

        var acts = await Waiting.UntilAsync(
            async () => (await CurlAsync(gateway, Reader, "GET", "/api/audit?kind=admin_act&who=hands")).Body, text => text.Contains("a test", StringComparison.Ordinal), gateway.Process.Report);
        Assert.DoesNotContain(Actor, acts, StringComparison.Ordinal);
        Assert.Equal(4, acts.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("/api/pools/one/nodes/NODE:drain?perSecond=0")]
    [InlineData("/api/pools/one:drain?perSecond=many")]
    [InlineData("/api/node:drain?perSecond=-1")]
    public async Task An_order_that_is_refused_has_changed_nothing(string order)
    {
        await using var echo = await BackendProcess.EchoAsync("py");
        await using var gateway = await StartAsync(echo.Url);

        var (status, body) = await CurlAsync(gateway, Actor, "POST", order.Replace("NODE", new Uri(echo.Url).Authority, StringComparison.Ordinal));

        Assert.Equal(400, status);
        Assert.Contains("perSecond", body, StringComparison.Ordinal);
        Assert.Equal("up", (string?)(await gateway.NodeAsync("one", echo.Url))["state"]);
        Assert.Contains("ready", await gateway.AdminTextAsync("/readyz"), StringComparison.Ordinal);
    }

    private static Task<GatewayProcess> StartAsync(string backend) => GatewayProcess.StartAsync(
        $$"""
        "pools": { "one": { "nodes": ["{{backend}}"] } },
        "routes": [{ "name": "echo", "path": "/echo", "auth": "none", "pool": "one" }]
        """,
        adminTokens: Tokens);

    private static async Task<(int Status, string Body)> CurlAsync(GatewayProcess gateway, string? token, string method, string path)
    {
        string[] who = token is null ? [] : ["--header", $"Authorization: Bearer {token}"];
        await using var curl = ChildProcess.Start(
            "curl", ["--silent", "--show-error", "--globoff", "--request", method.ToUpperInvariant(), "--write-out", "\n%{http_code}", .. who, gateway.AdminUrl + path]);
        Assert.True(await curl.ExitAsync() == 0, curl.Report());
        var end = curl.StandardOutput.LastIndexOf('\n');
        return (int.Parse(curl.StandardOutput[(end + 1)..]), curl.StandardOutput[..Math.Max(0, end)]);
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex AnyParameter();
}
