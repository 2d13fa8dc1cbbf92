namespace Bascule.Hub.Kafka.Tests;

/// <summary>Waits for what another process brings about.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static async Task UntilAsync(Func<bool> holds)
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        while (!holds())
        {
            if (time.GetElapsedTime(start) > Limit)
                throw new TimeoutException($"Not after {Limit.TotalSeconds} s.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), time);
        }
    }
}
