namespace Bascule.System.Tests;

/// <summary>What <c>bascule session attach</c> does to a full-screen program when its connection was lost and made again.</summary>
[Trait("Part", "sessions")]
public sealed class SessionRedrawTests(SessionGateway stage) : IClassFixture<SessionGateway>
{
    [Fact]
    public async Task What_was_written_over_is_drawn_again_in_the_size_that_the_terminal_has_by_now()
    {
        await File.WriteAllLinesAsync(stage.File("long"), Enumerable.Range(1, 200).Select(i => $"line {i} of the text"), TestContext.Current.CancellationToken);
        await using var terminal = await TmuxTerminal.StartAsync(80, 24);
        await TypeAsync(terminal, $"dotnet '{Repository.Program}' session attach {await stage.CreateAsync()} --url {stage.Origin}");
        await terminal.SeesAsync("ready>");
        // The last line is the ruler's: there it is said that the connection was lost.
        await TypeAsync(terminal, $"vim -u NONE -i NONE -N --cmd 'set ruler laststatus=0' {stage.File("long")}");
        await terminal.SeesAsync("1,1", "Top", "line 23 of");
        await terminal.ResizeAsync(90, 30);
        await terminal.SeesAsync("1,1", "Top", "line 29 of");
        var before = await AttemptAsync();

        await stage.Gateway.OrderAsync("/api/connections:close?all=true");
        await Waiting.UntilAsync(AttemptAsync, attempt => attempt is not null && attempt != before, () => "It does not come back.");

        var screen = await Waiting.UntilAsync(terminal.ScreenAsync, seen => seen.TrimEnd().Split('\n') is { Length: 30 } lines && lines[29].Contains("1,1", StringComparison.Ordinal), () => "The ruler is not drawn again.");
        Assert.Equal([.. Enumerable.Range(1, 29).Select(i => $"line {i} of the text")], screen.Split('\n')[..29]);
        await TypeAsync(terminal, ":q");
        await terminal.SeesAsync("ready>");
    }

    private async Task<string?> AttemptAsync() => (string?)(await stage.Gateway.AdminAsync("/api/connections"))["connections"]?.AsArray().FirstOrDefault()?["attempt"];

    private static async Task TypeAsync(TmuxTerminal terminal, string line)
    {
        await terminal.TypeAsync(line);
        await terminal.PressAsync("Enter");
    }
}
