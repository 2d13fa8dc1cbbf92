using Bascule.Sessions;

namespace Bascule.Gateway.Tests;

/// <summary>A store in memory that a test can make slow, or take away.</summary>
internal sealed class HeldStore(TimeProvider time) : ISessionStore
{
    private readonly MemorySessionStore _store = new(time);

    /// <summary>Questions for one session wait for it; null: they do not.</summary>
    internal TaskCompletionSource? Held { get; set; }

    internal bool IsAway { get; set; }

    public Task<CreateVerdict> CreateAsync(SessionRecord record, SessionQuota quota, CancellationToken cancellation) => Asked(() => _store.CreateAsync(record, quota, cancellation));

    public async Task<SessionRecord?> FindAsync(SessionId id, CancellationToken cancellation)
    {
        if (Held is { } held)
            await held.Task.WaitAsync(cancellation);
        return await Asked(() => _store.FindAsync(id, cancellation));
    }

    public Task<IReadOnlyList<SessionRecord>> ListAsync(SessionFilter filter, int most, CancellationToken cancellation) => Asked(() => _store.ListAsync(filter, most, cancellation));

    public Task<SessionRecord?> UpdateAsync(SessionRecord record, CancellationToken cancellation) => Asked(() => _store.UpdateAsync(record, cancellation));

    public Task PutResultAsync(SessionId id, SessionResult result, CancellationToken cancellation) => _store.PutResultAsync(id, result, cancellation);

    public Task<SessionResult?> ResultAsync(SessionId id, CancellationToken cancellation) => Asked(() => _store.ResultAsync(id, cancellation));

    public Task<int> ForgetEndedAsync(DateTimeOffset before, int most, CancellationToken cancellation) => Asked(() => _store.ForgetEndedAsync(before, most, cancellation));

    public Task BeatAsync(string host, TimeSpan life, CancellationToken cancellation) => _store.BeatAsync(host, life, cancellation);

    public Task<IReadOnlySet<string>> LivingHostsAsync(CancellationToken cancellation) => Asked(() => _store.LivingHostsAsync(cancellation));

    private Task<T> Asked<T>(Func<Task<T>> ask) => IsAway ? Task.FromException<T>(new SessionStoreException("The store is away.")) : ask();
}
