using Bascule.Model;
using Bascule.Relay;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>The end of the process, in an order that no client feels more than it must: readiness off, a pause, closes spread over time, a deadline.</summary>
public sealed class GracefulStop(StopSettings settings, GatewayState state, HeartbeatSweep sweep, AttemptJournal journal, TimeProvider time)
{
    /// <summary>Closes are dealt out in so many steps a second: fine enough to be smooth, coarse enough to cost nothing.</summary>
    private const int StepsPerSecond = 10;

    /// <summary>Connections still open while the gateway stops; 0 before.</summary>
    public long Remaining => state.Stopping ? sweep.Count : 0;

    /// <returns>Connections left when the deadline came.</returns>
    public async Task<int> RunAsync()
    {
        // 1. Load balancers look away; who still comes is served.
        state.LeaveReadiness();
        using var deadline = new CancellationTokenSource(settings.Deadline, time);
        await PauseAsync(settings.Pause, deadline.Token);

        // 2. Nobody new, and the others are asked to go, spread over time so that they do not come back all at once.
        await state.RefuseNewAsync();
        var open = sweep.Open();
        var steps = Math.Max(1, (int)(settings.Spread.TotalSeconds * StepsPerSecond));
        for (int step = 1, told = 0; step <= steps && told < open.Count; step++)
        {
            for (var upTo = (int)((long)open.Count * step / steps); told < upTo; told++)
                open[told].End(new Ending(EndReasons.Draining));
            if (told < open.Count && !deadline.IsCancellationRequested)
                await PauseAsync(settings.Spread / steps, deadline.Token);
        }

        // 3. Their answers, until the deadline, and those of whoever is being refused. Who was let in as the door closed is asked to go too.
        while (journal.OpenCount > 0 && !deadline.IsCancellationRequested)
        {
            foreach (var late in sweep.Open())
                late.End(new Ending(EndReasons.Draining));
            await PauseAsync(TimeSpan.FromMilliseconds(100), deadline.Token);
        }

        return sweep.Count;
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellation) =>
        await Task.Delay(pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
