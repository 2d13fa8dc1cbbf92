namespace Bascule.Terminal;

/// <summary>The last things that happened at a host, numbered, for gateways that ask what is new.</summary>
internal sealed class ChangeLog(string host, TimeProvider time)
{
    // 500 sessions that come and go, with their viewers, five times over.
    internal const int MostKept = 10_000;

    private readonly Lock _gate = new();
    private readonly Queue<ChangeDocument> _kept = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _last;

    internal long Last
    {
        get
        {
            lock (_gate)
                return _last;
        }
    }

    internal void Add(string kind, string terminal, ExitFrame? exit = null, int? viewers = null, string? recordingDigest = null, WriterDocument? writer = null)
    {
        lock (_gate)
        {
            _kept.Enqueue(new ChangeDocument(++_last, kind, terminal, time.GetUtcNow()) { Exit = exit, Viewers = viewers, RecordingDigest = recordingDigest, Writer = writer });
            if (_kept.Count > MostKept)
                _kept.Dequeue();
        }

        Wake();
    }

    /// <summary>What came after a number: at once when there is something, else when there is, or after <paramref name="wait"/> with nothing.</summary>
    internal async Task<ChangesDocument> ReadAsync(long after, TimeSpan wait, CancellationToken cancellation)
    {
        Task next;
        lock (_gate)
        {
            if (Find(after) is { } found)
                return found;
            next = _next.Task;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pause = Task.Delay(wait, time, over.Token);
        await Task.WhenAny(next, pause);
        await over.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
            return Find(after) ?? new ChangesDocument(host, _last, false, []);
    }

    /// <summary>Answers every waiting reader now.</summary>
    internal void Wake()
    {
        TaskCompletionSource told;
        lock (_gate)
        {
            told = _next;
            _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        told.SetResult();
    }

    private ChangesDocument? Find(long after)
    {
        var first = _last - _kept.Count + 1;
        if (after > _last || after < first - 1)
            return new ChangesDocument(host, _last, true, []);
        return after == _last ? null : new ChangesDocument(host, _last, false, [.. _kept.Skip((int)(after - first + 1))]);
    }
}
