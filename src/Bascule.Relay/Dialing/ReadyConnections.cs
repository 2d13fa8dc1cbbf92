using System.Collections.Concurrent;
using Bascule.Model;

namespace Bascule.Relay;

/// <summary>What there is of a node's ready connections.</summary>
/// <param name="Ready">Open and waiting now.</param>
/// <param name="Hits">Dials that found one.</param>
/// <param name="Misses">Dials that found none, although some were wanted.</param>
/// <param name="Failure">Why the last one could not be opened; null when it could.</param>
public readonly record struct ReadyCounts(NodeAddress Node, int Wanted, int Ready, long Hits, long Misses, Ending? Failure);

/// <summary>Keeps connections to nodes open ahead, TLS included, so that a client does not wait for a handshake with the back end (case E6).</summary>
/// <remarks>Each is watched: one that its node closed is never handed out. What goes wrong here is no failure of the node; <see cref="Counts"/> shows it.</remarks>
public sealed class ReadyConnections : IAsyncDisposable
{
    /// <summary>How often the old ones are replaced, and the back-off of nodes that fail is looked at.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<NodeAddress, ReadyNode> _nodes = new();
    private readonly List<Task> _leaving = [];
    private readonly NodeConnector _connector;
    private readonly TimeSpan _connectLimit;
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;
    private bool _disposed;

    /// <param name="connectLimit">Name, TCP and TLS of one connection, as <see cref="DialLimits.Connect"/>.</param>
    public ReadyConnections(NodeConnector connector, TimeSpan connectLimit, TimeProvider time)
    {
        _connector = connector;
        _connectLimit = connectLimit;
        _time = time;
        _sweep = time.CreateTimer(static state => ((ReadyConnections)state!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>From now on so many are kept for the node; 0: none, and those that wait are closed. May be called again at any time.</summary>
    public void SetWanted(NodeAddress node, int count)
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            if (count > 0)
                _nodes.GetOrAdd(node, static (address, own) => new ReadyNode(own._connector, address, own._connectLimit, own._time), this).Want(count);
            else if (_nodes.TryRemove(node, out var unwanted))
                _leaving.Add(unwanted.DisposeAsync().AsTask());
            _leaving.RemoveAll(static task => task.IsCompletedSuccessfully);
            var pause = _nodes.IsEmpty ? Timeout.InfiniteTimeSpan : Tick;
            _sweep.Change(pause, pause);
        }
    }

    /// <summary>One row for each node of which some are wanted.</summary>
    public IReadOnlyList<ReadyCounts> Counts() => [.. _nodes.Values.Select(static node => node.Counts)];

    public async ValueTask DisposeAsync()
    {
        Task[] leaving;
        lock (_gate)
        {
            _disposed = true;
            leaving = [.. _leaving, .. _nodes.Values.Select(static node => node.DisposeAsync().AsTask())];
            _nodes.Clear();
        }

        await _sweep.DisposeAsync();
        await Task.WhenAll(leaving);
    }

    /// <summary>A connection that is open as far as can be known, or null. It is the caller's from now on.</summary>
    internal NodeConnection? Take(NodeAddress node) => _nodes.TryGetValue(node, out var ready) ? ready.Take() : null;

    private void Sweep()
    {
        foreach (var node in _nodes.Values)
            node.Sweep();
    }
}
