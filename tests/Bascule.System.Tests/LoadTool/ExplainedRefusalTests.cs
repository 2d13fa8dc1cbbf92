namespace Bascule.System.Tests;

/// <summary><c>bascule load</c> against a gateway that wants a token: what the gateway says about a refusal, and the ways to give tokens.</summary>
public sealed class ExplainedRefusalTests : IAsyncLifetime
{
    private static readonly string[] Short = ["-c", "4", "-d", "300ms"];

    private BackendProcess? _echo;
    private GatewayProcess? _gateway;

    private string Url => _gateway!.WebSocketUrl + "/guarded";

    public async ValueTask InitializeAsync()
    {
        _echo = await BackendProcess.EchoAsync("mjs");
        _gateway = await GatewayProcess.StartAsync($$"""
            {{TestToken.Auth}},
            "pools": { "echo": { "nodes": ["{{_echo.Url}}"] } },
            "routes": [{ "name": "guarded", "path": "/guarded", "auth": "required", "pool": "echo" }]
            """);
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        if (_echo is not null)
            await _echo.DisposeAsync();
    }

    [Fact]
    public async Task A_refused_attempt_has_its_id_and_the_gateways_own_explanation()
    {
        var run = await LoadCall.RunAsync([Url, .. Short]);

        Assert.Equal((1, (4L, 0L, 4L, 0L)), (run.ExitCode, run.Connections));
        Assert.Equal(("http.401", "server", 4), ((string?)run.Failure["class"], (string?)run.Failure["guilty"], run.Failure["count"]!.GetValue<int>()));
        var attempt = (string)run.Failure["attempt"]!;
        Assert.Matches("^[0-9a-f]{32}$", attempt);
        var explanation = (string)run.Failure["explanation"]!;
        Assert.Contains(attempt, explanation, StringComparison.Ordinal);
        Assert.Contains("token", explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_text_has_the_explanation_too()
    {
        var run = await BasculeCommand.RunAsync(["load", Url, .. Short]);

        Assert.Equal(1, run.ExitCode);
        Assert.Matches(@"attempt [0-9a-f]{32} gateway ", run.Words);
    }

    [Fact]
    public async Task A_token_as_bascule_issues_it_is_taken_and_is_not_in_the_report()
    {
        var token = (await BasculeCommand.RunAsync("token", "issue", "--subject", "alice", "--secret", ClientStage.Secret)).Standard.Trim();

        var run = await LoadCall.RunAsync([Url, "--token", token, .. Short]);

        Assert.Equal((0, (4L, 4L, 0L, 0L)), (run.ExitCode, run.Connections));
        Assert.DoesNotContain(token, run.Report.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_gives_the_tokens()
    {
        var run = await LoadCall.RunAsync([Url, "--token-command", $"dotnet '{Repository.Program}' token issue --subject bob --secret '{ClientStage.Secret}'", .. Short]);

        Assert.Equal((0, (4L, 4L, 0L, 0L)), (run.ExitCode, run.Connections));
    }

    [Fact]
    public async Task Tokens_come_from_the_standard_input_one_a_line_and_are_used_in_turn()
    {
        await using var process = LoadCall.Start([Url, "--token", "-", "--json", .. Short]);
        await process.WriteAsync(TestToken.Of("carol"));
        await process.WriteAsync("not-a-token");
        process.EndInput();

        var run = await LoadCall.EndAsync(process);

        Assert.Equal((1, (4L, 2L, 2L, 0L)), (run.ExitCode, run.Connections));
        Assert.Equal("http.401", (string?)run.Failure["class"]);
    }
}
