using System.Threading.Channels;
using Bascule.Testing;

namespace Bascule.Cli.Tests;

/// <summary>A full-screen view on a terminal, from taking it to giving it back.</summary>
public sealed class ScreenTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(30);

    private readonly ManualTime _time = new();
    private readonly PaperTerminal _terminal = new(20, 5);

    [Fact]
    public async Task The_terminal_is_taken_and_given_back_as_it_was()
    {
        await using (Screen.Open(_terminal, isColored: true, _time))
            Assert.Equal((true, false, false), (_terminal.IsTaken, _terminal.HasCursor, _terminal.Wraps));

        Assert.Equal((false, true, true), (_terminal.IsTaken, _terminal.HasCursor, _terminal.Wraps));
    }

    [Fact]
    public async Task It_is_given_back_after_an_exception_too()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using var screen = Screen.Open(_terminal, isColored: true, _time);
            throw new InvalidOperationException();
        });

        Assert.Equal((false, true), (_terminal.IsTaken, _terminal.HasCursor));
    }

    [Fact]
    public async Task Only_what_changed_is_drawn_again()
    {
        await using var screen = Screen.Open(_terminal, isColored: true, _time);
        screen.Show(Picture("first", "second"));
        _terminal.Written.Clear();

        screen.Show(Picture("first", "other"));
        var changed = _terminal.Written.ToString();
        _terminal.Written.Clear();
        screen.Show(Picture("first", "other"));

        Assert.Equal(["first", "other", "", "", ""], _terminal.Lines);
        Assert.DoesNotContain("first", changed);
        Assert.Equal("", _terminal.Written.ToString());
    }

    [Fact]
    public async Task The_last_cell_of_the_last_row_is_used_and_nothing_scrolls()
    {
        await using var screen = Screen.Open(_terminal, isColored: true, _time);
        var full = new string('x', 20);

        screen.Show(Picture(full, full, full, full, full + "y", full));

        Assert.Equal([full, full, full, full, new string('x', 19) + "…"], _terminal.Lines);
    }

    [Fact]
    public async Task A_hostile_name_cannot_move_the_cursor()
    {
        await using var screen = Screen.Open(_terminal, isColored: true, _time);

        screen.Show(Picture("a\e[2Jb\r\nc\a\u009b1m\u202ed"));

        Assert.Equal("a·[2Jb··c··1m·d", _terminal.Lines[0]);
    }

    [Fact]
    public async Task Keys_come_in_their_order()
    {
        await using var screen = Screen.Open(_terminal, isColored: true, _time);
        _terminal.Press(ConsoleKey.DownArrow, ConsoleKey.Enter);

        _time.Advance(Look);

        Assert.Equal(ConsoleKey.DownArrow, (await ReadAsync(screen)).Key!.Value.Key);
        Assert.Equal(ConsoleKey.Enter, (await ReadAsync(screen)).Key!.Value.Key);
    }

    [Fact]
    public async Task Escape_and_a_letter_that_come_together_are_two_keys()
    {
        await using var screen = Screen.Open(_terminal, isColored: true, _time);
        _terminal.Press(new ConsoleKeyInfo('q', ConsoleKey.Q, shift: false, alt: true, control: false));

        _time.Advance(Look);

        Assert.Equal(ConsoleKey.Escape, (await ReadAsync(screen)).Key!.Value.Key);
        Assert.Equal(('q', default(ConsoleModifiers)), ((await ReadAsync(screen)).Key!.Value is var key ? (key.KeyChar, key.Modifiers) : default));
    }

    [Fact]
    public async Task A_changed_size_is_told_and_all_is_drawn_anew()
    {
        await using var screen = Screen.Open(_terminal, isColored: true, _time);
        screen.Show(Picture("first"));

        _terminal.Resize(30, 8);
        _time.Advance(Look);
        var told = await ReadAsync(screen);
        screen.Show(new Frame(screen.Size));
        screen.Show(Picture("first"));

        Assert.Null(told.Key);
        Assert.Equal("first", _terminal.Lines[0]);
    }

    [Fact]
    public async Task A_process_that_was_stopped_and_goes_on_draws_everything_anew()
    {
        await using var screen = Screen.Open(_terminal, isColored: true, _time);
        screen.Show(Picture("first"));
        _terminal.Write("\e[?1049l\e[?25hsomething else");

        _terminal.Resume();
        var told = await ReadAsync(screen);
        screen.Show(Picture("first"));

        Assert.Null(told.Key);
        Assert.Equal((true, false, "first"), (_terminal.IsTaken, _terminal.HasCursor, _terminal.Text.Trim()));
    }

    [Fact]
    public async Task A_process_that_is_interrupted_gives_the_terminal_back_at_once()
    {
        await using var screen = Screen.Open(_terminal, isColored: true, _time);
        screen.Show(Picture("first"));

        _terminal.Interrupt();
        screen.Show(Picture("second"));

        Assert.Equal((false, true, true, ""), (_terminal.IsTaken, _terminal.HasCursor, _terminal.HasUsualKeys, _terminal.Text.Trim()));
    }

    [Fact]
    public async Task A_terminal_that_breaks_is_told_to_whoever_reads()
    {
        await using var screen = Screen.Open(_terminal, isColored: true, _time);
        _terminal.IsBroken = true;

        _time.Advance(Look);

        var told = await Assert.ThrowsAsync<ChannelClosedException>(() => ReadAsync(screen));
        Assert.IsType<IOException>(told.InnerException);
    }

    [Fact]
    public async Task Without_colours_only_bold_and_reverse_are_used()
    {
        var frame = new Frame(_terminal.Size);
        foreach (var tone in Enum.GetValues<Tone>())
            frame.Add("x", tone);
        await using var screen = Screen.Open(_terminal, isColored: false, _time);

        screen.Show(frame);

        Assert.Matches(@"\A(\e\[(\?[0-9]+[hl]|2J|K|[0-9]+;1H|[017]m)|x)*\z", _terminal.Written.ToString());
    }

    private Frame Picture(params string[] lines)
    {
        var frame = new Frame(_terminal.Size);
        foreach (var line in lines)
            frame.Add(line);
        return frame;
    }

    private static Task<ScreenInput> ReadAsync(Screen screen) => screen.ReadAsync(TestContext.Current.CancellationToken).AsTask().Soon();
}
