namespace Bascule.Gateway;

/// <summary>Where audit entries are kept: the file, or the database that the gateway connects.</summary>
public interface IAuditSink
{
    /// <summary>Keeps all of them, in their order, or throws and keeps none: the same ones come again then.</summary>
    Task AppendAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken);

    /// <summary>The newest entries that fit the filter, as their lines, newest first.</summary>
    /// <param name="max">So many at most; a sink may stop earlier to bound its work, and says so.</param>
    Task<AuditPage> ReadAsync(AuditFilter filter, int max, CancellationToken cancellationToken);
}

/// <summary>What was read back.</summary>
/// <param name="Lines">Each is the JSON of one entry.</param>
/// <param name="Whole">All that is kept was looked at, or enough was found; false: the search stopped at its bound, and older entries may fit too.</param>
public sealed record AuditPage(IReadOnlyList<string> Lines, bool Whole);
