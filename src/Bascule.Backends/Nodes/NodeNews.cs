using System.Collections.Concurrent;

namespace Bascule.Backends;

/// <summary>Changes of nodes: noted inside the lock of the pool, told outside of it, in the order in which they happened.</summary>
internal sealed class NodeNews
{
    private readonly ConcurrentQueue<NodeChange> _untold = new();
    private int _telling;

    internal void Note(NodeChange change) => _untold.Enqueue(change);

    /// <summary>Tells what was noted. One thread at a time tells, so that none overtakes; another that comes meanwhile leaves its own to that one.</summary>
    internal void Tell(Action<NodeChange>? listener)
    {
        while (!_untold.IsEmpty && Interlocked.Exchange(ref _telling, 1) == 0)
        {
            try
            {
                while (_untold.TryDequeue(out var change))
                    listener?.Invoke(change);
            }
            finally
            {
                Volatile.Write(ref _telling, 0);
            }
        }
    }
}
