namespace Bascule.Relay.Tests;

/// <summary>Waits for a state that has no event to await.</summary>
internal static class Moment
{
    /// <summary>A test that would hang fails instead; no result depends on it.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    internal static async Task ComesAsync(Func<bool> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Limit, "What was waited for did not come.");
            await PassAsync();
        }
    }

    /// <summary>Lets others run. No result depends on how long.</summary>
    internal static Task PassAsync() => Task.Delay(Pause, TimeProvider.System);
}
