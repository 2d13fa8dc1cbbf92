using Bascule.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Storage.Tests;

/// <summary>What a gateway makes of a store: counts and a pulse that runs. Disposing stops it cleanly and leaves the store to its owner.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    internal TestGateway(IClusterStore store, string name, TimeProvider? time = null, TimeSpan? every = null)
    {
        Counts = new ClusterCounts(store, time ?? TimeProvider.System, NullLogger<ClusterCounts>.Instance);
        Pulse = new ClusterPulse(
            store, Counts, new PulseTerms(name) { Every = every ?? TimeSpan.FromMilliseconds(50) }, time ?? TimeProvider.System, NullLogger<ClusterPulse>.Instance);
        _running = Task.Run(() => Pulse.RunAsync(_stop.Token));
    }

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
        await StopAsync();
        _stop.Dispose();
    }
}
