namespace Bascule.Sessions.Tests;

/// <summary>A store behind a line that can be cut, and that counts the questions.</summary>
internal sealed class TestStore(ISessionStore store) : ISessionStore
{
    private ISessionStore _store = store;
    private int _reads;
    private int _sweeps;

    internal bool IsAway { get; set; }

    /// <summary>The store is replaced by an empty one.</summary>
    internal void Lose(ISessionStore empty) => _store = empty;

    /// <summary>How often it was asked for one session or a list.</summary>
    internal int Reads => Volatile.Read(ref _reads);

    /// <summary>How often ended ones were to be forgotten: with that a sweep is done with the store.</summary>
    internal int Sweeps => Volatile.Read(ref _sweeps);

    public Task<CreateVerdict> CreateAsync(SessionRecord record, SessionQuota quota, CancellationToken cancellation) => Line().CreateAsync(record, quota, cancellation);

    public Task<SessionRecord?> FindAsync(SessionId id, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _reads);
        return Line().FindAsync(id, cancellation);
    }

    public Task<IReadOnlyList<SessionRecord>> ListAsync(SessionFilter filter, int most, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _reads);
        return Line().ListAsync(filter, most, cancellation);
    }

    public Task<SessionRecord?> UpdateAsync(SessionRecord record, CancellationToken cancellation) => Line().UpdateAsync(record, cancellation);

    public Task PutResultAsync(SessionId id, SessionResult result, CancellationToken cancellation) => Line().PutResultAsync(id, result, cancellation);

    public Task<SessionResult?> ResultAsync(SessionId id, CancellationToken cancellation) => Line().ResultAsync(id, cancellation);

    public async Task<int> ForgetEndedAsync(DateTimeOffset before, int most, CancellationToken cancellation)
    {
        var forgotten = await Line().ForgetEndedAsync(before, most, cancellation);
        Interlocked.Increment(ref _sweeps);
        return forgotten;
    }

    public Task BeatAsync(string host, TimeSpan life, CancellationToken cancellation) => Line().BeatAsync(host, life, cancellation);

    public Task<IReadOnlySet<string>> LivingHostsAsync(CancellationToken cancellation) => Line().LivingHostsAsync(cancellation);

    private ISessionStore Line() => IsAway ? throw new SessionStoreException("Asking the store: the line is cut. Mend it.") : _store;
}
