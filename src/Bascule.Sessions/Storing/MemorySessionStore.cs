namespace Bascule.Sessions;

/// <summary>Sessions in the memory of one gateway: nobody else sees them, and they are forgotten with it.</summary>
public sealed class MemorySessionStore(TimeProvider time) : ISessionStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<SessionId, SessionRecord> _records = [];
    private readonly Dictionary<SessionId, SessionResult> _results = [];
    private readonly Dictionary<string, DateTimeOffset> _hosts = new(StringComparer.Ordinal);

    public Task<CreateVerdict> CreateAsync(SessionRecord record, SessionQuota quota, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_records.ContainsKey(record.Id))
                return Task.FromResult(CreateVerdict.Created);
            var ofTenant = _records.Values.Where(other => other.State != SessionState.Ended && other.Tenant == record.Tenant).ToList();
            if (ofTenant.Count(other => other.Owner == record.Owner) >= quota.PerUser)
                return Task.FromResult(CreateVerdict.UserFull);
            if (record.Tenant is not null && ofTenant.Count >= quota.PerTenant)
                return Task.FromResult(CreateVerdict.TenantFull);
            _records[record.Id] = record;
            return Task.FromResult(CreateVerdict.Created);
        }
    }

    public Task<SessionRecord?> FindAsync(SessionId id, CancellationToken cancellation)
    {
        lock (_gate)
            return Task.FromResult(_records.GetValueOrDefault(id));
    }

    public Task<IReadOnlyList<SessionRecord>> ListAsync(SessionFilter filter, int most, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var found = _records.Values.Where(filter.Fits);
            var sorted = filter.OldestFirst ? found.OrderBy(record => record.CreatedAt) : found.OrderByDescending(record => record.CreatedAt);
            return Task.FromResult<IReadOnlyList<SessionRecord>>([.. sorted.Take(most)]);
        }
    }

    public Task<SessionRecord?> UpdateAsync(SessionRecord record, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!_records.TryGetValue(record.Id, out var stored) || stored.Version != record.Version)
                return Task.FromResult<SessionRecord?>(null);
            var next = record with { Version = record.Version + 1 };
            _records[record.Id] = next;
            return Task.FromResult<SessionRecord?>(next);
        }
    }

    public Task PutResultAsync(SessionId id, SessionResult result, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_records.ContainsKey(id))
                _results[id] = result;
        }

        return Task.CompletedTask;
    }

    public Task<SessionResult?> ResultAsync(SessionId id, CancellationToken cancellation)
    {
        lock (_gate)
            return Task.FromResult(_results.GetValueOrDefault(id));
    }

    public Task<int> ForgetEndedAsync(DateTimeOffset before, int most, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var old = _records.Values.Where(record => record.End is { } end && end.At < before).OrderBy(record => record.End!.At).Take(most).ToList();
            foreach (var record in old)
            {
                _records.Remove(record.Id);
                _results.Remove(record.Id);
            }

            return Task.FromResult(old.Count);
        }
    }

    public Task BeatAsync(string host, TimeSpan life, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            foreach (var (gone, _) in _hosts.Where(pair => pair.Value <= now).ToList())
                _hosts.Remove(gone);
            _hosts[host] = now + life;
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlySet<string>> LivingHostsAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        lock (_gate)
            return Task.FromResult<IReadOnlySet<string>>(_hosts.Where(pair => pair.Value > now).Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal));
    }
}
