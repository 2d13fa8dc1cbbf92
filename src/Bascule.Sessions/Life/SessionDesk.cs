using Microsoft.Extensions.Logging;

namespace Bascule.Sessions;

/// <summary>The life of sessions at one gateway, over a store that all gateways share: they are created, found, waited for, deleted and swept here.</summary>
public sealed class SessionDesk : IAsyncDisposable
{
    private readonly SessionPorts _ports;
    private readonly Func<SessionRules> _rules;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SessionWaits _waits;
    private readonly SessionBook _book;
    private readonly NewsInbox _inbox;
    private readonly SessionSweep _sweep;
    private readonly CreationRates _rates;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _starts = [];
    private Task _sweeping = Task.CompletedTask;
    private bool _isClosed;

    /// <param name="ports">The desk does not dispose them.</param>
    /// <param name="rules">Asked anew for each session and each sweep.</param>
    public SessionDesk(SessionPorts ports, Func<SessionRules> rules, TimeProvider time, ILogger<SessionDesk> log)
    {
        (_ports, _rules, _time, _log) = (ports, rules, time, log);
        _waits = new SessionWaits(ports.Store, time);
        _book = new SessionBook(ports, _waits);
        _inbox = new NewsInbox(ports, _book, time, log);
        _sweep = new SessionSweep(ports, _book, rules, time, log);
        _rates = new CreationRates(time);
    }

    /// <summary>Null when sessions can be created; else what is wrong and what to do.</summary>
    public string? Fault => _sweep.StoreFault ?? _ports.Runner.Fault;

    /// <summary>Begins to watch the runner, and to sweep every 30 s.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await _ports.Runner.StartAsync(news => _inbox.Add(SessionStep.Of(news)), cancellation);
        _sweeping = _sweep.RunAsync(_stopping.Token);
    }

    /// <summary>Writes a session down, and lets it start in the background: <see cref="WaitRunningAsync"/> tells how that goes.</summary>
    public async Task<CreateAnswer> CreateAsync(SessionCaller caller, SessionRequest request, CancellationToken cancellation)
    {
        var rules = _rules();
        var (draft, refusal) = SessionPolicy.Decide(rules, caller, request);
        var answer = draft is null ? new CreateAnswer(null, refusal) : await CreateAsync(caller, draft, request, rules, cancellation);
        if (answer.Refusal is { } why)
            _ports.Witness.Refused(caller, request, why);
        return answer;
    }

    /// <returns>Null when there is none, or it was forgotten.</returns>
    /// <exception cref="SessionStoreException"/>
    public Task<SessionRecord?> FindAsync(SessionId id, CancellationToken cancellation) => _ports.Store.FindAsync(id, cancellation);

    /// <inheritdoc cref="ISessionRunner.ViewersOf"/>
    public int? ViewersOf(SessionId id) => _ports.Runner.ViewersOf(id);

    /// <summary>What a caller may see: <see cref="SessionPolicy.Visible"/> gives his filter.</summary>
    /// <exception cref="SessionStoreException"/>
    public Task<IReadOnlyList<SessionRecord>> ListAsync(SessionFilter filter, int most, CancellationToken cancellation) => _ports.Store.ListAsync(filter, most, cancellation);

    /// <summary>Ends a session with all its processes. Whether the caller may is not asked: <see cref="SessionPolicy.MayUse"/>.</summary>
    /// <returns>The record, over now or before; null when there is none.</returns>
    /// <exception cref="SessionStoreException"/>
    public async Task<SessionRecord?> DeleteAsync(SessionId id, SessionCaller by, CancellationToken cancellation)
    {
        var end = new SessionEnd(SessionEndings.Deleted.Label, by.User is { } user ? $"Deleted by {user}." : "Deleted.", _time.GetUtcNow());

        // Both stores and runners answer in bounded time; a client that hangs up must not leave half of it undone.
        cancellation.ThrowIfCancellationRequested();
        return (await _sweep.EndAsync(id, _ => end, by, CancellationToken.None))?.Record;
    }

    /// <summary>What a one-shot command wrote, when it is over.</summary>
    /// <exception cref="SessionStoreException"/>
    public async Task<SessionResult?> ResultAsync(SessionRecord record, CancellationToken cancellation) =>
        record.Tty || record.State != SessionState.Ended ? null
        : await _ports.Store.ResultAsync(record.Id, cancellation) ?? await _ports.Runner.ResultAsync(record, cancellation);

    /// <summary>Waits until a session does not start any more, whichever gateway starts it. The caller bounds the wait.</summary>
    /// <param name="onProgress">Called at once with the record while it starts, and when <see cref="SessionRecord.Progress"/> changes; one call at a time.</param>
    /// <returns>The record, running or over; null when there is none.</returns>
    /// <exception cref="SessionStoreException">The store cannot be asked at the beginning; when it is lost later, the wait goes on.</exception>
    public Task<SessionRecord?> WaitRunningAsync(SessionId id, Func<SessionRecord, Task> onProgress, CancellationToken cancellation) =>
        _waits.WaitAsync(id, onProgress, cancellation);

    /// <summary>Ends what is beyond its limits, and forgets what is old. Any gateway may do it at any time; the desk does it every 30 s by itself.</summary>
    /// <exception cref="SessionStoreException"/>
    public Task SweepAsync(CancellationToken cancellation) => _sweep.SweepAsync(cancellation);

    /// <summary>Sessions go on; what was being started is heard of by who watches next.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] starts;
        lock (_gate)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            starts = [.. _starts];
        }

        await _stopping.CancelAsync();
        await Task.WhenAll([_sweeping, .. starts]);
        await _inbox.DisposeAsync();
        _sweep.Dispose();
        _stopping.Dispose();
    }

    private async Task<CreateAnswer> CreateAsync(SessionCaller caller, SessionDraft draft, SessionRequest request, SessionRules rules, CancellationToken cancellation)
    {
        if (_rates.Take(caller, rules) is { } wait)
            return Refuse(CreateFault.Rate, $"Sessions are created too fast: {rules.CreationBurst} at once, then one every {rules.CreationInterval.TotalSeconds:0.#} s.", wait);
        var order = SessionOrders.Of(draft, request, rules, caller, _ports.KeyOf);
        var record = SessionOrders.RecordOf(order, draft, rules, _time.GetUtcNow());
        try
        {
            // A caller who hangs up now gets his session all the same: else nobody would know whether it was written.
            cancellation.ThrowIfCancellationRequested();
            switch (await _ports.Store.CreateAsync(record, rules.Quota, CancellationToken.None))
            {
                case CreateVerdict.UserFull:
                    return Refuse(CreateFault.UserQuota, $"{rules.Quota.PerUser} sessions of one user may live at once. End one of them first.");
                case CreateVerdict.TenantFull:
                    return Refuse(CreateFault.TenantQuota, $"{rules.Quota.PerTenant} sessions of one tenant may live at once. End some of them first.");
            }
        }
        catch (SessionStoreException e)
        {
            _sweep.StoreIsAway(e);
            return Refuse(CreateFault.StoreUnavailable, "Sessions cannot be written down now. Try again later; sessions that run go on.", SessionSweep.Pause);
        }

        _ports.Witness.Created(record, caller);
        Start(order);
        return new CreateAnswer(record, null);
    }

    private static CreateAnswer Refuse(CreateFault fault, string text, TimeSpan? retryAfter = null) => new(null, new CreateRefusal(fault, text, retryAfter));

    private void Start(SessionOrder order)
    {
        lock (_gate)
        {
            if (_isClosed)
                return;
            Task task = Task.Run(() => StartSessionAsync(order));
            _starts.Add(task);
            _ = task.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private void Forget(Task start)
    {
        lock (_gate)
            _starts.Remove(start);
    }

    private async Task StartSessionAsync(SessionOrder order)
    {
        StartAnswer answer;
        try
        {
            answer = await _ports.Runner.StartSessionAsync(order, _stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Whether it was started shows at the next watch; when it was not, the sweep ends it.
            return;
        }
        catch (Exception e)
        {
            _log.StartBroke(e, order.Id.ToString());
            answer = new StartAnswer(null, new SessionEnd(SessionEndings.StartFailed.Label, "A defect of the gateway: see its log.", _time.GetUtcNow()));
        }

        _inbox.Add(SessionStep.Of(order.Id, answer));
    }
}
