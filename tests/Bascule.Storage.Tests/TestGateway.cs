using Bascule.Cluster;

namespace Bascule.Storage.Tests;

/// <summary>What a gateway makes of a store: counts and a pulse that runs. Disposing stops it cleanly and leaves the store to its owner.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly IClusterStore _store;
    private readonly Task _running;

    internal TestGateway(IClusterStore store, string name, TimeProvider? time = null, Action<ClusterPulse>? before = null, TimeSpan? claimLimit = null)
    {
        _store = store;
        Counts = new ClusterCounts(store, time ?? TimeProvider.System, Log.For<ClusterCounts>()) { ClaimLimit = claimLimit ?? (time is null ? Patient : TimeSpan.FromMilliseconds(300)) };
        Pulse = new ClusterPulse(store, Counts, new PulseTerms(name) { Every = Every }, time ?? TimeProvider.System, Log.For<ClusterPulse>());
        before?.Invoke(Pulse);
        _running = Task.Run(() => Pulse.RunAsync(_stop.Token));
    }

    // On the clock of the system an engine takes the time that a busy machine gives it, and limits are to be exact all the same.
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(20);

    /// <summary>Time between two pulses.</summary>
    internal static TimeSpan Every { get; } = TimeSpan.FromMilliseconds(50);

    internal LogLines Log { get; } = new();

    internal ClusterCounts Counts { get; }

    internal ClusterPulse Pulse { get; }

    internal bool IsConnected => Counts.State.Mode == ClusterMode.Connected;

    /// <summary>Tries so many times, one after the other; the leases that it got.</summary>
    internal async Task<List<CountLease>> TakeAsync(int times, params CountClaim[] claims)
    {
        List<CountLease> leases = [];
        for (var i = 0; i < times; i++)
        {
            if ((await Counts.TakeAsync(claims, CancellationToken.None)).Lease is { } lease)
                leases.Add(lease);
        }

        return leases;
    }

    internal async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        // Whatever a test left stuck ends here, because the stop waits for it.
        (_store as UnreliableStore)?.Heal();
        await StopAsync();
        _stop.Dispose();
    }
}
