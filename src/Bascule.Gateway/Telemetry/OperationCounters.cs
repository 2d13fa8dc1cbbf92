using System.Diagnostics.Metrics;

namespace Bascule.Gateway;

/// <summary>Counts what rarely happens. Each series is there from the start, with 0: else the first one would be no increase, and no alert.</summary>
internal sealed class OperationCounters
{
    private readonly Counter<long> _limitRefusals;
    private readonly Counter<double> _throttled;
    private readonly Counter<long> _tickets;
    private readonly Counter<long> _revocations;
    private readonly Counter<long> _reloads;
    private readonly Counter<long> _auditDropped;

    internal OperationCounters(Meter meter)
    {
        _limitRefusals = meter.CreateCounter<long>("bascule.connection_limit.refusals", "{attempt}", "Attempts refused because there were as many connections as there may be, by the limit.");
        _throttled = meter.CreateCounter<double>("bascule.throttled", "s", "Time for which clients above their rate were not read from, all added up.");
        _tickets = meter.CreateCounter<long>("bascule.tickets", "{ticket}", "Tickets, by what became of them.");
        _revocations = meter.CreateCounter<long>("bascule.revocations", "{revocation}", "Revocations of tokens by operators.");
        _reloads = meter.CreateCounter<long>("bascule.config.reload", "{reload}", "Reloads of the configuration: applied, or refused so that the old one was kept.");
        _auditDropped = meter.CreateCounter<long>("bascule.audit.dropped", "{entry}", "Audit entries that could not be kept.");
    }

    /// <summary>Called when somebody listens already: a zero before that would be lost.</summary>
    internal void Begin()
    {
        foreach (var limit in Enum.GetValues<LimitedBy>())
            _limitRefusals.Add(0, new KeyValuePair<string, object?>("limit", Words.Of(limit)));
        foreach (var result in Enum.GetValues<TicketResult>())
            _tickets.Add(0, new KeyValuePair<string, object?>("result", Words.Of(result)));
        foreach (var applied in new[] { true, false })
            _reloads.Add(0, new KeyValuePair<string, object?>("result", Words.Reload(applied)));
        foreach (var place in new[] { "file", "database" })
            _auditDropped.Add(0, new KeyValuePair<string, object?>("place", place));
        _throttled.Add(0);
        _revocations.Add(0);
    }

    internal void LimitRefused(LimitedBy limit) => _limitRefusals.Add(1, new KeyValuePair<string, object?>("limit", Words.Of(limit)));

    internal void Throttled(TimeSpan held) => _throttled.Add(held.TotalSeconds);

    internal void TicketEnded(TicketResult result) => _tickets.Add(1, new KeyValuePair<string, object?>("result", Words.Of(result)));

    internal void Revoked() => _revocations.Add(1);

    internal void ConfigReloaded(bool applied) => _reloads.Add(1, new KeyValuePair<string, object?>("result", Words.Reload(applied)));

    internal void AuditDropped(string place, long count) => _auditDropped.Add(count, new KeyValuePair<string, object?>("place", place));
}
