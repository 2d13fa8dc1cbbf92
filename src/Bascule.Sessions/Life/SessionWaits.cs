namespace Bascule.Sessions;

/// <summary>Who waits for a session that starts. Changes of this gateway are heard at once; those of others by asking the store, once a second for all that wait here.</summary>
internal sealed class SessionWaits(ISessionStore store, TimeProvider time)
{
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // Of one question to the store; what is beyond is asked for one by one.
    private const int MostListed = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<SessionId, Watched> _watched = [];
    private Task _round = Task.CompletedTask;
    private long? _roundBegan;

    /// <summary>Waits until the session does not start any more.</summary>
    /// <param name="onProgress">Called at once and with each change while it starts, one call at a time.</param>
    /// <returns>The record, running or over; null when there is none.</returns>
    /// <exception cref="SessionStoreException">The store could not be asked at the beginning. Later on, the wait outlasts that.</exception>
    internal async Task<SessionRecord?> WaitAsync(SessionId id, Func<SessionRecord, Task> onProgress, CancellationToken cancellation)
    {
        var watched = Enter(id);
        try
        {
            if (await store.FindAsync(id, cancellation) is not { } first)
                return null;
            Tell(first);
            SessionRecord? told = null;
            while (true)
            {
                var (latest, isGone, changed) = watched.Look();
                if (isGone)
                    return null;
                if (latest!.State != SessionState.Starting)
                    return latest;
                if (told is null || told.Progress != latest.Progress)
                    await onProgress(latest);
                told = latest;
                await ChangeOrRoundAsync(changed, cancellation);
            }
        }
        finally
        {
            Leave(id, watched);
        }
    }

    internal void Tell(SessionRecord record)
    {
        lock (_gate)
        {
            if (_watched.TryGetValue(record.Id, out var watched))
                watched.Hear(record);
        }
    }

    private Watched Enter(SessionId id)
    {
        lock (_gate)
        {
            if (!_watched.TryGetValue(id, out var watched))
                _watched[id] = watched = new Watched(_gate);
            watched.Waiters++;
            return watched;
        }
    }

    private void Leave(SessionId id, Watched watched)
    {
        lock (_gate)
        {
            if (--watched.Waiters == 0)
                _watched.Remove(id);
        }
    }

    private async Task ChangeOrRoundAsync(Task changed, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var first = await Task.WhenAny(changed, Task.Delay(Pause, time, over.Token));
        await over.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
        if (first != changed)
            await RoundAsync().WaitAsync(cancellation);
    }

    // One round for all: who comes while one is under way takes part, and who comes too early goes without.
    private Task RoundAsync()
    {
        lock (_gate)
        {
            if (!_round.IsCompleted || (_roundBegan is { } began && time.GetElapsedTime(began) < Pause))
                return _round;
            _roundBegan = time.GetTimestamp();
            return _round = AskAsync([.. _watched.Keys]);
        }
    }

    private async Task AskAsync(IReadOnlyList<SessionId> ids)
    {
        try
        {
            var starting = (await store.ListAsync(new SessionFilter(State: SessionState.Starting), MostListed, CancellationToken.None)).ToDictionary(record => record.Id);
            foreach (var id in ids)
            {
                if (starting.GetValueOrDefault(id) is { } still)
                    Tell(still);
                else if (await store.FindAsync(id, CancellationToken.None) is { } changed)
                    Tell(changed);
                else
                    TellGone(id);
            }
        }
        catch (SessionStoreException)
        {
            // The store is away: the sweep says so in the log, and who waits here goes on until his own limit.
        }
    }

    private void TellGone(SessionId id)
    {
        lock (_gate)
        {
            if (_watched.TryGetValue(id, out var watched))
                watched.HearGone();
        }
    }

    private sealed class Watched(Lock gate)
    {
        private SessionRecord? _latest;
        private bool _isGone;
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal int Waiters { get; set; }

        internal void Hear(SessionRecord record)
        {
            if (_latest is not null && record.Version <= _latest.Version)
                return;
            _latest = record;
            Signal();
        }

        internal void HearGone()
        {
            _isGone = true;
            Signal();
        }

        internal (SessionRecord? Latest, bool IsGone, Task Changed) Look()
        {
            lock (gate)
                return (_latest, _isGone, _changed.Task);
        }

        private void Signal()
        {
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
