namespace Bascule.System.Tests;

/// <summary><c>bascule top</c> as a process in a real terminal.</summary>
public sealed class TopTests(DemoProcess demo) : IClassFixture<DemoProcess>
{
    private string Command => $"dotnet '{Repository.Program}' top --every 200ms --config '{demo.Config}'; echo \"left with $?\"";

    [Theory]
    [InlineData(80, 24)]
    [InlineData(160, 50)]
    public async Task The_screen_is_used_exactly_switches_views_and_is_left_clean(int columns, int rows)
    {
        using var client = await RawClient.ConnectAsync(demo.WebSocketUrl + "/echo");
        await using var terminal = await TmuxTerminal.StartAsync(columns, rows);
        await terminal.TypeAsync(Command);
        await terminal.PressAsync("Enter");

        var pools = (await terminal.SeesAsync("ready", "NODE", "UTIL", "demo  ", "q quit")).Split('\n');
        var taken = await terminal.StateAsync();
        await terminal.TypeAsync("2");
        var connections = await terminal.SeesAsync("ROUTE", "MSG/S", "echo");
        await terminal.PressAsync("Enter");
        await terminal.SeesAsync("The connection is open.", "esc back");
        await terminal.PressAsync("Escape");
        await terminal.TypeAsync("/zzz");
        await terminal.SeesAsync("filter: zzz", "nothing has “zzz”");
        await terminal.PressAsync("Escape");
        await terminal.TypeAsync("4");
        await terminal.SeesAsync("PER SEC", "since top began");
        await terminal.TypeAsync("q");
        var left = await terminal.SeesAsync("left with 0");

        Assert.Equal(rows, pools.Length);
        Assert.All([.. pools, .. connections.Split('\n')], line => Assert.InRange(line.Length, 0, columns));
        Assert.StartsWith("bascule ", pools[0], StringComparison.Ordinal);
        Assert.StartsWith("? help", pools[^1], StringComparison.Ordinal);
        Assert.Equal((true, false), taken);
        Assert.Equal((false, true), await terminal.StateAsync());
        Assert.DoesNotContain("handshakes/s", left, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_size_is_noticed_and_ctrl_c_leaves_a_terminal_that_works()
    {
        await using var terminal = await TmuxTerminal.StartAsync(80, 24);
        await terminal.TypeAsync(Command);
        await terminal.PressAsync("Enter");
        await terminal.SeesAsync("ready", "q quit");

        await terminal.ResizeAsync(100, 30);
        var resized = await Waiting.UntilAsync(terminal.ScreenAsync, screen => screen.Split('\n') is { Length: 30 } lines && lines[^1].StartsWith("? help", StringComparison.Ordinal), () => "");
        await terminal.PressAsync("C-c");
        await terminal.SeesAsync("left with 0");
        await terminal.TypeAsync("echo typed letters are seen");
        await terminal.SeesAsync("> echo typed letters are seen");

        Assert.Matches("^bascule .* UTC", resized.Split('\n')[0].PadRight(100));
        Assert.Equal((false, true), await terminal.StateAsync());
    }

    [Fact]
    public async Task A_gateway_that_is_not_there_is_asked_again_and_told_by_the_exit_code()
    {
        await using var terminal = await TmuxTerminal.StartAsync(80, 24);
        await terminal.TypeAsync($"dotnet '{Repository.Program}' top --health http://127.0.0.1:1/health --every 200ms; echo \"left with $?\"");
        await terminal.PressAsync("Enter");
        await terminal.SeesAsync("NO ANSWER yet", "cannot be asked");
        await terminal.TypeAsync("q");

        await terminal.SeesAsync("left with 69", "cannot be asked");
    }
}
