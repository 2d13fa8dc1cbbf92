namespace Bascule.Cluster;

/// <summary>What gateways know together. Every method may throw <see cref="StoreUnavailableException"/>, returns in bounded time, and may be called from many threads at once.</summary>
/// <remarks>
/// Counts are kept as (key, epoch) → n. A key's total is the sum over the epochs that are alive and count. An epoch begins with a pulse, gets its counts by
/// <see cref="SetCountsAsync"/>, counts after <see cref="CountFromNowAsync"/>, and is over when its life was not renewed, or with <see cref="LeaveAsync"/>.
/// Time is the clock of the engine, so that the clocks of gateways need not agree.
/// </remarks>
public interface IClusterStore : IAsyncDisposable
{
    /// <summary>Engine and place, without secrets.</summary>
    string Name { get; }

    /// <summary>Whether several gateways may use it. One that is not shared keeps bulletins and tickets; its gateway counts for itself.</summary>
    bool IsShared { get; }

    /// <summary>Connects and brings the tables up to date. May be called again.</summary>
    Task OpenAsync(CancellationToken cancellation);

    /// <summary>Takes all claims, or none. Scopes are not looked at; keys must differ.</summary>
    Task<ClaimAnswer> ClaimAsync(Epoch epoch, IReadOnlyList<CountClaim> claims, CancellationToken cancellation);

    /// <summary>Adds to counts; a negative number gives back. No count goes below 0. False, and nothing done, when the epoch is not alive or does not count.</summary>
    Task<bool> ChangeCountsAsync(Epoch epoch, IReadOnlyDictionary<string, int> changes, CancellationToken cancellation);

    /// <summary>Sets counts of an epoch that does not count yet. False, and nothing done, when there is no such epoch.</summary>
    Task<bool> SetCountsAsync(Epoch epoch, IReadOnlyDictionary<string, int> counts, CancellationToken cancellation);

    /// <summary>From now on this epoch counts, and all others of its process are over, in one step. False, and nothing done, when the epoch is not alive.</summary>
    Task<bool> CountFromNowAsync(Epoch epoch, CancellationToken cancellation);

    /// <summary>Renews the life of the epoch, writes its connections, reads what is new, and clears a bounded part of what dead epochs left.</summary>
    Task<PulseAnswer> PulseAsync(Pulse pulse, CancellationToken cancellation);

    /// <summary>Ends all epochs of a process at once.</summary>
    Task LeaveAsync(string process, CancellationToken cancellation);

    /// <summary>Appends to the log. False when it holds <see cref="Bulletin.MostAlive"/> already.</summary>
    Task<bool> PostAsync(Bulletin bulletin, CancellationToken cancellation);

    /// <summary>Keeps a ticket. False when its owner has <paramref name="mostOfOwner"/> unused ones already.</summary>
    Task<bool> PutTicketAsync(Ticket ticket, int mostOfOwner, CancellationToken cancellation);

    /// <summary>The payload, to exactly one of those that ask; null when there is no such ticket, or no more.</summary>
    Task<string?> TakeTicketAsync(string hash, CancellationToken cancellation);

    /// <summary>Connections of all living gateways, at most <paramref name="most"/>, in no order.</summary>
    Task<IReadOnlyList<OpenConnection>> FindAsync(DirectoryFilter filter, int most, CancellationToken cancellation);

    /// <summary>The gateways that are alive and count.</summary>
    Task<IReadOnlyList<Instance>> InstancesAsync(CancellationToken cancellation);
}
