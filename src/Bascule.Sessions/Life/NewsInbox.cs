using Microsoft.Extensions.Logging;

namespace Bascule.Sessions;

/// <summary>Writes down what is heard of sessions: one step at a time for each session, and again until the store takes it.</summary>
internal sealed class NewsInbox(SessionPorts ports, SessionBook book, TimeProvider time, ILogger log) : IAsyncDisposable
{
    // At work at once; the store has some tens of connections for all of the gateway.
    private const int MostAtWork = 8;

    // Questions for the output of a command that is over, a second between them.
    private const int MostResultTries = 3;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();

    // Bounded by the sessions that runners know of: one entry for each.
    private readonly Dictionary<SessionId, SessionStep> _pending = [];
    private readonly Dictionary<SessionId, Task> _working = [];
    private readonly SemaphoreSlim _turns = new(MostAtWork, MostAtWork);
    private readonly CancellationTokenSource _stopping = new();
    private bool _isClosed;

    /// <summary>Takes a step and returns at once.</summary>
    internal void Add(SessionStep step)
    {
        lock (_gate)
        {
            if (_isClosed)
                return;
            _pending[step.Id] = _pending.TryGetValue(step.Id, out var earlier) ? earlier.With(step) : step;
            if (!_working.ContainsKey(step.Id))
                _working[step.Id] = Task.Run(() => WorkAsync(step.Id));
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task[] working;
        lock (_gate)
        {
            _isClosed = true;
            working = [.. _working.Values];
        }

        await _stopping.CancelAsync();
        await Task.WhenAll(working);
        _stopping.Dispose();
        _turns.Dispose();
    }

    private async Task WorkAsync(SessionId id)
    {
        try
        {
            while (Take(id) is { } step)
                await WriteAsync(step, _stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The gateway stops: whoever watches next hears of it again.
        }
        catch (Exception e)
        {
            log.StepFailed(e, id.ToString());
            lock (_gate)
                _working.Remove(id);
        }
    }

    // The entry goes in the same moment in which nothing is pending: what comes after finds no one at work, and begins anew.
    private SessionStep? Take(SessionId id)
    {
        lock (_gate)
        {
            if (_pending.Remove(id, out var step))
                return step;
            _working.Remove(id);
            return null;
        }
    }

    private async Task WriteAsync(SessionStep step, CancellationToken cancellation)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await _turns.WaitAsync(cancellation);
                try
                {
                    await ApplyAsync(step, cancellation);
                    return;
                }
                finally
                {
                    _turns.Release();
                }
            }
            catch (SessionStoreException e)
            {
                log.StepDelayed(step.Id.ToString(), e.Message, pause.TotalSeconds);
                await Task.Delay(pause, time, cancellation);
            }
        }
    }

    private async Task ApplyAsync(SessionStep step, CancellationToken cancellation)
    {
        if (step.End is { } end && await ports.Store.FindAsync(step.Id, cancellation) is { State: not SessionState.Ended, Tty: false } command)
            await KeepResultAsync(command with { Place = command.Place ?? step.Place }, end, cancellation);
        var fence = 0L;
        var changed = await book.ChangeAsync(
            step.Id,
            record =>
            {
                fence = record.Fence;
                return SessionSteps.Next(record, step, time.GetUtcNow());
            },
            by: null, cancellation);
        if (changed is { IsOurs: true, Record: var written })
        {
            foreach (var writer in step.Writers.Where(w => w.Fence > fence))
                ports.Witness.WriterChanged(written, writer);
        }

        // It was deleted while it was being started: what came to life after that is ended. One that ended there by itself, before its start was answered, is left: its output is kept there.
        if (changed is { Record: { State: SessionState.Ended } over } && !(over.Place is not null && SessionEndings.Of(over.End!.Ending).LeavesResult) && step.End is null && (step.Place ?? step.Planned) is { } place)
            await ports.Runner.EndSessionAsync(over with { Place = place }, SessionEndings.Of(over.End!.Ending), cancellation);
    }

    // Before the end is written: who sees the end finds the result.
    private async Task KeepResultAsync(SessionRecord command, SessionEnd end, CancellationToken cancellation)
    {
        if (!SessionEndings.Of(end.Ending).LeavesResult)
            return;
        for (var tries = 1; tries <= MostResultTries; tries++)
        {
            if (await ports.Runner.ResultAsync(command, cancellation) is { } result)
            {
                await ports.Store.PutResultAsync(command.Id, result, cancellation);
                return;
            }

            if (tries < MostResultTries)
                await Task.Delay(FirstPause, time, cancellation);
        }

        log.ResultLost(command.Id.ToString(), end.Ending);
    }
}
