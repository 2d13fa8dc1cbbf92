using System.Globalization;
using System.Text;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary>The terminal of <c>attach</c>: what the session writes, and beside it only what must be said, on the last line.</summary>
/// <param name="plan">What was asked for.</param>
/// <param name="attached">Called with each connection that is attached.</param>
internal sealed class AttachView(Stream screen, Func<ScreenSize> size, SessionPlan plan, Action attached) : ISessionView
{
    /// <summary>Modes that programs leave behind: other buffer, mouse, focus, bracketed paste, keypad, insert, scroll region, colours, character set, hidden cursor (ECMA-48, xterm's ctlseqs).</summary>
    /// <remarks>The scroll region and the origin mode move the cursor, which is put back behind them.</remarks>
    private const string SaneModes = "\e[?1000l\e[?1002l\e[?1003l\e[?1004l\e[?1005l\e[?1006l\e[?1015l\e[?2004l\e[?1l\e>\e[4l\e7\e[r\e[?6l\e8\e[?7h\e[?25h\e[0m\e(B\x0f";

    /// <summary>Only where it is on: terminals put back a cursor that was saved long ago when it is switched off twice.</summary>
    private const string NoAlternate = "\e[?1049l\e[?1047l\e[?47l";

    private const string Clear = "\e[H\e[2J";

    private readonly Lock _gate = new();
    private readonly AlternateScreen _alternate = new();
    private bool _isMarked;

    /// <summary>What was said of the user's place, until it is sure to stand there.</summary>
    private string? _place;

    /// <summary>Something was written over what the program drew.</summary>
    internal bool NeedsRedraw { get; set; }

    internal AttachedFrame? Attached { get; private set; }

    public ValueTask WriteAsync(byte channel, ReadOnlyMemory<byte> bytes)
    {
        _alternate.Read(bytes.Span);
        Write(bytes.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask SnapshotAsync(byte channel, long missing)
    {
        Reset(Clear);
        // The host itself asks a full-screen program to draw again after it.
        _isMarked = false;
        return ValueTask.CompletedTask;
    }

    /// <summary>It began with an empty screen.</summary>
    public void SnapshotOver()
    {
        if (_place is { } words && plan.HasTerminal)
            Mark(words);
        _place = null;
    }

    public ValueTask AttachedAsync(AttachedFrame frame, bool isAgain)
    {
        Attached = frame;
        Unmark();
        _place = isAgain ? null : WordsOf(frame);
        if (_place is { } words)
            Say(words);
        attached();
        return ValueTask.CompletedTask;
    }

    public void Tell(NoticeFrame notice)
    {
        // Comes behind the frame that gave less than was asked for.
        if (notice.Kind == "occupied")
            Say($"{(string.IsNullOrEmpty(notice.User) ? "Somebody else" : notice.User)} writes here; you look on. (--take takes over)");
        else if (notice.Kind is "starting" or "taken" or "idle" or "maximum_life" or "deadline" or "host_stopping")
            Mark(notice.Text);
    }

    public void Lost(string words, TimeSpan pause) => Mark(string.Create(CultureInfo.InvariantCulture, $"{words} Next try in {pause.TotalSeconds:0.#} s; no output is lost."));

    /// <summary>What is typed goes nowhere.</summary>
    internal void Beep() => Write("\a");

    /// <summary>Leaves the terminal as programs expect to find it, the cursor on an empty line.</summary>
    internal void Leave()
    {
        Unmark();
        Reset("\r\n");
    }

    /// <summary>What the user should know of his place; null: nothing. Of who writes instead of him a notice tells, which comes next.</summary>
    private string? WordsOf(AttachedFrame frame) => frame.Role switch
    {
        "read" when plan.IsLink => "This link lets you look on, and not type.",
        "read" when plan.Role == ViewerRole.Read => "You look on, as you asked.",
        "read" => "You look on, and cannot type now.",
        _ when !plan.HasTerminal => "This session has no terminal, and takes lines: Ctrl-D ends its input, Ctrl-C leaves it.",
        _ => null,
    };

    private void Say(string words)
    {
        if (plan.HasTerminal)
            Mark(words);
        else
            Write($"{CellText.Clean(words)}\n");
    }

    private void Reset(string next)
    {
        Write((_alternate.IsOn ? NoAlternate : "") + SaneModes + next);
        _alternate.Leave();
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
