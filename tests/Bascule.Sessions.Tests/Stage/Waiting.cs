using Bascule.Testing;

namespace Bascule.Sessions.Tests;

/// <summary>Waits for outcomes by looking again and again.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    internal static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    internal static Task UntilAsync(Func<Task<bool>> condition) => LookAsync(condition).Soon();

    /// <summary>Moves the clock on, bit by bit, until it is so: for code that arms one timer after another.</summary>
    internal static Task UntilAsync(ManualTime time, TimeSpan step, Func<bool> condition) => LookAsync(() =>
    {
        time.Advance(step);
        return Task.FromResult(condition());
    }).Soon();

    private static async Task LookAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
            await Task.Delay(Pause, TimeProvider.System);
    }
}
