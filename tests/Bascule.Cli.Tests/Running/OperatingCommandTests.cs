using System.Text.Json;
using Bascule.Model;

namespace Bascule.Cli.Tests;

/// <summary>Tokens, tickets, reload, audit, cluster and explain, before a gateway that runs.</summary>
public sealed class OperatingCommandTests
{
    [Fact]
    public async Task Revoking_a_user_ends_what_is_open()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var alice = await gateway.ConnectAsync("alice");

        var ran = await gateway.RunAsync("token", "revoke", "--subject", "alice", "--for", "12h", "--why", "laptop stolen");

        Assert.Equal((ExitCodes.Good, ""), (ran.Code, ran.Error));
        Assert.Matches("^revoked all tokens that alice got until now, until [0-9TZ:-]+\n$", ran.Standard);
        await RunningGateway.UntilAsync(() => alice.CloseStatus is not null);
        Assert.Equal(EndReasons.TokenRevoked.Code, (int)alice.CloseStatus!);
    }

    [Theory]
    [InlineData("t-1", "revoked the token with the jti t-1, until ")]
    [InlineData(null, "revoked all tokens that alice got until now, until ")]
    public async Task A_token_that_is_piped_in_is_revoked_by_what_it_has(string? id, string said)
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Terminal.Input = RunningGateway.TokenOf("alice", id) + "\n";

        var ran = await gateway.RunAsync("token", "revoke", "-");

        Assert.Equal((ExitCodes.Good, ""), (ran.Code, ran.Error));
        Assert.StartsWith(said, ran.Standard);
    }

    [Theory]
    [InlineData("name exactly one of", "token", "revoke")]
    [InlineData("name exactly one of", "token", "revoke", "--jti", "a", "--session", "b")]
    [InlineData("that is no token", "token", "revoke", "nonsense")]
    public async Task A_revocation_that_names_no_token_is_a_fault_of_usage(string said, params string[] args)
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync(args);

        Assert.Equal((ExitCodes.Usage, ""), (ran.Code, ran.Standard));
        Assert.Contains(said, ran.Error);
    }

    [Fact]
    public async Task A_ticket_is_printed_alone_and_opens_a_connection()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Terminal.Input = RunningGateway.TokenOf("alice") + "\n";

        var ran = await gateway.Terminal.RunAsync("ticket", "create", "--token", "-", "--route", "game", "--url", gateway.PublicUrl);

        Assert.Equal((ExitCodes.Good, ""), (ran.Code, ran.Error));
        await gateway.ConnectAsync(null, $"?ticket={ran.Standard.Trim()}");
    }

    [Fact]
    public async Task A_ticket_that_is_refused_says_why()
    {
        await using var gateway = await RunningGateway.StartAsync();

        var forged = await gateway.Terminal.RunAsync("ticket", "create", "--token", "nonsense", "--url", gateway.PublicUrl);
        var strange = await gateway.Terminal.RunAsync("ticket", "create", "--token", RunningGateway.TokenOf("alice"), "--route", "none", "--url", gateway.PublicUrl);

        Assert.Equal((ExitCodes.FoundFault, ExitCodes.FoundFault), (forged.Code, strange.Code));
        Assert.Contains("(401): ", forged.Error);
        Assert.DoesNotContain("admin token", forged.Error);
        Assert.Contains("there is no route of the name", strange.Error);
    }

    [Fact]
    public async Task A_reload_prints_what_changed_or_all_that_is_wrong()
    {
        await using var gateway = await RunningGateway.StartAsync();

        var same = await gateway.RunAsync("config", "reload");
        gateway.Configure("7");
        var changed = await gateway.RunAsync("config", "reload", "--why", "a test");
        gateway.Configure("\"many\"");
        var faulty = await gateway.RunAsync("config", "reload");

        Assert.Equal((ExitCodes.Good, "no setting differs; generation 1 goes on\n"), (same.Code, same.Standard));
        Assert.Equal(ExitCodes.Good, changed.Code);
        Assert.Matches(@"^pools\.kb\.queue\.length: 100 -> 7  \(.+\)\ngeneration 2 holds\n$", changed.Standard);
        Assert.Equal((ExitCodes.FoundFault, ""), (faulty.Code, faulty.Standard));
        Assert.Contains("1 fault in the configuration.", faulty.Error);
        Assert.EndsWith("The old configuration goes on: generation 2.\n", faulty.Error);
    }

    [Fact]
    public async Task The_audit_log_shows_who_did_what()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.RunAsync("pools", "weight", "kb", gateway.Nodes[0], "3", "--why", "slow disk");

        Ran ran = default!;
        // An entry is on its way to the file for a moment.
        for (var tries = 0; tries < 200 && ran?.Standard.Length is null or 0; tries++)
            ran = await gateway.RunAsync("audit", "--kind", "admin_act", "--who", "admin", "--limit", "5");

        using var entry = JsonDocument.Parse(Assert.Single(ran!.Standard.TrimEnd().Split('\n')));
        Assert.Equal("slow disk", entry.RootElement.GetProperty("why").GetString());
    }

    [Fact]
    public async Task A_time_that_is_none_is_refused()
    {
        await using var gateway = await RunningGateway.StartAsync();

        var ran = await gateway.RunAsync("audit", "--from", "yesterday");

        Assert.Equal((ExitCodes.FoundFault, "Bad parameter (400): `from` is `yesterday`; write a time such as 2026-01-31T12:00:00Z.\n"), (ran.Code, ran.Error));
    }

    [Fact]
    public async Task A_gateway_alone_says_so()
    {
        await using var gateway = await RunningGateway.StartAsync();

        var (text, json) = (await gateway.RunAsync("cluster"), await gateway.RunAsync("cluster", "--json"));

        Assert.Matches("^alone since [0-9TZ:-]+, as ", text.Standard);
        using var document = JsonDocument.Parse(json.Standard);
        Assert.Equal("alone", document.RootElement.GetProperty("state").GetString());
    }

    [Fact]
    public async Task An_attempt_is_explained_by_either_listener()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ConnectAsync();
        var attempt = gateway.Rooms.Connections.All().Single().Attempt.Id.ToString();

        var full = await gateway.RunAsync("explain", attempt, "--json");
        var open = await gateway.Terminal.RunAsync("explain", attempt, "--url", gateway.PublicUrl);
        var unknown = await gateway.RunAsync("explain", AttemptId.New().ToString());

        Assert.Equal((ExitCodes.Good, ExitCodes.Good, ExitCodes.FoundFault), (full.Code, open.Code, unknown.Code));
        Assert.Contains(attempt, open.Standard);
        using var document = JsonDocument.Parse(full.Standard);
        Assert.Contains("No attempt with this id", unknown.Standard);
    }
}
