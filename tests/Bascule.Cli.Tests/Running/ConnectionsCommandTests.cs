using System.Text.Json;
using Bascule.Model;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule connections</c>, before a gateway that runs.</summary>
public sealed class ConnectionsCommandTests
{
    [Fact]
    public async Task Open_connections_are_listed_a_line_for_each_and_by_what_is_named()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ConnectAsync("alice");
        await gateway.ConnectAsync("bob");

        var (all, bobs) = (await gateway.RunAsync("connections", "list"), await gateway.RunAsync("connections", "list", "--user", "bob"));

        Assert.Equal((ExitCodes.Good, ""), (all.Code, all.Error));
        Assert.Equal(2, all.Standard.TrimEnd().Split('\n').Length);
        Assert.Matches("^attempt=[0-9a-f]{32} user=bob route=game node=127.0.0.1:[0-9]+ from=127.0.0.1:[0-9]+ protocol=h1 .*\n$", bobs.Standard);
    }

    [Fact]
    public async Task A_person_sees_how_many_there_are_and_ids_in_one_piece()
    {
        await using var gateway = await RunningGateway.StartAsync(isTerminal: true);
        await gateway.ConnectAsync();

        var ran = await gateway.RunAsync("connections", "list", "--route", "game");

        Assert.Matches("attempt=[0-9a-f]{32} ", ran.Standard);
        Assert.Equal("1 of 1 that fit; 1 open\n", ran.Error);
    }

    [Fact]
    public async Task One_connection_is_shown_and_one_that_is_not_open_is_told()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ConnectAsync();
        using var list = JsonDocument.Parse((await gateway.RunAsync("connections", "list", "--json")).Standard);
        var attempt = list.RootElement.GetProperty("connections")[0].GetProperty("attempt").GetString()!;

        var (shown, missing) = (await gateway.RunAsync("connections", "show", attempt), await gateway.RunAsync("connections", "show", AttemptId.New().ToString()));

        Assert.Matches($"attempt +{attempt}\nuser +alice\n", shown.Standard);
        Assert.Equal((ExitCodes.FoundFault, ""), (missing.Code, missing.Standard));
        Assert.StartsWith("Not open (404): No open connection has this attempt id", missing.Error);
    }

    [Fact]
    public async Task Close_is_followed_until_the_last_one_is_gone()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var (alice, bob) = (await gateway.ConnectAsync("alice"), await gateway.ConnectAsync("bob"));

        var ran = await gateway.RunAsync("connections", "close", "--user", "alice", "--why", "a test");

        Assert.Equal((ExitCodes.Good, ""), (ran.Code, ran.Error));
        Assert.StartsWith("order 1: user=alice: 1 connection, 50 a second\n", ran.Standard);
        Assert.EndsWith("done: told 1\n", ran.Standard);
        Assert.Equal(1, gateway.Rooms.Connections.Count);
        await RunningGateway.UntilAsync(() => alice.CloseStatus is not null);
        Assert.Equal(EndReasons.ClosedByOperator.Code, (int)alice.CloseStatus!);
        Assert.Null(bob.CloseStatus);
    }

    [Fact]
    public async Task A_live_line_on_a_terminal_ends_with_what_came_of_it()
    {
        await using var gateway = await RunningGateway.StartAsync(isTerminal: true);
        await gateway.ConnectAsync();

        var ran = await gateway.RunAsync("connections", "close", "--all");

        Assert.Matches("\rdone: told 1 *\n$", ran.Standard);
    }

    [Fact]
    public async Task A_dry_run_and_an_order_that_fits_nobody_change_nothing()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ConnectAsync();

        var dry = await gateway.RunAsync("connections", "move", "--route", "game", "--dry-run");
        var nobody = await gateway.RunAsync("connections", "close", "--user", "nobody");

        Assert.Equal((ExitCodes.Good, "would tell 1 connection: route=game\n"), (dry.Code, dry.Standard));
        Assert.Equal((ExitCodes.Good, "no open connection fits: user=nobody\n"), (nobody.Code, nobody.Standard));
        Assert.Empty(gateway.Rooms.Drains.All());
    }

    [Fact]
    public async Task Moved_connections_go_and_the_answer_is_a_document_on_demand()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ConnectAsync();

        var ran = await gateway.RunAsync("connections", "move", "--all", "--per-second", "100", "--json");

        using var document = JsonDocument.Parse(ran.Standard);
        var drain = document.RootElement.GetProperty("drain");
        Assert.Equal(("done", 1, 100), (drain.GetProperty("state").GetString(), drain.GetProperty("told").GetInt32(), drain.GetProperty("perSecond").GetInt32()));
    }

    [Theory]
    [InlineData("connections", "close")]
    [InlineData("connections", "move", "--all", "--user", "alice")]
    public async Task What_names_nothing_or_everything_and_something_is_a_fault_of_usage(params string[] args)
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync(args);

        Assert.Equal((ExitCodes.Usage, ""), (ran.Code, ran.Standard));
        Assert.Contains("name what is meant (--user, --route,", ran.Error);
    }

    [Fact]
    public async Task Interrupting_leaves_the_order_running_and_says_how_to_end_it()
    {
        await using var gateway = await RunningGateway.StartAsync();
        for (var i = 0; i < 4; i++)
            await gateway.ConnectAsync($"user-{i}");
        using var interruption = new CancellationTokenSource();

        var running = gateway.RunAsync(interruption.Token, "connections", "close", "--all", "--per-second", "1");
        await RunningGateway.UntilAsync(() => gateway.Rooms.Connections.Count < 4);
        await interruption.CancelAsync();
        var ran = await running;
        var cancelled = await gateway.RunAsync("drain", "cancel", "1");

        Assert.Equal(ExitCodes.Interrupted, ran.Code);
        Assert.Contains("The order goes on. How far it is: bascule drain list. To end it: bascule drain cancel 1", ran.Error);
        Assert.Equal(ExitCodes.Good, cancelled.Code);
        await RunningGateway.UntilAsync(() => gateway.Rooms.Drains.Find("1")!.IsOver);
        Assert.NotEqual(0, gateway.Rooms.Connections.Count);
    }
}
