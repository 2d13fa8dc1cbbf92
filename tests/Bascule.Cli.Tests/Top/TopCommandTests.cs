using System.Text.Json;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule top</c>, before a gateway that runs, on a terminal on paper.</summary>
public sealed class TopCommandTests
{
    private readonly PaperTerminal _paper = new(100, 30);

    [Fact]
    public async Task The_screen_shows_the_gateway_and_is_given_back_on_q()
    {
        await using var gateway = await StartAsync();
        await gateway.ConnectAsync();
        var running = gateway.RunAsync("top", "--every", "200ms");

        await SeesAsync("ready", "1 pools", gateway.Nodes[0]);
        _paper.Type("2");
        await SeesAsync("MSG/S", "alice");
        _paper.Press(ConsoleKey.Enter);
        await SeesAsync("The connection is open.");
        _paper.Type("q");
        var ran = await running;

        Assert.Equal((ExitCodes.Good, "", ""), (ran.Code, ran.Standard, ran.Error));
        Assert.Equal((false, true, true), (_paper.IsTaken, _paper.HasCursor, _paper.Wraps));
    }

    [Fact]
    public async Task Events_come_as_they_happen()
    {
        await using var gateway = await StartAsync();
        var running = gateway.RunAsync("top", "--every", "200ms");
        _paper.Type("6");
        await RunningGateway.UntilAsync(() => gateway.Rooms.Events.HasListeners);

        await gateway.ConnectAsync();
        await SeesAsync("opened", "route=game  user=alice");
        _paper.Type("q");

        Assert.Equal(ExitCodes.Good, (await running).Code);
    }

    [Fact]
    public async Task With_write_a_connection_is_closed_and_a_node_drained_with_their_reasons()
    {
        await using var gateway = await StartAsync();
        var client = await gateway.ConnectAsync();
        var running = gateway.RunAsync("top", "--every", "200ms", "--write");
        _paper.Type("2");
        await SeesAsync("alice");

        _paper.Type("kshe asked\ry\r");
        await RunningGateway.UntilAsync(() => client.CloseStatus is not null);
        await SeesAsync("Closed ", "nobody is connected");
        _paper.Type("1");
        _paper.Press(ConsoleKey.DownArrow);
        _paper.Type("dnew version\ryes\r");
        await SeesAsync("Drain 2 moves 0 connections.", "draining");
        _paper.Type("q");

        Assert.Equal(ExitCodes.Good, (await running).Code);
        Assert.Equal(["new version", "she asked"], gateway.Rooms.Drains.All().Select(d => d.Why));
    }

    [Fact]
    public async Task A_token_that_may_only_look_is_told_so_when_it_acts()
    {
        await using var gateway = await StartAsync();
        gateway.Terminal.Environment["BASCULE_ADMIN_TOKEN"] = RunningGateway.ReadToken;
        var running = gateway.RunAsync("top", "--write");
        await SeesAsync(gateway.Nodes[0]);

        _paper.Press(ConsoleKey.DownArrow);
        _paper.Type("dx\ry\r");
        await SeesAsync("Role too low (403)");
        _paper.Type("q");

        Assert.Equal(ExitCodes.Good, (await running).Code);
    }

    [Fact]
    public async Task A_token_that_is_not_known_ends_it_before_anything_is_watched()
    {
        await using var gateway = await StartAsync();
        gateway.Terminal.Environment["BASCULE_ADMIN_TOKEN"] = "some-other-token-of-nobody";

        var ran = await gateway.RunAsync("top");

        Assert.Equal(ExitCodes.FoundFault, ran.Code);
        Assert.Contains("does not know this admin token", ran.Error);
        Assert.False(_paper.IsTaken);
    }

    [Fact]
    public async Task A_gateway_that_goes_is_told_and_ctrl_c_leaves()
    {
        using var interruption = new CancellationTokenSource();
        await using var gateway = await StartAsync();
        var running = gateway.RunAsync(interruption.Token, "top", "--every", "200ms");
        await SeesAsync("ready");

        await gateway.StopAsync();
        await SeesAsync("NO ANSWER for", "cannot be asked");
        await interruption.CancelAsync();

        Assert.Equal((ExitCodes.Good, ""), ((await running).Code, (await running).Error));
        Assert.False(_paper.IsTaken);
    }

    [Fact]
    public async Task Everything_once_is_tables_or_a_document()
    {
        await using var gateway = await StartAsync();
        await gateway.ConnectAsync();

        var (tables, document) = (await gateway.RunAsync("top", "--once"), await gateway.RunAsync("top", "--once", "--json"));

        Assert.All(new[] { "ready", "connections:", "alice", "attempts:", "nobody was refused lately", "ends:", "routes:", "/ws", "shards:", "no route leads to topics", "sessions:", "There are no sessions on this gateway", gateway.Nodes[1] }, text => Assert.Contains(text, tables.Standard));
        Assert.DoesNotContain('\e', tables.Standard);
        using var json = JsonDocument.Parse(document.Standard);
        Assert.Equal(["at", "source", "status", "pools", "connections", "refusals", "shards", "sessions", "health"], json.RootElement.EnumerateObject().Select(m => m.Name));
        Assert.Equal("alice", json.RootElement.GetProperty("connections").GetProperty("connections")[0].GetProperty("user").GetString());
        Assert.Equal(0, json.RootElement.GetProperty("shards").GetProperty("shards").GetArrayLength());
        Assert.Equal(1, json.RootElement.GetProperty("status").GetProperty("totals").GetProperty("accepted").GetInt32());
        Assert.False(_paper.Written.Length > 0);
    }

    [Fact]
    public async Task Without_a_terminal_there_is_a_line_of_figures_after_each_look()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var interruption = new CancellationTokenSource();
        var running = gateway.RunAsync(interruption.Token, "top", "--every", "200ms");

        var seen = gateway.Rooms.Time.GetTimestamp();
        await RunningGateway.UntilAsync(() => gateway.Rooms.Time.GetElapsedTime(seen) > TimeSpan.FromSeconds(1));
        await interruption.CancelAsync();
        var ran = await running;

        Assert.Equal(ExitCodes.Interrupted, ran.Code);
        Assert.Matches(@"\A(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ state=ready connections=0 handshakes/s=\S+ refused/s=\S+ msgs-in/s=\S+ msgs-out/s=\S+ cpu=\S+ bytes-in/s=\S+ bytes-out/s=\S+ memory=\d+M\n)+\z", ran.Standard);
    }

    [Theory]
    [InlineData("--every is 1ms", "--every", "1ms")]
    [InlineData("--every is often", "--every", "often")]
    [InlineData("--json describes one moment", "--json")]
    [InlineData("--write is for the screen", "--once", "--write")]
    [InlineData("--write is for the screen", "--write", "--health", "http://127.0.0.1:1/health")]
    [InlineData("--health is \"nowhere\"", "--health", "nowhere")]
    [InlineData("--health and --admin name two servers", "--health", "http://127.0.0.1:1/health", "--admin", "http://127.0.0.1:1")]
    public async Task What_makes_no_sense_is_a_fault_of_usage(string told, params string[] args)
    {
        using var terminal = new Terminal { IsTerminal = true, Screen = _paper };

        var ran = await terminal.RunAsync(["top", .. args]);

        Assert.Equal((ExitCodes.Usage, ""), (ran.Code, ran.Standard));
        Assert.Contains(told, ran.Error);
    }

    private async Task<RunningGateway> StartAsync()
    {
        var gateway = await RunningGateway.StartAsync(isTerminal: true);
        gateway.Terminal.Screen = _paper;
        return gateway;
    }

    private Task SeesAsync(params string[] texts) => _paper.SeesAsync(texts);
}
