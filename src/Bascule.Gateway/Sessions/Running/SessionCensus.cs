using Bascule.Sessions;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Looks at the sessions now and then: how many there are, and whether the way to where they run is open (case A9).</summary>
internal sealed class SessionCensus(SessionDesk desk, HostQuestions hosts, ILogger log, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    /// <summary>Above it the count is not exact; a gauge needs no more.</summary>
    private const int MostCounted = 10_000;

    /// <summary>Hosts that are asked in one round: those of the youngest sessions, which are the likeliest to be attached to.</summary>
    private const int MostAsked = 5;

    private readonly CancellationTokenSource _over = new();
    private Task _running = Task.CompletedTask;
    private volatile IReadOnlyList<SessionReading> _readings = [new("starting", 0), new("running", 0)];
    private volatile string? _fault;

    /// <summary>As of the last round.</summary>
    internal IReadOnlyList<SessionReading> Readings => _readings;

    /// <summary>A place where sessions run that cannot be reached from here; null when all that were asked answered.</summary>
    internal string? Fault => _fault;

    internal void Start() => _running = RunAsync();

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _running;
        _over.Dispose();
    }

    /// <summary>One look.</summary>
    internal async Task LookAsync(CancellationToken cancellation)
    {
        try
        {
            var starting = await desk.ListAsync(new SessionFilter(State: SessionState.Starting), MostCounted, cancellation);
            var running = await desk.ListAsync(new SessionFilter(State: SessionState.Running), MostCounted, cancellation);
            _readings = [new("starting", starting.Count), new("running", running.Count)];
            await AskHostsAsync(running, cancellation);
        }
        catch (SessionStoreException)
        {
            // The desk tells it, and the counts stay what they were.
            return;
        }
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            do
                await LookAsync(_over.Token);
            while (await timer.WaitForNextTickAsync(_over.Token));
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            // The gateway stops.
            return;
        }
    }

    private async Task AskHostsAsync(IReadOnlyList<SessionRecord> running, CancellationToken cancellation)
    {
        // Pods without an agent are reached through the API server, which the runner watches.
        var places = running.Where(r => !LegacyServer.Serves(r)).Select(r => r.Place).Where(p => p?.Url is not null).DistinctBy(p => p!.Url).Take(MostAsked).ToList();
        var faults = await Task.WhenAll(places.Select(async p => (Place: p!, Fault: await hosts.FaultOfAsync(p!.Url!, cancellation))));
        var fault = faults.FirstOrDefault(f => f.Fault is not null) is { Fault: { } why } first ? $"{first.Place.Host} at {first.Place.Url!.Authority} cannot be reached: {why}" : null;
        if (fault is not null && _fault is null)
            log.HostUnreachable(fault);
        else if (fault is null && _fault is not null)
            log.HostsReachable();
        _fault = fault;
    }
}
