namespace Bascule.Sessions;

/// <summary>Most sessions that may live at once.</summary>
public sealed record SessionQuota(int PerUser, int PerTenant);

/// <summary>What came of a creation.</summary>
public enum CreateVerdict
{
    Created,

    /// <summary>The user has as many as he may.</summary>
    UserFull,

    TenantFull,
}

/// <param name="Owner">Null: everyone's; empty: of those which nobody owns.</param>
/// <param name="Tenant">Null: of every tenant; empty: of those without one.</param>
/// <param name="State">Null: all states.</param>
/// <param name="OldestFirst">Else the newest.</param>
public sealed record SessionFilter(string? Owner = null, string? Tenant = null, SessionState? State = null, bool OldestFirst = false)
{
    public bool Fits(SessionRecord record) =>
        (Owner is null || Owner == (record.Owner ?? "")) && (Tenant is null || Tenant == (record.Tenant ?? "")) && (State is null || State == record.State);
}

/// <summary>Where sessions are written down, for all gateways. Every method may throw <see cref="SessionStoreException"/>, and returns in bounded time.</summary>
public interface ISessionStore
{
    /// <summary>Writes a new record, unless the quota is used up: counting and writing are one step. Twice is once.</summary>
    /// <remarks>Live sessions count; a user is one of his tenant, and who is not asked who he is counts as one user. Without a tenant only the user counts.</remarks>
    Task<CreateVerdict> CreateAsync(SessionRecord record, SessionQuota quota, CancellationToken cancellation);

    Task<SessionRecord?> FindAsync(SessionId id, CancellationToken cancellation);

    /// <summary>In the order of their creation, at most <paramref name="most"/>.</summary>
    Task<IReadOnlyList<SessionRecord>> ListAsync(SessionFilter filter, int most, CancellationToken cancellation);

    /// <summary>Writes <paramref name="record"/> with the next version, when the stored one has the version that it has. Null: somebody was faster, or it is gone.</summary>
    Task<SessionRecord?> UpdateAsync(SessionRecord record, CancellationToken cancellation);

    /// <summary>Keeps the output of a one-shot command with its session; does nothing when that is gone.</summary>
    Task PutResultAsync(SessionId id, SessionResult result, CancellationToken cancellation);

    Task<SessionResult?> ResultAsync(SessionId id, CancellationToken cancellation);

    /// <summary>Forgets sessions that ended before, with their results, at most <paramref name="most"/>. Returns how many.</summary>
    Task<int> ForgetEndedAsync(DateTimeOffset before, int most, CancellationToken cancellation);

    /// <summary>Says that a host is alive, for <paramref name="life"/> by the clock of the store.</summary>
    Task BeatAsync(string host, TimeSpan life, CancellationToken cancellation);

    /// <summary>Hosts whose life was renewed in time.</summary>
    Task<IReadOnlySet<string>> LivingHostsAsync(CancellationToken cancellation);
}

/// <summary>The store cannot be used now.</summary>
public sealed class SessionStoreException(string message, Exception? cause = null) : Exception(message, cause);
