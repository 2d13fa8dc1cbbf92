using System.Globalization;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Bascule.Admission;
using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>Who attacks the real program, with its real host and processes: each attempt is refused with its reason.</summary>
[Trait("Part", "sessions")]
public sealed class SessionDefenceTests(SessionDefenceTests.Stage stage) : IClassFixture<SessionDefenceTests.Stage>
{
    private const string Order = """{"profile":"tools","command":["true"]}""";

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("http://localhost:1")]
    public async Task A_page_of_another_origin_creates_and_attaches_nothing(string origin)
    {
        var created = await stage.CallAsync(HttpMethod.Post, "/api/sessions", Order, stage.Ann, origin: origin);
        var id = await stage.CreateAsync("cat");
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", origin);
        socket.Options.SetRequestHeader("Authorization", $"Bearer {stage.Ann}");
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"{stage.Gateway.WebSocketUrl}/ws/session/{id}/"), CancellationToken.None).Soon());

        Assert.Equal((403, "origin_denied"), (created.Status, (string?)created.Answer["label"]));
        Assert.Equal(403, (int)socket.HttpStatusCode);
    }

    [Fact]
    public async Task Without_a_token_or_with_that_of_another_user_or_tenant_there_is_nothing()
    {
        var id = await stage.CreateAsync("cat");

        Assert.Equal("token_missing", await LabelAsync(null));
        Assert.Equal("token_bad_signature", await LabelAsync(stage.Ann[..^4] + "AAAA"));
        Assert.Equal("session_not_found", await LabelAsync(Stage.TokenOf("bob", tenant: null)));
        Assert.Equal("session_not_found", await LabelAsync(Stage.TokenOf("ann", "acme")));

        async Task<string?> LabelAsync(string? token) => (string?)(await stage.CallAsync(HttpMethod.Get, $"/api/sessions/{id}", null, token)).Answer["label"];
    }

    [Theory]
    [InlineData("""{"profile":"gam","commandText":"drop x"}""", 403, "command_not_allowed")]
    [InlineData("""{"profile":"gam","command":["info\u0000drop"]}""", 400, "session_order_invalid")]
    [InlineData("""{"profile":"gam","command":["info","x"],"environment":{"LD_PRELOAD":"/tmp/x.so"}}""", 403, "session_forbidden")]
    [InlineData("""{"profile":"gam","command":["info","x"],"environment":{"LC_ALL":"../../tmp/x"}}""", 403, "session_forbidden")]
    [InlineData("""{"profile":"tools","command":["env"],"environment":{"BASCULE_SESSION_HOST":"x"}}""", 403, "session_forbidden")]
    [InlineData("""{"profile":"gam","profile":"tools","command":["id"]}""", 400, "session_order_invalid")]
    public async Task An_order_for_what_is_not_allowed_is_refused(string json, int status, string label)
    {
        var answer = await stage.CallAsync(HttpMethod.Post, "/api/sessions", json, stage.Ann);

        Assert.Equal((status, label), (answer.Status, (string?)answer.Answer["label"]));
    }

    [Theory]
    [InlineData(300, 1, "at most 256")]
    [InlineData(1, 70_000, "longer than 65536")]
    [InlineData(200_000, 1, "larger than 262144")]
    public async Task A_command_of_any_length_is_no_burden(int words, int length, string text)
    {
        var order = new JsonObject { ["profile"] = "tools", ["command"] = new JsonArray([.. Enumerable.Range(0, words).Select(_ => (JsonNode)new string('x', length))]) };

        var answer = await stage.CallAsync(HttpMethod.Post, "/api/sessions", order.ToJsonString(), stage.Ann);

        Assert.Equal(400, answer.Status);
        Assert.Contains(text, (string)answer.Answer["detail"]!);
    }

    [Fact]
    public async Task Signs_of_a_shell_and_ends_of_lines_reach_a_program_as_they_are()
    {
        string[] words = ["$(touch made)", "`touch made`", "; touch made", "a\nb", "--", "*", "~", "'\"\\"];

        Assert.Equal(string.Join(' ', ["info", .. words]) + "\n", await stage.RunAsync("gam", ["info", .. words]));
        Assert.Empty(Directory.EnumerateFiles(stage.Gateway.DataFolder, "made", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task The_environment_of_the_gateway_does_not_leak_by_the_session_or_its_host()
    {
        var own = await stage.RunAsync("tools", ["env"]);
        var above = await stage.RunAsync("tools", ["sh", "-c", "cat /proc/$PPID/environ /proc/$PPID/cmdline | tr '\\0' '\\n'"]);

        Assert.Contains("BASCULE_SESSION_ID=", own);
        Assert.DoesNotContain(Stage.Leak, own);
        Assert.DoesNotContain(Stage.Leak, above);
        Assert.DoesNotContain(ClientStage.Secret, own + above);
    }

    [Theory]
    [InlineData(1000, 1000, "300 500\n")]
    [InlineData(1, 1, "1 2\n")]
    public async Task Sizes_of_any_kind_become_those_of_a_terminal(int columns, int rows, string size)
    {
        var (status, created) = await stage.CallAsync(HttpMethod.Post, "/api/sessions", $$"""{"profile":"tools","tty":true,"command":["stty","size"],"columns":{{columns}},"rows":{{rows}}}""", stage.Ann);
        Assert.True(status == 201, created.ToJsonString());
        using var socket = await TerminalSocket.ConnectAsync($"{stage.Gateway.WebSocketUrl}/ws/session/{created["id"]}/", new TerminalHello("size", Role: "read"), stage.Ann);

        var seen = new StringBuilder();
        while (await socket.ReceiveAsync() is { } frame)
        {
            if (frame.Channel == TerminalSocket.Output)
                seen.Append(Encoding.UTF8.GetString(frame.Output.Span));
        }

        Assert.Equal(size, seen.Replace("\r", "").ToString());
    }

    [Theory]
    [InlineData(int.MaxValue, int.MaxValue)]
    [InlineData(int.MinValue, -1)]
    [InlineData(0, 24)]
    public async Task Sizes_that_no_terminal_has_are_refused(int columns, int rows)
    {
        var (status, problem) = await stage.CallAsync(HttpMethod.Post, "/api/sessions", $$"""{"profile":"tools","tty":true,"command":["stty","size"],"columns":{{columns}},"rows":{{rows}}}""", stage.Ann);

        Assert.Equal((400, "session_order_invalid"), (status, (string?)problem["label"]));
    }

    [Fact]
    public async Task A_host_opens_to_nobody_who_comes_around_the_gateway()
    {
        var id = await stage.CreateAsync("cat");
        // Its host is started for the first session, and may still be starting.
        var running = await Waiting.UntilAsync(() => stage.CallAsync(HttpMethod.Get, $"/api/sessions/{id}", null, stage.Ann), r => (string?)r.Answer["state"] is not "starting", stage.Gateway.Process.Report);
        Assert.Equal("running", (string?)running.Answer["state"]);
        var host = JsonNode.Parse(await File.ReadAllTextAsync(Directory.GetFiles(stage.Gateway.DataFolder, "host.json", SearchOption.AllDirectories).Single()))!;
        var url = ((string)host["url"]!).TrimEnd('/');

        Assert.Equal(401, await StatusAsync("/v1/terminals", null));
        Assert.Equal(401, await StatusAsync($"/v1/terminals/{id}", null));
        Assert.Equal(401, await StatusAsync($"/v1/terminals/{id}", ("Authorization", "Bearer guessed")));
        Assert.Equal(401, await StatusAsync($"/v1/terminals/{id}", ("Authorization", $"Bearer {stage.Ann}")));
        Assert.Equal(401, await StatusAsync($"/v1/terminals/{id}", ("Bascule-Terms", "e30.e30")));
        Assert.Equal(401, await StatusAsync($"/v1/terminals/{id}", ("Bascule-Terms", new string('A', 4000))));
        Assert.Equal(200, await StatusAsync($"/v1/terminals/{id}", ("Authorization", $"Bearer {host["key"]}")));

        async Task<int> StatusAsync(string path, (string Name, string Value)? field)
        {
            using var http = new HttpClient();
            using var request = new HttpRequestMessage(HttpMethod.Get, url + path);
            if (field is { } given)
                request.Headers.TryAddWithoutValidation(given.Name, given.Value);
            using var answer = await http.SendAsync(request).Soon();
            return (int)answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_flood_of_creations_stops_at_the_quota_and_harms_nobody_else()
    {
        var eve = Stage.TokenOf("eve", tenant: null);

        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => stage.CallAsync(HttpMethod.Post, "/api/sessions", """{"profile":"tools","command":["sleep","600"]}""", eve)));

        Assert.Equal(Stage.Quota, answers.Count(a => a.Status == 201));
        Assert.All(answers.Where(a => a.Status != 201), a => Assert.Equal((429, "session_quota"), (a.Status, (string?)a.Answer["label"])));
        Assert.Equal("served\n", await stage.RunAsync("tools", ["echo", "served"]));
    }

    /// <summary>A gateway that asks for tokens, with a secret in its environment.</summary>
    public sealed class Stage : IAsyncLifetime
    {
        internal const string Leak = "hunter2-of-the-gateway";
        internal const int Quota = 30;

        private readonly HttpClient _http = new();
        private GatewayProcess? _gateway;

        internal GatewayProcess Gateway => _gateway!;

        internal string Ann { get; } = TokenOf("ann", tenant: null);

        public async ValueTask InitializeAsync() => _gateway = await GatewayProcess.StartAsync($$"""
            {{TestToken.Auth}},
            "sessions": {
              "profiles": { "tools": { "allow": ["*"], "tty": false }, "gam": { "prefix": ["echo"], "allow": ["info"], "tty": false } },
              "quota": { "perUser": {{Quota.ToString(CultureInfo.InvariantCulture)}}, "creationRate": { "rate": "10000/s", "burst": 10000 } }
            }
            """, environment: [$"TEST_OF_LEAKS={Leak}", $"BASCULE_TEST_OF_LEAKS={Leak}"]);

        public async ValueTask DisposeAsync()
        {
            if (_gateway is not null)
                await SessionGateway.EndAsync(_gateway);
            _http.Dispose();
        }

        internal static string TokenOf(string user, string? tenant)
        {
            using var key = SigningKey.FromSecret(ClientStage.Secret);
            var claims = tenant is null ? [] : new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { ["tenant"] = tenant };
            return TokenIssuer.Issue(new TokenRequest { Subject = user, Lifetime = TimeSpan.FromMinutes(30), Claims = claims }, key, TimeProvider.System);
        }

        internal async Task<(int Status, JsonNode Answer)> CallAsync(HttpMethod method, string path, string? json, string? token, string? origin = null)
        {
            using var request = new HttpRequestMessage(method, Gateway.PublicUrls[0] + path);
            if (token is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            if (origin is not null)
                request.Headers.Add("Origin", origin);
            if (json is not null)
                request.Content = new StringContent(json, Encoding.UTF8, "application/json");
            using var answer = await _http.SendAsync(request).Soon(Gateway.Process.Report);
            return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
        }

        /// <summary>A session of ann with one program; its id.</summary>
        internal async Task<string> CreateAsync(params string[] command)
        {
            var (status, created) = await CallAsync(HttpMethod.Post, "/api/sessions", OrderOf("tools", command), Ann);
            Assert.True(status == 201, created.ToJsonString());
            return (string)created["id"]!;
        }

        /// <summary>What a command wrote.</summary>
        internal async Task<string> RunAsync(string profile, string[] command)
        {
            var (status, created) = await CallAsync(HttpMethod.Post, "/api/sessions", OrderOf(profile, command), Ann);
            Assert.True(status == 201, created.ToJsonString());
            var result = await Waiting.UntilAsync(() => CallAsync(HttpMethod.Get, $"/api/sessions/{created["id"]}/result", null, Ann), r => r.Status == 200, Gateway.Process.Report);
            return Encoding.UTF8.GetString(Convert.FromBase64String((string)result.Answer["stdout"]!));
        }

        private static string OrderOf(string profile, string[] command) =>
            new JsonObject { ["profile"] = profile, ["command"] = new JsonArray([.. command.Select(word => (JsonNode)word)]) }.ToJsonString();
    }
}
