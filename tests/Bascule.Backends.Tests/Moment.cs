namespace Bascule.Backends.Tests;

/// <summary>Waits for a state that has no event to await.</summary>
internal static class Moment
{
    /// <summary>A test that would hang fails instead; no result depends on it.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <param name="meanwhile">What drives the state on, for example a clock that is moved.</param>
    internal static async Task ComesAsync(Func<bool> condition, Action? meanwhile = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Limit, "What was waited for did not come.");
            meanwhile?.Invoke();
            await Task.Delay(Pause, TimeProvider.System);
        }
    }
}
