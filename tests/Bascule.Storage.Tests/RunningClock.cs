using Bascule.Testing;

namespace Bascule.Storage.Tests;

/// <summary>Moves a manual clock on and on, faster than the real one; it stands still while a real store works, so that only calls which stick reach their limit.</summary>
internal sealed class RunningClock : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private volatile bool _isPaused;

    internal RunningClock(ManualTime time, params UnreliableStore[] lines) => _running = Task.Run(async () =>
    {
        while (!_stop.IsCancellationRequested)
        {
            if (!_isPaused && !lines.Any(line => line.IsWorking))
                time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        }
    });

    internal bool IsPaused { set => _isPaused = value; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }
}
