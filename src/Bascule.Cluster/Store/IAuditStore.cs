namespace Bascule.Cluster;

/// <summary>One entry of the audit log.</summary>
/// <param name="At">When it happened.</param>
/// <param name="Kind">What happened: a word of a bounded list.</param>
/// <param name="Json">The whole entry.</param>
public sealed record AuditRow(DateTimeOffset At, string Kind, string Json);

/// <summary>Which entries are looked for: those that fit all that is not null.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="From">The first moment.</param>
/// <param name="Before">The moment after the last.</param>
public sealed record AuditFilter(string? Kind = null, DateTimeOffset? From = null, DateTimeOffset? Before = null);

/// <summary>Keeps the audit log in a database. Both methods may throw <see cref="StoreUnavailableException"/>.</summary>
public interface IAuditStore
{
    /// <summary>All rows, or none.</summary>
    Task AppendAsync(IReadOnlyList<AuditRow> rows, CancellationToken cancellation);

    /// <summary>The youngest first, at most <paramref name="most"/>.</summary>
    Task<IReadOnlyList<AuditRow>> ReadAsync(AuditFilter filter, int most, CancellationToken cancellation);
}
