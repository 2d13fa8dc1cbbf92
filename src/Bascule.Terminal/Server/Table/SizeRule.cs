namespace Bascule.Terminal;

/// <summary>The size of a terminal: as its writer wants it, at once, and then at most every 50 ms another one.</summary>
internal sealed class SizeRule : IDisposable
{
    // A window that is dragged sends one for each frame that is drawn; the program draws for each size: contract/terminal.md.
    internal static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Action<TerminalSize> _apply;
    private readonly ITimer _timer;
    private TerminalSize? _wanted;
    private bool _isPausing;

    /// <param name="apply">Called one at a time.</param>
    internal SizeRule(Action<TerminalSize> apply, TimeProvider time)
    {
        _apply = apply;
        _timer = time.CreateTimer(static rule => ((SizeRule)rule!).Resume(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal void Want(TerminalSize size)
    {
        lock (_gate)
        {
            if (_isPausing)
                _wanted = size;
            else
                Apply(size);
        }
    }

    /// <summary>At once: of a writer that takes the seat.</summary>
    internal void Set(TerminalSize size)
    {
        lock (_gate)
        {
            _wanted = null;
            Apply(size);
        }
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>Before anything that its writer sends next: what he types then finds the size.</summary>
    private void Apply(TerminalSize size)
    {
        _isPausing = true;
        _timer.Change(Pause, Timeout.InfiniteTimeSpan);
        _apply(size);
    }

    private void Resume()
    {
        lock (_gate)
        {
            _isPausing = false;
            if (_wanted is not { } size)
                return;
            _wanted = null;
            Apply(size);
        }
    }
}
