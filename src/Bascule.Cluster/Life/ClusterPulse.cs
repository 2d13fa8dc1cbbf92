using Microsoft.Extensions.Logging;

namespace Bascule.Cluster;

/// <summary>The loop that keeps this gateway alive in the store, brings it back when it was lost, and hears what others say.</summary>
public sealed class ClusterPulse
{
    // Connections in one pulse: some milliseconds of the store's time, half a megabyte.
    private const int ChangesPerPulse = 2000;

    private readonly IClusterStore _store;
    private readonly ClusterCounts _counts;
    private readonly PulseTerms _terms;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private Epoch _epoch = Epoch.First();
    private long _lastBulletin;

    public ClusterPulse(IClusterStore store, ClusterCounts counts, PulseTerms terms, TimeProvider time, ILogger<ClusterPulse> logger)
    {
        _store = store;
        _counts = counts;
        _terms = terms;
        _time = time;
        _logger = logger;
    }

    /// <summary>Raised for each bulletin, in order, on the loop; the next pulse waits for the handler. A gateway hears its own too, and one that it heard
    /// may come again in another process only.</summary>
    public event EventHandler<BulletinEventArgs>? BulletinArrived;

    public ClusterState State => _counts.State;

    /// <summary>The connections of this gateway, which the others may find.</summary>
    public ClusterDirectory Directory { get; } = new();

    /// <summary>What others use of shared things.</summary>
    public SharedTotals Totals { get; } = new();

    /// <summary>Runs until <paramref name="stop"/>, then leaves the store, so that what this gateway held is free at once. Never throws.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var telling = _counts.TellAsync(stop);
        try
        {
            while (true)
            {
                var hasMore = await BeatAsync();
                stop.ThrowIfCancellationRequested();
                if (!hasMore)
                    await Task.Delay(_terms.Every, _time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await LeaveAsync();
        }
        finally
        {
            await ((Task)telling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _counts.WhenIdle();
        }
    }

    /// <summary>One pulse; whether there is more to tell or to hear.</summary>
    private async Task<bool> BeatAsync()
    {
        // 1. After a loss, whoever noticed it, everything begins anew under the next epoch.
        var wasConnected = _counts.IsConnected(_epoch);
        if (!wasConnected)
        {
            _epoch = _epoch.Next();
            Directory.StartOver();
        }

        // 2. One round trip.
        var (opened, closed, hasMore) = Directory.TakeChanges(ChangesPerPulse);
        var watched = Totals.Watched;
        PulseAnswer answer;
        try
        {
            answer = await _counts.AskAsync((store, token) => store.PulseAsync(
                new Pulse(_epoch, _terms.Instance, _terms.Life) { SinceBulletin = _lastBulletin, Opened = opened, Closed = closed, Watched = watched }, token));
            if (wasConnected && !answer.WasAlive)
                throw _counts.Forgotten();
        }
        catch (Exception e)
        {
            // Whatever failed, the answer is the same: serve on without the store, and try again.
            _counts.Lose(_epoch, e);
            return false;
        }

        // 3. What it brought.
        Hear(answer, watched);
        return (wasConnected || await _counts.JoinAsync(_epoch)) && (hasMore || answer.Bulletins.Count == Bulletin.MostPerPulse);
    }

    private void Hear(PulseAnswer answer, IReadOnlyList<string> watched)
    {
        foreach (var bulletin in answer.Bulletins)
        {
            try
            {
                BulletinArrived?.Invoke(this, new BulletinEventArgs(bulletin));
            }
            catch (Exception e)
            {
                // One handler that fails must not end the life of the gateway in the store.
                _logger.BulletinFailed(e, bulletin.Number, bulletin.Kind);
            }

            _lastBulletin = bulletin.Number;
        }

        var others = watched.ToDictionary(key => key, key => answer.Others.GetValueOrDefault(key), StringComparer.Ordinal);
        _counts.Saw(others);
        Totals.Heard(others);
    }

    private async Task LeaveAsync()
    {
        _counts.Part();
        try
        {
            await _counts.AskAsync(async (store, token) =>
            {
                await store.LeaveAsync(_epoch.Process, token);
                return true;
            });
        }
        catch (Exception e)
        {
            _logger.LeaveFailed(_store.Name, e.Message, _terms.Life.TotalSeconds);
        }
    }
}
