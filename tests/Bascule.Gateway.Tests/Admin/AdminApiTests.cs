using Bascule.Backends;
using System.Text.Json;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>Everything that the admin listener offers, asked once as one who may look and once as one who may act.</summary>
public sealed class AdminApiTests : GatewayTest
{
    private const string Reader = "token-of-the-reader";
    private const string Actor = "token-of-the-actor";

    private readonly string _folder = Directory.CreateTempSubdirectory("bascule-admin-").FullName;

    /// <summary>What to ask for each row of the document, and what the answer is. ATTEMPT is an open connection, NODE the node that it is on.</summary>
    private static readonly Dictionary<string, (string Path, int Status)> Calls = new(StringComparer.Ordinal)
    {
        ["GET /api/status"] = ("/api/status", 200),
        ["GET /api/connections"] = ("/api/connections?route=open", 200),
        ["GET /api/connections/{attempt}"] = ("/api/connections/ATTEMPT", 200),
        ["POST /api/connections:close"] = ("/api/connections:close?user=nobody", 200),
        ["POST /api/connections:move"] = ("/api/connections:move?attempt=ATTEMPT", 202),
        ["GET /api/attempts"] = ("/api/attempts?refused=true", 200),
        ["GET /api/attempts/{attempt}"] = ("/api/attempts/ATTEMPT", 200),
        ["GET /api/pools"] = ("/api/pools", 200),
        ["GET /api/shards"] = ("/api/shards", 200),
        ["GET /api/pools/{pool}"] = ("/api/pools/pool", 200),
        ["PATCH /api/pools/{pool}/nodes/{node}"] = ("/api/pools/pool/nodes/NODE?weight=2", 200),
        ["GET /api/queue"] = ("/api/queue", 200),
        ["GET /api/drains"] = ("/api/drains", 200),
        ["GET /api/drains/{id}"] = ("/api/drains/99", 404),
        ["POST /api/drains/{id}:cancel"] = ("/api/drains/99:cancel", 404),
        ["POST /api/pools/{pool}/nodes/{node}:drain"] = ("/api/pools/pool/nodes/NODE:drain", 202),
        ["POST /api/pools/{pool}:drain"] = ("/api/pools/pool:drain", 202),
        ["POST /api/routes/{route}:drain"] = ("/api/routes/open:drain", 202),
        ["POST /api/node:drain"] = ("/api/node:drain", 202),
        ["POST /api/pools/{pool}/nodes/{node}:undrain"] = ("/api/pools/pool/nodes/NODE:undrain", 200),
        ["POST /api/pools/{pool}:undrain"] = ("/api/pools/pool:undrain", 200),
        ["POST /api/node:undrain"] = ("/api/node:undrain", 200),
        ["GET /api/config"] = ("/api/config", 200),
        ["POST /api/config:reload"] = ("/api/config:reload", 422),
        ["POST /api/tokens:revoke"] = ("/api/tokens:revoke?jti=one", 200),
        ["GET /api/revocations"] = ("/api/revocations", 200),
        ["GET /api/audit"] = ("/api/audit", 200),
        ["GET /api/cluster"] = ("/api/cluster", 200),
        ["GET /api/cluster/connections"] = ("/api/cluster/connections", 409),
        ["GET /api/sessions"] = ("/api/sessions", 404),
        ["POST /api/sessions"] = ("/api/sessions", 404),
        ["GET /api/sessions/{session}"] = ("/api/sessions/1", 404),
        ["GET /api/sessions/{session}/result"] = ("/api/sessions/1/result", 404),
        ["GET /api/sessions/{session}/recording"] = ("/api/sessions/1/recording", 404),
        ["DELETE /api/sessions/{session}"] = ("/api/sessions/1", 404),
        ["GET /api/diagnostics"] = ("/api/diagnostics", 200),
        ["POST /api/diagnostics:probe"] = ("/api/diagnostics:probe?url=ws%3A%2F%2FNODE%2F", 200),
        ["GET /api/diagnostics/environment"] = ("/api/diagnostics/environment", 200),
        ["GET /api/openapi.json"] = ("/api/openapi.json", 200),
    };

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Every_row_is_asked_by_this_test()
    {
        await StartAsync(Watched);

        // The stream of events has tests of its own: it does not end.
        Assert.Equal((await RowsAsync()).Keys.Order(StringComparer.Ordinal), Calls.Keys.Append("GET /api/events").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Who_may_look_gets_all_that_can_be_read_and_no_order_through()
    {
        var attempt = await ConnectedAsync();

        foreach (var (row, role) in await RowsAsync())
        {
            if (row == "GET /api/events")
                continue;
            var expected = role == "act" ? 403 : Calls[row].Status;
            Assert.Equal((row, expected), (row, (int)(await AskAsync(row, attempt, Reader)).StatusCode));
        }

        Assert.False(Gateway.Rooms.Connections.All().Single().Told);
        Assert.True(Gateway.Rooms.State.Ready);
    }

    [Fact]
    public async Task Who_may_act_gets_everything_and_each_order_is_in_the_audit_log()
    {
        var attempt = await ConnectedAsync();
        var orders = new List<string>();

        foreach (var (row, role) in await RowsAsync())
        {
            if (row == "GET /api/events")
                continue;
            Assert.Equal((row, Calls[row].Status), (row, (int)(await AskAsync(row, attempt, Actor)).StatusCode));
            if (role == "act")
                orders.Add(row);
        }

        await Eventually.HoldsAsync(() => Acts().Count == orders.Count);
        Assert.Equal(orders, Acts().Select(line => AuditBench.Text(line, "what")));
        Assert.All(Acts(), line => Assert.Equal(("actor", "because"), (AuditBench.Text(line, "who"), AuditBench.Text(line, "why"))));
        var asked = await Gateway.AdminAsync("/api/audit?kind=admin_act&who=actor&limit=1000");
        Assert.Equal(orders.Count, asked.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    /// <summary>A slip in an order must not make it another one.</summary>
    [Theory]
    [InlineData("/api/connections:close?route=open&dryRun=yes", "`dryRun` is `yes`")]
    [InlineData("/api/connections:close?usr=alice&route=open", "no parameter `usr`")]
    [InlineData("/api/connections:close?route=open&dry_run=true", "no parameter `dry_run`")]
    [InlineData("/api/connections:close?user=alice&user=bob", "`user` is there 2 times")]
    [InlineData("/api/connections:close?all=maybe", "`all` is `maybe`")]
    [InlineData("/api/pools/pool:drain?dryRun=2", "`dryRun` is `2`")]
    public async Task An_order_with_a_slip_in_it_is_not_carried_out(string path, string told)
    {
        await ConnectedAsync();

        var (answer, body) = await Gateway.SendAsync(HttpMethod.Post, Gateway.AdminUrl, path, $"Authorization: Bearer {Actor}");

        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains(told, body, StringComparison.Ordinal);
        Assert.False(Gateway.Rooms.Connections.All().Single().Told);
        Assert.Equal(NodeCondition.Up, Gateway.Rooms.Pools["pool"].Nodes.Single().State.Condition);
    }

    [Theory]
    [InlineData("/api/audit?kind=nonsense", "connection_refused")]
    [InlineData("/api/connections?bogus=1", "no parameter `bogus`")]
    public async Task A_question_with_a_slip_in_it_is_not_answered_with_something_else(string path, string told)
    {
        await StartAsync(Watched);

        var (answer, body) = await Gateway.SendAsync(HttpMethod.Get, Gateway.AdminUrl, path, $"Authorization: Bearer {Reader}");

        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains(told, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Draining_the_last_node_in_use_warns()
    {
        await ConnectedAsync();

        var (_, body) = await Gateway.SendAsync(HttpMethod.Post, Gateway.AdminUrl, $"/api/pools/pool/nodes/{Backend.Name}:drain?dryRun=true", $"Authorization: Bearer {Actor}");

        Assert.Contains("no_usable_node", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_that_was_refused_is_in_the_audit_log_as_such()
    {
        var attempt = await ConnectedAsync();

        await AskAsync("POST /api/node:drain", attempt, Reader);

        await Eventually.HoldsAsync(() => Acts().Count == 1);
        Assert.Equal("reader", AuditBench.Text(Acts()[0], "who"));
        Assert.StartsWith("refused", AuditBench.Text(Acts()[0], "outcome"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "/api/connections:close", 400)]
    [InlineData("POST", "/api/connections:close?attempt=42", 400)]
    [InlineData("POST", "/api/connections:close?user=a&perSecond=many", 400)]
    [InlineData("POST", "/api/tokens:revoke", 400)]
    [InlineData("POST", "/api/tokens:revoke?jti=one&subject=two", 400)]
    [InlineData("POST", "/api/tokens:revoke?jti=one&for=ever", 400)]
    [InlineData("POST", "/api/pools/nowhere:drain", 404)]
    [InlineData("POST", "/api/pools/pool/nodes/nowhere:drain", 404)]
    [InlineData("POST", "/api/routes/nowhere:drain", 404)]
    [InlineData("GET", "/api/connections/0123456789abcdef0123456789abcdef", 404)]
    [InlineData("GET", "/api/audit?from=yesterday", 400)]
    [InlineData("DELETE", "/api/pools", 405)]
    [InlineData("GET", "/api/nothing", 404)]
    public async Task What_cannot_be_done_is_answered_with_a_problem_that_says_why(string method, string path, int status)
    {
        await StartAsync();

        var (answer, body) = await Gateway.SendAsync(new HttpMethod(method), Gateway.AdminUrl, path, $"Authorization: Bearer {TestGateway.AdminToken}");

        Assert.Equal((status, "application/problem+json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.NotEmpty(JsonDocument.Parse(body).RootElement.GetProperty("detail").GetString()!);
    }

    private BasculeSettings Watched => Settings with
    {
        Data = _folder,
        Audit = new AuditSettings(),
        // Where the clock is advanced, the client of a test answers no ping.
        Heartbeat = new HeartbeatSettings { Interval = TimeSpan.Zero },
        Listen = Settings.Listen with
        {
            AdminTokens = [new AdminTokenSettings { Name = "reader", Token = Reader }, new AdminTokenSettings { Name = "actor", Token = Actor, Role = AdminRole.Act }],
        },
    };

    private async Task<string> ConnectedAsync()
    {
        var attempt = Model.AttemptId.New().ToString();
        await StartAsync(Watched);
        await Gateway.JoinAsync(Backend, new Ask($"/ws?bascule_attempt={attempt}"));
        return attempt;
    }

    /// <summary>The rows of the document, each with the role that it needs.</summary>
    private async Task<Dictionary<string, string>> RowsAsync()
    {
        var document = JsonDocument.Parse(await Gateway.AdminAsync("/api/openapi.json")).RootElement;
        return document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject(), (path, operation) => ($"{operation.Name.ToUpperInvariant()} {path.Name}", operation.Value.GetProperty("x-role").GetString()!))
            .ToDictionary(StringComparer.Ordinal);
    }

    private async Task<HttpResponseMessage> AskAsync(string row, string attempt, string token)
    {
        var path = Calls[row].Path.Replace("ATTEMPT", attempt, StringComparison.Ordinal).Replace("NODE", Backend.Name, StringComparison.Ordinal);
        var why = row.StartsWith("GET ", StringComparison.Ordinal) ? "" : path.Contains('?', StringComparison.Ordinal) ? "&why=because" : "?why=because";
        var asking = Gateway.SendAsync(new HttpMethod(row.Split(' ')[0]), Gateway.AdminUrl, path + why, $"Authorization: Bearer {token}");
        // The back end, which a test plays by hand, answers no probe: that ends by the clock, which stands still otherwise.
        if (row is "GET /api/diagnostics" or "POST /api/diagnostics:probe")
        {
            await Eventually.HoldsAsync(() =>
            {
                Gateway.Time.Advance(TimeSpan.FromSeconds(1));
                return asking.IsCompleted;
            });
        }

        return (await asking).Answer;
    }

    private List<string> Acts()
    {
        using var file = new StreamReader(new FileStream(Path.Combine(_folder, "audit.ndjson"), FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite));
        return [.. file.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.EndsWith('}') && AuditBench.Text(line, "kind") == "admin_act")];
    }
}
