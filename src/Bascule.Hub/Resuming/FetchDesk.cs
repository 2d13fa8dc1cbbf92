namespace Bascule.Hub;

/// <summary>Gets what a shard does not remember from where it came from, a few requests at a time; who asks for what is on its way already shares it.</summary>
internal sealed class FetchDesk(IHistorySource? source, Shard shard) : IAsyncDisposable
{
    /// <summary>Requests at once: enough to hide the way to the brokers, too few to crowd out what is live.</summary>
    private const int MostAtOnce = 4;

    private readonly Lock _gate = new();
    private readonly List<Fetch> _fetches = [];
    private readonly HashSet<Task> _running = [];
    private readonly SemaphoreSlim _turns = new(MostAtOnce);
    private readonly CancellationTokenSource _stopping = new();
    private long _heldBytes;

    internal bool CanFetch(LogId log) => source is not null && shard.Settings.History.FetchMessages > 0 && source.Has(log);

    internal Fetch Begin(Missing range, Subscription reader)
    {
        lock (_gate)
        {
            var fetch = _fetches.Find(f => f.Name == reader.Name && Covers(f.Range, range) && f.Fault is null);
            if (fetch is null)
            {
                fetch = new Fetch(reader.Name, range);
                _fetches.Add(fetch);
                var task = Task.Run(() => RunAsync(fetch), CancellationToken.None);
                _running.Add(task);
                _ = task.ContinueWith(Ended, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }

            fetch.Readers.Add(reader);
            return fetch;
        }
    }

    internal void Leave(Fetch fetch, Subscription reader)
    {
        lock (_gate)
        {
            if (!fetch.Readers.Remove(reader) || fetch.Readers.Count > 0)
                return;
            _fetches.Remove(fetch);
            if (fetch.IsDone)
                _heldBytes -= fetch.Bytes;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Task[] running;
        lock (_gate)
            running = [.. _running];
        await Task.WhenAll(running);
        _stopping.Dispose();
        _turns.Dispose();
    }

    private static bool Covers(Missing outer, Missing inner) => outer.Partition == inner.Partition && outer.After <= inner.After && outer.Through >= inner.Through;

    private void Ended(Task task)
    {
        lock (_gate)
            _running.Remove(task);
    }

    private async Task RunAsync(Fetch fetch)
    {
        var result = await FetchAsync(fetch);
        Subscription[] readers;
        lock (_gate)
        {
            fetch.Complete(result);
            readers = [.. fetch.Readers];
            if (readers.Length > 0)
                _heldBytes += fetch.Bytes;
        }

        foreach (var reader in readers)
            reader.Wake();
    }

    /// <summary>The only place that catches what a source throws against its promise: clients wait for the answer, whatever it is.</summary>
    private async Task<FetchResult> FetchAsync(Fetch fetch)
    {
        var hasTurn = false;
        try
        {
            await _turns.WaitAsync(_stopping.Token);
            hasTurn = true;
            var limits = shard.Settings.History;
            lock (_gate)
            {
                // Slow readers hold what was fetched for them. All of it together may take as much as the history.
                if (_heldBytes > Math.Max(limits.Bytes, limits.FetchBytes))
                    return new FetchResult(0, GapReason.TooMany);
            }

            var (partition, after, through) = fetch.Range;
            return await source!.FetchAsync(
                partition.Log.Id, partition.Number, after, through + 1, new FetchLimits(limits.FetchMessages, limits.FetchBytes), fetch.Add, _stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return new FetchResult(0, GapReason.SourceAway);
        }
        catch (Exception e)
        {
            shard.Report(new SourceState($"history of {fetch.Range.Partition.Log.Facts.Name}", IsConnected: false, IsCaughtUp: true, Lag: null, shard.Time.GetUtcNow(), e.Message));
            return new FetchResult(0, GapReason.SourceAway);
        }
        finally
        {
            if (hasTurn)
                _turns.Release();
        }
    }
}
