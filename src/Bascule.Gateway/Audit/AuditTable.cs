using Bascule.Cluster;

namespace Bascule.Gateway;

/// <summary>The audit log in the database: rows of time, kind and the JSON of the entry.</summary>
internal sealed class AuditTable(IAuditStore store) : IAuditSink
{
    /// <summary>Rows that are looked at for one question, at most: what the database cannot select is selected here.</summary>
    private const int MostLookedAt = 10_000;

    public Task AppendAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken) =>
        store.AppendAsync([.. entries.Select(e => new AuditRow(e.Time, e.Kind, AuditJson.Line(e)))], cancellationToken);

    public async Task<AuditPage> ReadAsync(AuditFilter filter, int max, CancellationToken cancellationToken)
    {
        var rows = await store.ReadAsync(new Cluster.AuditFilter(filter.Kind, filter.From, filter.Until), MostLookedAt, cancellationToken);
        var fitting = rows.Where(r => AuditJson.TryRead(r.Json, out var entry) && filter.Fits(entry)).Select(r => r.Json).Take(max).ToList();
        return new AuditPage(fitting, Whole: fitting.Count == max || rows.Count < MostLookedAt);
    }
}
