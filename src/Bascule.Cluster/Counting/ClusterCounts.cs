using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Bascule.Cluster;

/// <summary>Takes and gives back what has limits: at the store while it answers, from what is known here while it does not.</summary>
/// <remarks>
/// One lock guards the book and the mode. Our own counts are the truth of this instance; the store is told. It keeps this true while connected, for every key:
/// <b>what the store holds for our epoch = our count − what it has yet to be told</b>, but for claims whose answer is under way. Whatever breaks that (a call that fails,
/// takes too long, or meets an unknown epoch) ends the epoch: the store gets all counts anew under the next one, and what arrives late meets an epoch that is over.
/// </remarks>
public sealed class ClusterCounts
{
    // Longest wait for what no attempt waits for, unless an attempt may wait longer.
    private static readonly TimeSpan BackgroundLimit = TimeSpan.FromSeconds(2);

    // Keys in one message to the store: some milliseconds of its time, some tens of kilobytes.
    private const int KeysPerMessage = 1000;

    private readonly Lock _gate = new();
    private readonly CountBook _book = new();
    private readonly Channel<bool> _work = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly IClusterStore? _store;
    private readonly StoreCalls _calls;
    private readonly StateBoard _board;

    // The epoch that the store follows, or is being brought up to; null while lost.
    private Epoch? _epoch;
    private bool _isConnected;

    /// <param name="store">What all gateways share; null counts this gateway alone, and so does one that is not shared.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Gets one line at each change of <see cref="State"/>.</param>
    public ClusterCounts(IClusterStore? store, TimeProvider time, ILogger<ClusterCounts> logger)
    {
        _store = store;
        _calls = new StoreCalls(time);
        _board = new StateBoard(store?.Name, time, logger);
    }

    /// <summary>Longest wait of an attempt for the store: one that hangs costs nobody more than this. Default 300 ms (requirement).</summary>
    public TimeSpan ClaimLimit { get; init; } = TimeSpan.FromMilliseconds(300);

    public ClusterState State => _board.State;

    // A store of one gateway has nothing to say about counts, and is not told.
    private bool TellsStore => _epoch is not null && _store!.IsShared;

    /// <summary>Leases that are out.</summary>
    public int Leases
    {
        get
        {
            lock (_gate)
                return _book.Leases;
        }
    }

    /// <summary>How often this gateway has taken a key.</summary>
    public int CountOf(string key, CountScope scope = CountScope.Cluster)
    {
        lock (_gate)
            return _book.CountOf(key, scope);
    }

    /// <summary>Takes all claims, or none. Answers at once unless the store is asked, and then within <see cref="ClaimLimit"/>.</summary>
    /// <exception cref="ArgumentException">Two claims have the same key and scope, or a key is longer than <see cref="CountKey.MaxLength"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was taken.</exception>
    public ValueTask<CountResult> TakeAsync(IReadOnlyList<CountClaim> claims, CancellationToken cancellation)
    {
        Check(claims);
        cancellation.ThrowIfCancellationRequested();
        var entries = new CountEntry?[claims.Count];
        Epoch epoch;
        lock (_gate)
        {
            if (!_isConnected || !TellsStore || !claims.Any(claim => claim.Scope == CountScope.Cluster))
                return new(TakeHere(claims, entries));
            var full = _book.FirstFull(claims, CountScope.Gateway);
            if (full >= 0)
                return new(new CountResult(null, claims[full], _book.SeenOf(claims[full])));

            // Our own limits are taken before the store is asked, so that attempts which wait for it cannot pass them together.
            _book.Add(claims, CountScope.Gateway, tellStore: false, entries);
            epoch = _epoch!;
        }

        return ClaimAsync(claims, entries, epoch, cancellation);
    }

    /// <summary>Gives back what a lease held. Only <see cref="CountLease"/> calls it, once.</summary>
    internal void GiveBack(CountEntry?[] entries)
    {
        lock (_gate)
        {
            _book.Remove(entries, tellStore: TellsStore);
            _book.LeaseBack();
            SignalChanges();
        }
    }

    /// <summary>Whether the store follows this epoch.</summary>
    internal bool IsConnected(Epoch epoch)
    {
        lock (_gate)
            return _isConnected && _epoch == epoch;
    }

    /// <summary>Remembers how often others have keys, for the time when the store is lost.</summary>
    internal void Saw(IReadOnlyDictionary<string, int> others)
    {
        lock (_gate)
        {
            foreach (var (key, count) in others)
                _book.Saw(key, count);
        }
    }

    /// <summary>Brings an epoch that the store has just heard of up to our counts, and lets it count. False: it failed, and the next try takes another epoch.</summary>
    internal async Task<bool> JoinAsync(Epoch epoch)
    {
        List<KeyValuePair<string, int>> counts;
        lock (_gate)
        {
            // 1. From here on every change is noted beside the snapshot.
            counts = _store!.IsShared ? _book.Snapshot() : [];
            (_epoch, _isConnected) = (epoch, false);
        }

        try
        {
            // 2. The store gets all of it, unseen by others; then it counts, in place of all that this process had there before.
            foreach (var chunk in counts.Chunk(KeysPerMessage))
                Demand(await AskAsync((store, token) => store.SetCountsAsync(epoch, new Dictionary<string, int>(chunk, StringComparer.Ordinal), token)));
            Demand(await AskAsync((store, token) => store.CountFromNowAsync(epoch, token)));
        }
        catch (Exception e)
        {
            Lose(epoch, e);
            return false;
        }

        lock (_gate)
        {
            // 3. Connected; what was noted meanwhile follows as changes.
            _isConnected = true;
            _board.Connected();
            SignalChanges();
        }

        return true;
    }

    /// <summary>Ends the connection to the store, unless another epoch has taken over since.</summary>
    internal void Lose(Epoch epoch, Exception cause)
    {
        lock (_gate)
        {
            if (_epoch is not null && _epoch != epoch)
                return;
            (_epoch, _isConnected) = (null, false);
            _book.DropChanges();
            _board.Lost(cause is StoreUnavailableException known ? known.Seen : cause.Message);
        }
    }

    /// <summary>Tells the store what changed, as fast as it takes it, until <paramref name="stop"/>.</summary>
    internal async Task TellAsync(CancellationToken stop)
    {
        while (true)
        {
            await _work.Reader.ReadAsync(stop);
            while (NextChanges() is var (epoch, changes))
            {
                try
                {
                    Demand(await AskAsync((store, token) => store.ChangeCountsAsync(epoch, changes, token)));
                }
                catch (Exception e)
                {
                    Lose(epoch, e);
                }
            }
        }
    }

    /// <summary>Stops telling the store anything, because this gateway leaves it. Not a loss, so no line in the log.</summary>
    internal void Part()
    {
        lock (_gate)
        {
            (_epoch, _isConnected) = (null, false);
            _book.DropChanges();
        }
    }

    /// <summary>A call that no attempt waits for.</summary>
    internal Task<T> AskAsync<T>(Func<IClusterStore, CancellationToken, Task<T>> call) => _calls.RunAsync(token => call(_store!, token), ClaimLimit > BackgroundLimit ? ClaimLimit : BackgroundLimit);

    /// <summary>What is seen when the store does not know our epoch.</summary>
    internal StoreUnavailableException Forgotten() => new($"Counting at {_store!.Name}",
        "it does not know this gateway any more: it was emptied, or heard nothing of this gateway for too long.", "Nothing is to be done: the counts are sent again.");

    /// <summary>Ends when no call to the store is under way.</summary>
    internal Task WhenIdle() => _calls.WhenIdle();

    private static void Check(IReadOnlyList<CountClaim> claims)
    {
        for (var i = 0; i < claims.Count; i++)
        {
            if (claims[i].Key.Length > CountKey.MaxLength)
                throw new ArgumentException($"The key of claim {i} has {claims[i].Key.Length} signs; {CountKey.MaxLength} are the most. Make it with CountKey.", nameof(claims));
            for (var j = 0; j < i; j++)
            {
                if (claims[i].Key == claims[j].Key && claims[i].Scope == claims[j].Scope)
                    throw new ArgumentException($"Claims {j} and {i} have the same key {claims[i].Key}; claim it once, with the lower limit.", nameof(claims));
            }
        }
    }

    private void Demand(bool epochIsKnown)
    {
        if (!epochIsKnown)
            throw Forgotten();
    }

    private async ValueTask<CountResult> ClaimAsync(IReadOnlyList<CountClaim> claims, CountEntry?[] entries, Epoch epoch, CancellationToken cancellation)
    {
        IReadOnlyList<CountClaim> asked = claims.All(claim => claim.Scope == CountScope.Cluster) ? claims : [.. claims.Where(claim => claim.Scope == CountScope.Cluster)];
        ClaimAnswer? answer = null;
        try
        {
            answer = await _calls.RunAsync(token => _store!.ClaimAsync(epoch, asked, token), ClaimLimit);
            Demand(answer.Outcome != ClaimOutcome.UnknownEpoch);
        }
        catch (Exception e)
        {
            // Whatever failed: this attempt goes on without the store, and so do all others until it is reached again.
            answer = null;
            Lose(epoch, e);
        }

        CountResult result;
        lock (_gate)
            result = Settle(claims, asked, entries, epoch, answer);
        if (cancellation.IsCancellationRequested)
        {
            // The wait for the store is short and always ends; so the one place that gives back is the lease.
            result.Lease?.Dispose();
            cancellation.ThrowIfCancellationRequested();
        }

        return result;
    }

    private CountResult Settle(IReadOnlyList<CountClaim> claims, IReadOnlyList<CountClaim> asked, CountEntry?[] entries, Epoch epoch, ClaimAnswer? answer)
    {
        for (var i = 0; answer is not null && i < asked.Count; i++)
            _book.Saw(asked[i].Key, answer.Totals[i].Others);
        if (answer?.Outcome == ClaimOutcome.Full)
        {
            _book.Remove(entries, tellStore: false);
            var total = answer.Totals[answer.FullIndex];
            return new CountResult(null, asked[answer.FullIndex], total.Own + total.Others);
        }

        // A yes to an epoch that is over by now was wiped out with it: decided here, and told like any other change.
        var isTold = answer is not null && _isConnected && _epoch == epoch;
        var full = isTold ? -1 : _book.FirstFull(claims, CountScope.Cluster);
        if (full >= 0)
        {
            _book.Remove(entries, tellStore: false);
            return new CountResult(null, claims[full], _book.SeenOf(claims[full]));
        }

        _book.Add(claims, CountScope.Cluster, tellStore: !isTold && TellsStore, entries);
        return LeaseOf(entries);
    }

    private CountResult TakeHere(IReadOnlyList<CountClaim> claims, CountEntry?[] entries)
    {
        var full = _book.FirstFull(claims, only: null);
        if (full >= 0)
            return new CountResult(null, claims[full], _book.SeenOf(claims[full]));
        _book.Add(claims, CountScope.Gateway, tellStore: false, entries);
        _book.Add(claims, CountScope.Cluster, tellStore: TellsStore, entries);
        return LeaseOf(entries);
    }

    private CountResult LeaseOf(CountEntry?[] entries)
    {
        _book.LeaseOut();
        SignalChanges();
        return new CountResult(new CountLease(this, entries), null, 0);
    }

    private void SignalChanges()
    {
        if (_isConnected && _book.HasChanges)
            _work.Writer.TryWrite(true);
    }

    private (Epoch Epoch, Dictionary<string, int> Changes)? NextChanges()
    {
        lock (_gate)
        {
            if (!_isConnected)
                return null;
            var changes = _book.TakeChanges(KeysPerMessage);
            return changes.Count == 0 ? null : (_epoch!, changes);
        }
    }

}
