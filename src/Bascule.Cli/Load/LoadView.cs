using Bascule.Load;

namespace Bascule.Cli;

/// <summary>Shows a run while it goes on: the whole terminal, or a line now and then where there is none.</summary>
public sealed class LoadView : IAsyncDisposable
{
    private const int MostSeconds = 300;
    private const int SecondsPerLine = 5;

    private readonly Lock _lock = new();
    private readonly List<LoadProgress> _course = [];
    private readonly List<LoadProgress> _sinceLine = [];
    private readonly LoadPlan _plan;
    private readonly Output _output;
    private readonly Screen? _screen;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _reading;
    private TimeSpan _lineAt;

    /// <param name="screen">Null where lines are wanted.</param>
    /// <param name="stop">Called when the one before the terminal has seen enough.</param>
    public LoadView(LoadPlan plan, Output output, Screen? screen, Action stop)
    {
        (_plan, _output, _screen) = (plan, output, screen);
        _reading = screen is null ? Task.CompletedTask : ReadKeysAsync(screen, stop);
    }

    public void Show(LoadProgress progress)
    {
        lock (_lock)
        {
            _course.Add(progress);
            if (_course.Count > MostSeconds)
                _course.RemoveAt(0);
            if (_screen is not null)
                _screen.Show(LoadFrame.Draw(_plan, _course, _screen.Size));
            else
                Tell(progress);
        }
    }

    private void Tell(LoadProgress progress)
    {
        _sinceLine.Add(progress);
        if (progress.Second.Second % SecondsPerLine != SecondsPerLine - 1)
            return;
        _output.ErrorLine(LoadFrame.Line(_sinceLine, _lineAt));
        _lineAt = progress.Elapsed;
        _sinceLine.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _reading;
        if (_screen is not null)
            await _screen.DisposeAsync();
        _closing.Dispose();
    }

    private async Task ReadKeysAsync(Screen screen, Action stop)
    {
        try
        {
            while (true)
            {
                var input = await screen.ReadAsync(_closing.Token);
                if (input.Key is { KeyChar: 'q' or 'Q' })
                    stop();
                lock (_lock)
                    if (_course.Count > 0)
                        screen.Show(LoadFrame.Draw(_plan, _course, screen.Size));
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The run is over.
        }
    }
}
