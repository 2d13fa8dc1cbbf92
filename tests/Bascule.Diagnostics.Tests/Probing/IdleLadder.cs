using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>Runs an idle ladder against a <see cref="Cutter"/> while the clock stands still until it is moved: a limit of an hour takes no longer than one of a second.</summary>
internal static class IdleLadder
{
    // Two silent ones, one that pings and one that talks wait for the clock.
    private const int Waiting = 4;

    // In half of the limit: the busy ones speak in between, as they would if nobody hurried the clock.
    private const int Steps = 6;

    private static readonly TimeSpan Patience = TimeSpan.FromHours(5);

    /// <param name="field">Of every plain answer: who stands on the way.</param>
    /// <param name="limit">When the cutter cuts. The probe tries silences of half as long and of one and a half times as long.</param>
    /// <param name="busyEvery">How often the busy ones speak; null: as the probe does by itself.</param>
    /// <param name="stall">The second half of the time, in which this machine stands still; null: as long as the first, and it works.</param>
    /// <param name="returning">What those get who come back after the cut.</param>
    internal static async Task<ProbeReport> RunAsync(Cut cut, string field, TimeSpan limit, Func<int, Asked, Task>? returning = null, TimeSpan? busyEvery = null, TimeSpan? stall = null)
    {
        var time = new ManualTime();
        await using var cutter = new Cutter(cut, field) { Returning = returning };
        // Whatever the test's clock does, no step runs out of patience.
        var probing = Probes.RunAsync(cutter.Server.Url(), options: o => o with { Clock = new PeerClock(time, Patience), EchoPatience = Patience, Idle = [limit / 2, limit * 1.5], BusyEvery = busyEvery });

        await UntilAsync(() => cutter.IsReady && time.ArmedTimers == Waiting);
        await PassHalfAsync(Waiting);
        await UntilAsync(() => cutter.SilentOver == 1);
        if (stall is { } still)
            time.Stall(still);
        else
            await PassHalfAsync(Waiting - 1);
        await cutter.CutAsync();
        await UntilAsync(() => cutter.AreCutsSeen);
        while (!probing.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.WhenAny(probing, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken));
        }

        return await probing;

        async Task PassHalfAsync(int waiting)
        {
            for (var step = 0; step < Steps; step++)
            {
                await UntilAsync(() => time.ArmedTimers == waiting);
                time.Advance(limit / (2 * Steps));
            }
        }
    }

    private static Task<bool> UntilAsync(Func<bool> isSo) => global::Bascule.System.Tests.Waiting.UntilAsync(() => Task.FromResult(isSo()), so => so, () => "");
}
