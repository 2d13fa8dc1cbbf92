using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Bascule.Cluster;

/// <summary>Holds the <see cref="ClusterState"/> and logs each change once. <see cref="ClusterCounts"/> calls it inside its lock; anyone may read.</summary>
internal sealed class StateBoard
{
    private readonly string? _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private volatile ClusterState _state;

    // Lost is also the state before the first try; that one is not worth a line.
    private bool _isLostLogged;

    internal StateBoard(string? store, TimeProvider time, ILogger logger)
    {
        (_store, _time, _logger) = (store, time, logger);
        _state = store is null
            ? new ClusterState(ClusterMode.Alone, time.GetUtcNow(), "no storage: this gateway counts for itself")
            : MakeLost("it has not been reached yet");
    }

    internal ClusterState State => _state;

    internal void Connected()
    {
        var now = _time.GetUtcNow();
        _logger.ClusterConnected(_store!, (now - _state.Since).TotalSeconds);
        _state = new ClusterState(ClusterMode.Connected, now, $"connected to {_store}");
        _isLostLogged = false;
    }

    internal void Lost(string why)
    {
        if (_isLostLogged)
            return;
        _isLostLogged = true;
        _logger.ClusterLost(_store!, why);
        _state = MakeLost(why);
    }

    private ClusterState MakeLost(string why)
    {
        var now = _time.GetUtcNow();
        var since = now.ToString("u", CultureInfo.InvariantCulture);
        return new ClusterState(ClusterMode.Lost, now, $"{_store} is lost since {since}: {why.TrimEnd('.')}; this gateway serves on by its own counts", why);
    }
}
