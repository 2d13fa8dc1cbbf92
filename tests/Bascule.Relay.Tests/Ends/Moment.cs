using System.Diagnostics;

namespace Bascule.Relay.Tests;

/// <summary>Waits for a state that has no event to await.</summary>
internal static class Moment
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    internal static async Task ComesAsync(Func<bool> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Limit, "What was waited for did not come.");
            await Task.Yield();
        }
    }
}
