using Bascule.Testing;

namespace Bascule.Storage.Tests;

/// <summary>Moves a manual clock on and on, faster than the real one, so that limits of time are reached without waiting for them.</summary>
internal sealed class RunningClock : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    internal RunningClock(ManualTime time) => _running = Task.Run(async () =>
    {
        while (!_stop.IsCancellationRequested)
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    });

    public void Dispose()
    {
        _stop.Cancel();
        _running.Wait();
        _stop.Dispose();
    }
}
