using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Bascule.Sessions;

/// <summary>Ends sessions that are beyond their limits or whose host is gone, and clears up what is over. Every gateway does it; twice is once.</summary>
internal sealed class SessionSweep(SessionPorts ports, SessionBook book, Func<SessionRules> rules, TimeProvider time, ILogger log) : IDisposable
{
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    /// <summary>Three beats may be missed before the store takes a host for silent.</summary>
    internal static readonly TimeSpan BeatLife = 3 * Pause;

    /// <summary>What ended by itself can be attached to for so long, to see its end; then its host forgets it.</summary>
    internal static readonly TimeSpan Linger = TimeSpan.FromMinutes(1);

    // Looked at in one sweep, the oldest first.
    private const int MostListed = 10_000;
    private const int MostForgotten = 1_000;

    // A process that does not want to end takes five seconds.
    private const int MostEndedAtOnce = 16;

    private readonly SemaphoreSlim _turn = new(1, 1);

    // What lived at the end of the last sweep: a store that comes back empty gets back what still runs.
    private Dictionary<SessionId, SessionRecord> _lived = [];

    // Running at this runner and not seen there in the last sweep: in the next one they are over.
    private HashSet<SessionId> _unseen = [];

    // Since when this gateway saw a host silent, with a store that answered all the time.
    private readonly Dictionary<string, DateTimeOffset> _silentSince = new(StringComparer.Ordinal);
    private volatile string? _storeFault;

    /// <summary>What the store said when it was last asked; null when it did as it was told.</summary>
    internal string? StoreFault => _storeFault;

    internal void StoreIsAway(SessionStoreException failure)
    {
        if (Interlocked.Exchange(ref _storeFault, failure.Message) is null)
            log.SessionStoreLost(failure.Message);
    }

    internal async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Pause, time);
        try
        {
            do
                await TrySweepAsync(stopping);
            while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    /// <exception cref="SessionStoreException"/>
    internal async Task SweepAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            if (ports.Runner.LivingHost is { } host)
                await ports.Store.BeatAsync(host, BeatLife, cancellation);
            var living = await LivingAsync(cancellation);
            var ended = await EndOverdueAsync(living, cancellation);
            var orphans = await ports.Runner.SweepAsync(id => IsKnownAsync(id, living, cancellation), cancellation);
            _lived = living.ToDictionary(pair => pair.Key, pair => pair.Value);
            var forgotten = await ports.Store.ForgetEndedAsync(time.GetUtcNow() - rules().KeepEnded, MostForgotten, cancellation);
            if (ended + orphans > 0)
                log.Swept(ended, orphans, forgotten);
            if (Interlocked.Exchange(ref _storeFault, null) is not null)
                log.SessionStoreBack();
        }
        catch (SessionStoreException e)
        {
            // Nobody could beat meanwhile: the silence of hosts counts anew.
            _silentSince.Clear();
            StoreIsAway(e);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends a session in the store, then its processes.</summary>
    /// <param name="end">Gives the ending, or null when the session is to go on after all.</param>
    internal async Task<(SessionRecord Record, bool IsOurs)?> EndAsync(
        SessionId id, Func<SessionRecord, SessionEnd?> end, SessionCaller? by, CancellationToken cancellation)
    {
        var changed = await book.ChangeAsync(
            id,
            record => record.State != SessionState.Ended && end(record) is { } why ? SessionSteps.Ended(record, why) : null,
            by,
            cancellation);
        // Who asks for it again may do so because the first answer did not reach him: its processes may be there still.
        if (changed is { Record: { State: SessionState.Ended } over } && (changed.Value.IsOurs || by is not null) && !await ports.Runner.EndSessionAsync(over, SessionEndings.Of(over.End!.Ending), cancellation))
            log.EndUnconfirmed(id.ToString(), over.End.Ending);
        return changed;
    }

    public void Dispose() => _turn.Dispose();

    private async Task TrySweepAsync(CancellationToken stopping)
    {
        try
        {
            await SweepAsync(stopping);
        }
        catch (SessionStoreException)
        {
            // Said already, once; the next sweep tries again.
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            log.SweepFailed(e, Pause.TotalSeconds);
        }
    }

    private async Task<ConcurrentDictionary<SessionId, SessionRecord>> LivingAsync(CancellationToken cancellation)
    {
        var starting = await ports.Store.ListAsync(new SessionFilter(State: SessionState.Starting, OldestFirst: true), MostListed, cancellation);
        var running = await ports.Store.ListAsync(new SessionFilter(State: SessionState.Running, OldestFirst: true), MostListed, cancellation);
        return new ConcurrentDictionary<SessionId, SessionRecord>(starting.Concat(running).DistinctBy(record => record.Id).ToDictionary(record => record.Id));
    }

    private async Task<int> EndOverdueAsync(ConcurrentDictionary<SessionId, SessionRecord> living, CancellationToken cancellation)
    {
        var limits = rules();
        List<SessionRecord> running = [.. living.Values.Where(record => record.State == SessionState.Running)];
        var lost = LostHosts(await ports.Store.LivingHostsAsync(cancellation), running, limits);
        var gone = await GoneAsync(running, cancellation);
        var ended = 0;
        var together = new ParallelOptions { MaxDegreeOfParallelism = MostEndedAtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(living.Values.Where(record => EndOf(record, limits, lost, gone) is not null), together, async (record, stopping) =>
        {
            if (await EndAsync(record.Id, latest => EndOf(latest, limits, lost, gone), by: null, stopping) is { IsOurs: true })
                Interlocked.Increment(ref ended);
        });
        return ended;
    }

    private SessionEnd? EndOf(SessionRecord record, SessionRules limits, HashSet<string> lost, HashSet<SessionId> gone)
    {
        var now = time.GetUtcNow();
        if (record.State == SessionState.Starting && record.CreatedAt + limits.StartLimit <= now)
        {
            var waited = record.Progress.Length > 0 ? $"The last that was heard: {record.Progress}." : "Nothing was heard of it.";
            return new SessionEnd(SessionEndings.StartTimeout.Label, $"It was not running after {limits.StartLimit.TotalSeconds:0} s. {waited}", now);
        }

        if (record.ExpiresAt <= now)
            return new SessionEnd(SessionEndings.MaximumLife.Label, "It reached its longest life.", now);
        return record.Place is { } place && (lost.Contains(place.Host) || gone.Contains(record.Id))
            ? new SessionEnd(SessionEndings.HostLost.Label, $"Its host {place.Host} is gone.", now)
            : null;
    }

    // The records were read before the runner is asked, and whoever saw the end has the time of one sweep to tell the true reason.
    private async Task<HashSet<SessionId>> GoneAsync(List<SessionRecord> running, CancellationToken cancellation)
    {
        if (await ports.Runner.LivingAsync(cancellation) is not { } living)
            return [];
        var unseen = running.Where(record => record.Place?.Runner == ports.Runner.Name && !living.Contains(record.Id)).Select(record => record.Id).ToHashSet();
        var gone = unseen.Where(_unseen.Contains).ToHashSet();
        _unseen = unseen;
        return gone;
    }

    // Pods are watched by their runner; processes have hosts that beat. A host is lost when its gateway says so, or when nobody heard of it for long.
    private HashSet<string> LostHosts(IReadOnlySet<string> living, List<SessionRecord> running, SessionRules limits)
    {
        var now = time.GetUtcNow();
        var silent = running.Where(record => record.Place is { Runner: ProcessRunner.Kind } place && !living.Contains(place.Host))
            .Select(record => record.Place!.Host).ToHashSet(StringComparer.Ordinal);
        foreach (var host in _silentSince.Keys.Where(host => !silent.Contains(host)).ToList())
            _silentSince.Remove(host);
        foreach (var host in silent)
            _silentSince.TryAdd(host, now);
        var lost = _silentSince.Where(pair => pair.Value + limits.HostSilence - BeatLife <= now).Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal);
        lost.UnionWith(ports.Runner.LostHosts);
        return lost;
    }

    private async Task<bool> IsKnownAsync(SessionId id, ConcurrentDictionary<SessionId, SessionRecord> living, CancellationToken cancellation)
    {
        if (await ports.Store.FindAsync(id, cancellation) is { } record)
            return record.End is not { } end || (SessionEndings.Of(end.Ending).LeavesResult && end.At + Linger > time.GetUtcNow());

        // Nobody forgets what lived a moment ago: the store has lost it.
        if (!_lived.TryGetValue(id, out var lived) || rules().KeepEnded < 2 * Pause)
            return false;
        await ports.Store.CreateAsync(lived, new SessionQuota(int.MaxValue, int.MaxValue), cancellation);
        living[id] = lived;
        log.SessionWrittenAgain(id.ToString());
        return true;
    }
}
