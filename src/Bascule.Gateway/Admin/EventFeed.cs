using System.Threading.Channels;

namespace Bascule.Gateway;

/// <summary>Tells what happens, as it happens, to whoever listens. A listener that is too slow misses events, and is told how many.</summary>
public sealed class EventFeed
{
    /// <summary>Events that wait for one listener.</summary>
    private const int Waiting = 1000;

    /// <summary>Each holds a connection of the admin listener.</summary>
    private const int MostListeners = 50;

    private readonly Lock _gate = new();
    private Listener[] _listeners = [];

    /// <summary>Whether anybody listens: without, no event need be made.</summary>
    public bool HasListeners => Volatile.Read(ref _listeners).Length > 0;

    /// <param name="json">One line.</param>
    public void Tell(string name, string json)
    {
        foreach (var listener in Volatile.Read(ref _listeners))
            listener.Offer(name, json);
    }

    /// <returns>Null when too many listen already.</returns>
    internal Listener? Join()
    {
        lock (_gate)
        {
            if (_listeners.Length >= MostListeners)
                return null;
            var listener = new Listener(this);
            _listeners = [.. _listeners, listener];
            return listener;
        }
    }

    private void Leave(Listener listener)
    {
        lock (_gate)
            _listeners = [.. _listeners.Where(l => l != listener)];
    }

    internal sealed class Listener(EventFeed feed) : IDisposable
    {
        private readonly Channel<(string Name, string Json)> _events = Channel.CreateBounded<(string, string)>(Waiting);
        private int _missed;

        public void Dispose() => feed.Leave(this);

        internal void Offer(string name, string json)
        {
            if (!_events.Writer.TryWrite((name, json)))
                Interlocked.Increment(ref _missed);
        }

        internal async ValueTask<(string Name, string Json)> NextAsync(CancellationToken cancellation)
        {
            var missed = Interlocked.Exchange(ref _missed, 0);
            return missed > 0 ? ("missed", $"{{\"count\":{missed}}}") : await _events.Reader.ReadAsync(cancellation);
        }
    }
}
