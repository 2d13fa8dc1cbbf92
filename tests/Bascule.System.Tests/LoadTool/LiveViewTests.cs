using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>The live view of <c>bascule load</c> in a real terminal.</summary>
public sealed class LiveViewTests
{
    [Theory]
    [InlineData(80, 24)]
    [InlineData(160, 50)]
    public async Task The_screen_has_all_of_a_run_and_is_left_clean_with_the_report(int columns, int rows)
    {
        await using var echo = BrokenServer.Start(Behaviour.Echo);
        await using var refusing = BrokenServer.Start(Behaviour.Problem403);
        await using var terminal = await TmuxTerminal.StartAsync(columns, rows);
        await TypeAsync(terminal, $"{echo.Url} {refusing.Url} -c 40 --rate 20/s --hold 10m --retries 3");

        var lines = (await terminal.SeesAsync(" bascule load  echo  ws://127.0.0.1:", "holding for 600 s", "20 open of 40", "round trip   p50", "CLASS", "http.403", "server", "< ", " q end now and write the report"))
            .TrimEnd('\n').Split('\n');
        var taken = await terminal.StateAsync();
        await terminal.TypeAsync("q");
        var left = await terminal.SeesAsync("left with 130", "Generator");

        Figures.Tell(string.Join('\n', lines));
        Assert.Equal(rows, lines.Length);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, columns));
        Assert.StartsWith(" bascule load ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith(" q ", lines[^1], StringComparison.Ordinal);
        Assert.Equal((true, false), taken);
        Assert.Equal((false, true), await terminal.StateAsync());
        Assert.DoesNotContain("q end now", left, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_c_ends_a_run_of_several_processes_with_one_report()
    {
        await using var echo = BrokenServer.Start(Behaviour.Echo);
        await using var terminal = await TmuxTerminal.StartAsync(100, 80);
        await TypeAsync(terminal, $"{echo.Url} -c 10 --hold 10m --workers 2");
        await terminal.SeesAsync("10 open of 10", "holding for 600 s");

        await terminal.PressAsync("C-c");
        var left = await terminal.SeesAsync("left with 130", "Interrupted after", "2 workers");
        await terminal.TypeAsync("echo typed letters are seen");
        await terminal.SeesAsync("> echo typed letters are seen");

        Assert.DoesNotContain("failed:", left, StringComparison.Ordinal);
        Assert.Equal((false, true), await terminal.StateAsync());
    }

    [Fact]
    public async Task Lines_stand_in_the_place_of_the_view_where_they_are_wanted()
    {
        await using var echo = BrokenServer.Start(Behaviour.Echo);
        await using var terminal = await TmuxTerminal.StartAsync(80, 24);

        await TypeAsync(terminal, $"{echo.Url} -c 2 --hold 300ms --no-live");

        var left = await terminal.SeesAsync("left with 0", "Generator");
        Assert.DoesNotContain("q end now", left, StringComparison.Ordinal);
    }

    private static async Task TypeAsync(TmuxTerminal terminal, string arguments)
    {
        await terminal.TypeAsync($"dotnet '{Repository.Program}' load {arguments}; echo \"left with $?\"");
        await terminal.PressAsync("Enter");
    }
}
