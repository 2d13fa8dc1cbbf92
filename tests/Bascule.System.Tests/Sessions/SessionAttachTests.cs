namespace Bascule.System.Tests;

/// <summary><c>bascule session attach</c> in a real terminal, with programs that use all of it.</summary>
[Trait("Part", "sessions")]
public sealed class SessionAttachTests(SessionGateway stage) : IClassFixture<SessionGateway>
{
    [Fact]
    public async Task Vim_is_right_through_resize_detach_and_reattach()
    {
        await File.WriteAllLinesAsync(stage.File("text"), Enumerable.Range(1, 200).Select(i => $"line {i} of the text"), TestContext.Current.CancellationToken);
        await using var terminal = await TmuxTerminal.StartAsync(80, 24);
        var id = await AttachAsync(terminal);
        await TypeAsync(terminal, $"vim -u NONE -i NONE -N --cmd 'set ruler laststatus=2' {stage.File("text")}");
        Assert.Equal("line 22 of the text", (await SeesAsync(terminal, "1,1", "line 22 of")).Split('\n')[21]);

        await terminal.ResizeAsync(100, 40);
        Assert.Equal("line 38 of the text", (await SeesAsync(terminal, "1,1", "line 38 of")).Split('\n')[37]);

        await terminal.PressAsync("G");
        await SeesAsync(terminal, "200,1", "line 163 of");
        await DetachAsync(terminal);
        Assert.Equal((false, true), await terminal.StateAsync());

        await AttachAsync(terminal, id);
        var again = await SeesAsync(terminal, "200,1", "line 163 of", "line 200 of");
        Assert.Equal("line 163 of the text", again.Split('\n')[0]);
        Assert.True((await terminal.StateAsync()).IsTaken);

        await TypeAsync(terminal, ":q");
        await SeesAsync(terminal, "ready>");
        Assert.False((await terminal.StateAsync()).IsTaken);
        await TypeAsync(terminal, "exit 4");
        await SeesAsync(terminal, "exit code 4", "left with 4");
    }

    [Fact]
    public async Task Top_is_right_through_resize_detach_and_reattach()
    {
        await using var terminal = await TmuxTerminal.StartAsync(80, 24);
        var id = await AttachAsync(terminal);
        await TypeAsync(terminal, "top -d 0.5");
        await SeesAsync(terminal, "PID USER", "load average");

        await terminal.ResizeAsync(120, 50);
        await Waiting.UntilAsync(terminal.ScreenAsync, screen => screen.TrimEnd().Split('\n') is { Length: > 24 } lines && lines.Count(l => l.Contains("PID USER", StringComparison.Ordinal)) == 1, () => "top does not fill the screen.");
        await DetachAsync(terminal);
        await AttachAsync(terminal, id);

        var again = await SeesAsync(terminal, "PID USER", "load average");
        Assert.Single(again.Split('\n'), line => line.Contains("PID USER", StringComparison.Ordinal));
        await terminal.TypeAsync("q");
        await SeesAsync(terminal, "ready>");
        await DetachAsync(terminal);
    }

    [Fact]
    public async Task A_lost_connection_is_said_and_made_again_without_losing_a_line()
    {
        await using var terminal = await TmuxTerminal.StartAsync(80, 24);
        await AttachAsync(terminal);
        await TypeAsync(terminal, "clear; for i in $(seq 1 15); do echo \"count $i\"; sleep 0.3; done");
        await SeesAsync(terminal, "count 3");

        await stage.Gateway.OrderAsync("/api/connections:close?all=true");

        var all = await SeesAsync(terminal, "count 15", "ready>");
        Assert.Equal(Enumerable.Range(1, 15).Select(i => $"count {i}"), all.Split('\n').Where(l => l.StartsWith("count ", StringComparison.Ordinal)));
        await DetachAsync(terminal);
    }

    [Fact]
    public async Task A_connection_that_is_made_again_has_the_size_of_now_and_every_line_is_drawn()
    {
        await File.WriteAllLinesAsync(stage.File("long"), Enumerable.Range(1, 200).Select(i => $"row {i}"), TestContext.Current.CancellationToken);
        await using var terminal = await TmuxTerminal.StartAsync(80, 24);
        await AttachAsync(terminal);
        await TypeAsync(terminal, $"vim -u NONE -N --cmd 'set ruler laststatus=0' {stage.File("long")}");
        await SeesAsync(terminal, "1,1");
        await terminal.ResizeAsync(100, 40);
        await SeesAsync(terminal, "row 39", "1,1");
        var before = await ConnectionsAsync();

        await stage.Gateway.OrderAsync("/api/connections:close?all=true");
        await Waiting.UntilAsync(ConnectionsAsync, now => now.Length > 0 && now != before, () => "It does not come back.");

        await Waiting.UntilAsync(terminal.ScreenAsync, screen => screen.TrimEnd('\n').Split('\n') is [.., "row 39", var last] && last.Contains("1,1", StringComparison.Ordinal), () => "vim does not fill the screen.");
        await DetachAsync(terminal);
    }

    [Fact]
    public async Task A_signal_that_ends_it_at_once_leaves_a_terminal_that_can_be_used()
    {
        await using var terminal = await TmuxTerminal.StartAsync(80, 24);
        var (id, pid) = (await stage.CreateAsync(), stage.File("pid"));
        // In a shell that edits no lines itself: one that does would put the terminal right.
        await TypeAsync(terminal, $"clear; ulimit -c 0; sh -c \"sh -c 'echo \\$\\$ > {pid}; exec dotnet {Repository.Program} session attach {id} --url {stage.Origin}'; stty -a | grep -o '.icanon'\"");
        await SeesAsync(terminal, "ready>");

        await using var kill = ChildProcess.Start("bash", "-c", $"kill -s QUIT $(cat {pid})");
        await kill.ExitAsync();

        await SeesAsync(terminal, " icanon");
    }

    [Fact]
    public async Task Who_looks_on_types_nothing_until_he_takes_over()
    {
        await using var writer = await TmuxTerminal.StartAsync(80, 24);
        await using var viewer = await TmuxTerminal.StartAsync(80, 24);
        var id = await AttachAsync(writer);
        await AttachAsync(viewer, id, "--read-only");
        await TypeAsync(viewer, "echo NO$((1 + 1))BODY");
        await TypeAsync(writer, "echo WRI$((1 + 1))TER");
        await SeesAsync(viewer, "WRI2TER");
        Assert.DoesNotContain("NO2BODY", await viewer.ScreenAsync(), StringComparison.Ordinal);
        await DetachAsync(viewer);

        await AttachAsync(viewer, id, "--take");
        await TypeAsync(viewer, "echo TA$((1 + 1))KEN");

        await SeesAsync(writer, "TA2KEN");
        await DetachAsync(viewer);
    }

    [Fact]
    public async Task Keys_of_ones_own_leave_and_the_usual_ones_are_typed()
    {
        await using var terminal = await TmuxTerminal.StartAsync(80, 24);
        await AttachAsync(terminal, null, "--detach-keys", "ctrl-],d");
        // Byte by byte, as they come: readline and the terminal's own editing would take them for themselves.
        await TypeAsync(terminal, "stty raw -echo; echo r$((1 + 1))w; dd bs=1 count=2 status=none | od -An -tx1; stty sane");
        await SeesAsync(terminal, "r2w");
        await terminal.PressAsync("C-p");
        await terminal.PressAsync("C-q");
        await SeesAsync(terminal, " 10 11");

        await terminal.PressAsync("C-]");
        await terminal.TypeAsync("d");

        await SeesAsync(terminal, "left with 0");
    }

    /// <summary>Those of the gateway, by name.</summary>
    private async Task<string> ConnectionsAsync() => string.Join(' ', (await stage.Gateway.AdminAsync("/api/connections"))["connections"]!.AsArray().Select(c => (string)c!["attempt"]!));

    private static Task<string> SeesAsync(TmuxTerminal terminal, params string[] texts) => terminal.SeesAsync(texts);

    /// <summary>Attaches to a session, a new one if none is given; its id.</summary>
    private async Task<string> AttachAsync(TmuxTerminal terminal, string? id = null, params string[] options)
    {
        var isNew = id is null;
        id ??= await stage.CreateAsync();
        await TypeAsync(terminal, $"clear; dotnet '{Repository.Program}' session attach {id} --url {stage.Origin} {string.Join(' ', options)}; echo \"left with $?\"");
        if (isNew)
            await SeesAsync(terminal, "ready>");
        else
            await Waiting.UntilAsync(terminal.ScreenAsync, screen => !screen.Contains("session attach", StringComparison.Ordinal) && screen.Trim().Length > 0, () => "It does not attach.");
        return id;
    }

    private static async Task DetachAsync(TmuxTerminal terminal)
    {
        await terminal.PressAsync("C-p");
        await terminal.PressAsync("C-q");
        await SeesAsync(terminal, "left with 0");
    }

    private static async Task TypeAsync(TmuxTerminal terminal, string line)
    {
        await terminal.TypeAsync(line);
        await terminal.PressAsync("Enter");
    }
}
