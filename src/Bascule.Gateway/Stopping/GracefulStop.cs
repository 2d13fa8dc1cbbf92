using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>The end of the process, in an order that no client feels more than it must: readiness off, a pause, closes spread over time, a deadline.</summary>
public sealed class GracefulStop(Func<StopSettings> current, GatewayState state, OpenConnections open, OpenRequests requests, AttemptJournal journal, TimeProvider time)
{
    /// <summary>Closes are dealt out in so many steps a second: fine enough to be smooth, coarse enough to cost nothing.</summary>
    private const int StepsPerSecond = 10;

    /// <summary>Connections and ordinary requests still open while the gateway stops; 0 before.</summary>
    public long Remaining => state.Stopping ? open.Count + requests.Count : 0;

    /// <returns>Connections and requests left when the deadline came.</returns>
    public async Task<int> RunAsync()
    {
        // 1. Load balancers look away; who still comes is served.
        state.LeaveReadiness();
        using var deadline = new CancellationTokenSource(current().Deadline, time);
        await PauseAsync(current().Pause, deadline.Token);

        // 2. Nobody new, and the others are asked to go, spread over time so that they do not come back all at once.
        await state.RefuseNewAsync();
        await DealOutAsync(deadline.Token);

        // 3. Their answers, until the deadline, and those of whoever is being refused or served. Who was let in as the door closed is asked to go too.
        while ((journal.OpenCount > 0 || requests.Count > 0) && !deadline.IsCancellationRequested)
        {
            foreach (var end in ToEnd())
                end();
            await PauseAsync(TimeSpan.FromMilliseconds(100), deadline.Token);
        }

        // 4. What is left is cut; who waits for an answer is told at least.
        var left = open.Count + requests.Count;
        requests.EndAll();
        return left;
    }

    /// <summary>The first is asked to go at once, the last before the spread is over, and the rest evenly between them.</summary>
    private async Task DealOutAsync(CancellationToken deadline)
    {
        var ends = ToEnd();
        var steps = Math.Max(1, (int)(current().Spread.TotalSeconds * StepsPerSecond));
        var lot = (ends.Count + steps - 1) / steps;
        for (int step = 0, told = 0; told < ends.Count; step++)
        {
            for (var upTo = Math.Min(ends.Count, (int)((long)ends.Count * step / steps) + lot); told < upTo; told++)
                ends[told]();
            // At the deadline the rest hears it at once.
            if (told < ends.Count && !deadline.IsCancellationRequested)
                await PauseAsync(current().Spread / steps, deadline);
        }
    }

    /// <summary>Everything that would not end by itself: connections and event streams.</summary>
    private List<Action> ToEnd() =>
    [
        .. open.All().Where(connection => !connection.Told).Select(connection => new Action(() => connection.TryTell(new Ending(EndReasons.Draining), TimeSpan.Zero))),
        .. requests.EventStreams().Select(stream => new Action(stream.End)),
    ];

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellation) =>
        await Task.Delay(pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
