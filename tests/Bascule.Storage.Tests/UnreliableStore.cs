using Bascule.Cluster;

namespace Bascule.Storage.Tests;

/// <summary>What happens to one call.</summary>
internal enum CallFate
{
    Works,

    /// <summary>It fails, and nothing was done.</summary>
    FailsBefore,

    /// <summary>It was done, and the answer was lost.</summary>
    FailsAfter,

    /// <summary>It waits until <see cref="UnreliableStore.ReleaseStuck"/>, and is done then: late, like bytes that sat in the buffer of a server that hung.</summary>
    Sticks,

    /// <summary>It is done at once, and its answer waits until <see cref="UnreliableStore.ReleaseStuck"/>.</summary>
    AnswersLate,

    /// <summary>It is done at once, and after <see cref="UnreliableStore.ReleaseStuck"/> the answer is lost.</summary>
    FailsLate,
}

/// <summary>A real store behind a bad line. Counts as shared, so that a SQLite file can be the store of two gateways here.</summary>
internal sealed class UnreliableStore(IClusterStore store) : IClusterStore
{
    private readonly Lock _gate = new();
    private int _working;
    private TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Decides about each call, given the name of its method.</summary>
    internal Func<string, CallFate> Fate { get; set; } = _ => CallFate.Works;

    /// <summary>Whether the real store is at work for a call.</summary>
    internal bool IsWorking => Volatile.Read(ref _working) > 0;

    public string Name => store.Name;

    public bool IsShared => true;

    public Task OpenAsync(CancellationToken cancellation) => store.OpenAsync(cancellation);

    public Task<ClaimAnswer> ClaimAsync(Epoch epoch, IReadOnlyList<CountClaim> claims, CancellationToken cancellation) =>
        CallAsync(nameof(ClaimAsync), () => store.ClaimAsync(epoch, claims, CancellationToken.None));

    public Task<bool> ChangeCountsAsync(Epoch epoch, IReadOnlyDictionary<string, int> changes, CancellationToken cancellation) =>
        CallAsync(nameof(ChangeCountsAsync), () => store.ChangeCountsAsync(epoch, changes, CancellationToken.None));

    public Task<bool> SetCountsAsync(Epoch epoch, IReadOnlyDictionary<string, int> counts, CancellationToken cancellation) =>
        CallAsync(nameof(SetCountsAsync), () => store.SetCountsAsync(epoch, counts, CancellationToken.None));

    public Task<bool> CountFromNowAsync(Epoch epoch, CancellationToken cancellation) =>
        CallAsync(nameof(CountFromNowAsync), () => store.CountFromNowAsync(epoch, CancellationToken.None));

    public Task<PulseAnswer> PulseAsync(Pulse pulse, CancellationToken cancellation) => CallAsync(nameof(PulseAsync), () => store.PulseAsync(pulse, CancellationToken.None));

    public Task LeaveAsync(string process, CancellationToken cancellation) => CallAsync(nameof(LeaveAsync), async () =>
    {
        await store.LeaveAsync(process, CancellationToken.None);
        return true;
    });

    public Task<bool> PostAsync(Bulletin bulletin, CancellationToken cancellation) => store.PostAsync(bulletin, cancellation);

    public Task<bool> PutTicketAsync(Ticket ticket, int mostOfOwner, CancellationToken cancellation) => store.PutTicketAsync(ticket, mostOfOwner, cancellation);

    public Task<string?> TakeTicketAsync(string hash, CancellationToken cancellation) => store.TakeTicketAsync(hash, cancellation);

    public Task<IReadOnlyList<OpenConnection>> FindAsync(DirectoryFilter filter, int most, CancellationToken cancellation) => store.FindAsync(filter, most, cancellation);

    public Task<IReadOnlyList<Instance>> InstancesAsync(CancellationToken cancellation) => store.InstancesAsync(cancellation);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    /// <summary>The line is good again, and what stuck in it goes on.</summary>
    internal void Heal()
    {
        Fate = _ => CallFate.Works;
        ReleaseStuck();
    }

    /// <summary>Lets every call go on that sticks now.</summary>
    internal void ReleaseStuck()
    {
        TaskCompletionSource release;
        lock (_gate)
            (release, _release) = (_release, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        release.SetResult();
    }

    private async Task<T> CallAsync<T>(string method, Func<Task<T>> call)
    {
        var fate = Fate(method);
        if (fate == CallFate.FailsBefore)
            throw Failure(method);
        Task released;
        lock (_gate)
            released = _release.Task;
        if (fate == CallFate.Sticks)
            await released;
        Interlocked.Increment(ref _working);
        T answer;
        try
        {
            answer = await call();
        }
        finally
        {
            Interlocked.Decrement(ref _working);
        }

        if (fate is CallFate.AnswersLate or CallFate.FailsLate)
            await released;
        return fate is CallFate.FailsAfter or CallFate.FailsLate ? throw Failure(method) : answer;
    }

    private StoreUnavailableException Failure(string method) => new($"{method} at {store.Name}", "the line is bad.", "Wait.");
}
