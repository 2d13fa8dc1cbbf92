namespace Bascule.System.Tests;

/// <summary>A shell in a real terminal, that of a tmux server of its own: what is typed, and what a person would see.</summary>
internal sealed class TmuxTerminal : IAsyncDisposable
{
    private readonly TestFolder _folder = new();

    private TmuxTerminal()
    {
    }

    internal static async Task<TmuxTerminal> StartAsync(int columns, int rows)
    {
        var terminal = new TmuxTerminal();
        await terminal.TmuxAsync("new-session", "-d", "-x", $"{columns}", "-y", $"{rows}", "env PS1='> ' bash --norc --noprofile");
        return terminal;
    }

    /// <summary>Letters as they are.</summary>
    internal Task TypeAsync(string text) => TmuxAsync("send-keys", "-l", text);

    /// <summary>A key by the name that tmux has for it: <c>Enter</c>, <c>Down</c>, <c>C-c</c>.</summary>
    internal Task PressAsync(string key) => TmuxAsync("send-keys", key);

    internal Task ResizeAsync(int columns, int rows) => TmuxAsync("resize-window", "-x", $"{columns}", "-y", $"{rows}");

    /// <summary>The rows of the screen, without spaces at their ends.</summary>
    internal async Task<string> ScreenAsync() => await TmuxAsync("capture-pane", "-p");

    /// <summary>The screen, once all of it is to be seen at the same time.</summary>
    internal Task<string> SeesAsync(params string[] texts) =>
        Waiting.UntilAsync(ScreenAsync, screen => texts.All(t => screen.Contains(t, StringComparison.Ordinal)), () => $"Wanted: {string.Join(", ", texts)}");

    /// <summary>Whether the other buffer is shown, and whether the cursor is.</summary>
    internal async Task<(bool IsTaken, bool HasCursor)> StateAsync() =>
        (await TmuxAsync("display-message", "-p", "#{alternate_on} #{cursor_flag}")).Trim().Split(' ') is [var alternate, var cursor] ? (alternate == "1", cursor == "1") : default;

    public async ValueTask DisposeAsync()
    {
        await TmuxAsync("kill-server");
        _folder.Dispose();
    }

    private async Task<string> TmuxAsync(params IEnumerable<string> arguments)
    {
        await using var tmux = ChildProcess.Start("env", ["LC_ALL=C.UTF-8", "tmux", "-u", "-f", "/dev/null", "-S", _folder.File("tmux"), .. arguments]);
        Assert.True(await tmux.ExitAsync() == 0, tmux.Report());
        return tmux.StandardOutput;
    }
}
