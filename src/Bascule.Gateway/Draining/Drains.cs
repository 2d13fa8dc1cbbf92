using System.Globalization;
using Bascule.Backends;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>The drains that run, and the last ones that ran.</summary>
public sealed class Drains(OpenConnections open, PoolTable pools, LiveConfiguration configuration, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Finished ones that can still be looked at.</summary>
    private const int Remembered = 100;

    /// <summary>For a client that was told to come back at once: its way out, and a new handshake.</summary>
    private static readonly TimeSpan WayBack = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly List<(Drain Drain, Task Run)> _all = [];
    private int _number;
    private bool _disposed;

    /// <summary>Newest first.</summary>
    public IReadOnlyList<DrainProgress> All()
    {
        lock (_gate)
            return [.. _all.Select(d => d.Drain.Progress).Reverse()];
    }

    /// <exception cref="ObjectDisposedException">The gateway is gone.</exception>
    public Drain Start(DrainOrder order)
    {
        var comeBack = configuration.Current.Settings.Drain.ComeBackWithin;
        var room = order.RoomIn is { } name && pools.Find(name) is { } pool
            ? new DrainRoom(pool, node => node.Name == order.Selector.Node, comeBack + WayBack, time)
            : null;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var drain = new Drain((++_number).ToString(CultureInfo.InvariantCulture), order, open, room, comeBack, time);
            _all.Add((drain, drain.RunAsync()));
            var over = _all.Count(d => d.Drain.IsOver) - Remembered;
            if (over > 0)
                _all.RemoveAll(d => d.Drain.IsOver && over-- > 0);
            return drain;
        }
    }

    /// <summary>Null when there is none with this id.</summary>
    public Drain? Find(string id)
    {
        lock (_gate)
            return _all.Find(d => d.Drain.Id == id).Drain;
    }

    /// <summary>Whether connections of this pool are being moved for this reason.</summary>
    public bool Running(string pool, EndReason reason)
    {
        lock (_gate)
            return _all.Exists(d => !d.Drain.IsOver && d.Drain.Order.Selector.Pool == pool && d.Drain.Order.Reason == reason);
    }

    /// <summary>What each running drain still waits for, for the metrics.</summary>
    public IEnumerable<DrainReading> Readings()
    {
        lock (_gate)
            return [.. _all.Where(d => !d.Drain.IsOver).Select(d => new DrainReading(KindOf(d.Drain.Order.Selector), d.Drain.Progress.Remaining))];
    }

    /// <summary>Those that still empty the whole gateway.</summary>
    public IReadOnlyList<Drain> OfGateway()
    {
        lock (_gate)
            return [.. _all.Select(d => d.Drain).Where(d => !d.IsOver && d.Order.Selector.IsEverything && d.Order.Reason == EndReasons.Draining)];
    }

    /// <summary>Those that still empty this node.</summary>
    public IReadOnlyList<Drain> Running(string pool, string node)
    {
        lock (_gate)
            return [.. _all.Select(d => d.Drain).Where(d => !d.IsOver && d.Order is { Newcomers: true, Selector: var s } && s.Pool == pool && (s.Node is null || s.Node == node))];
    }

    private static DrainKind KindOf(ConnectionSelector selector) =>
        selector.Node is not null ? DrainKind.Node : selector.Pool is not null ? DrainKind.Pool : selector.Route is not null ? DrainKind.Route : DrainKind.Gateway;

    public async ValueTask DisposeAsync()
    {
        (Drain Drain, Task Run)[] left;
        lock (_gate)
        {
            _disposed = true;
            left = [.. _all];
        }

        foreach (var (drain, _) in left)
            drain.Cancel();
        await Task.WhenAll(left.Select(d => d.Run));
    }
}
