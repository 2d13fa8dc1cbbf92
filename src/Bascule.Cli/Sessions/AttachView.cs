using System.Globalization;
using System.Text;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary>The terminal of <c>attach</c>: what the session writes, and beside it only what must be said, on the last line.</summary>
internal sealed class AttachView(Stream screen, Func<ScreenSize> size) : ISessionView
{
    /// <summary>Modes that programs leave behind: other buffer, mouse, focus, bracketed paste, keypad, insert, scroll region, colours, character set, hidden cursor (ECMA-48, xterm's ctlseqs).</summary>
    private const string SaneModes = "\e[?1049l\e[?1047l\e[?47l\e[?1000l\e[?1002l\e[?1003l\e[?1004l\e[?1005l\e[?1006l\e[?1015l\e[?2004l\e[?1l\e>\e[4l\e[r\e[?6l\e[?7h\e[?25h\e[0m\e(B\x0f";

    private const string Clear = "\e[H\e[2J";

    private readonly Lock _gate = new();
    private bool _isMarked;

    /// <summary>Set when the screen may not be as the program believes.</summary>
    internal bool NeedsRedraw { get; set; }

    internal AttachedFrame? Attached { get; private set; }

    public ValueTask WriteAsync(byte channel, ReadOnlyMemory<byte> bytes)
    {
        Write(bytes.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask SnapshotAsync(byte channel, long missing)
    {
        Write(SaneModes + Clear);
        // What is repeated was drawn for a screen of another size, perhaps; the program knows better.
        (_isMarked, NeedsRedraw) = (false, true);
        return ValueTask.CompletedTask;
    }

    public ValueTask AttachedAsync(AttachedFrame attached, bool isAgain)
    {
        Attached = attached;
        Unmark();
        if (attached.Role == "read" && !isAgain)
            Mark($"{(string.IsNullOrEmpty(attached.Writer) ? "Somebody else" : attached.Writer)} writes here; you look on. (--take takes over)");
        return ValueTask.CompletedTask;
    }

    public void Tell(NoticeFrame notice)
    {
        if (notice.Kind is "starting" or "taken" or "occupied" or "idle" or "maximum_life" or "deadline" or "host_stopping")
            Mark(notice.Text);
    }

    public void Lost(string words, TimeSpan pause) => Mark(string.Create(CultureInfo.InvariantCulture, $"{words} Next try in {pause.TotalSeconds:0.#} s; no output is lost."));

    /// <summary>What is typed goes nowhere.</summary>
    internal void Beep() => Write("\a");

    /// <summary>Leaves the terminal as programs expect to find it, the cursor on an empty line.</summary>
    internal void Leave()
    {
        Unmark();
        Write(SaneModes + "\r\n");
    }

    /// <summary>On the last line, over whatever is there; the cursor of the program stays where it is.</summary>
    private void Mark(string text)
    {
        var (columns, rows) = (size().Columns, size().Rows);
        var words = CellText.Cut(CellText.Clean($" {text} "), columns);
        Write(string.Create(CultureInfo.InvariantCulture, $"\e7\e[{rows};1H\e[0;7m\e[2K{words}\e[0m\e8"));
        (_isMarked, NeedsRedraw) = (true, true);
    }

    private void Unmark()
    {
        if (!_isMarked)
            return;
        Write(string.Create(CultureInfo.InvariantCulture, $"\e7\e[{size().Rows};1H\e[0m\e[2K\e8"));
        _isMarked = false;
    }

    private void Write(string text) => Write(Encoding.UTF8.GetBytes(text));

    private void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            screen.Write(bytes);
            screen.Flush();
        }
    }
}
