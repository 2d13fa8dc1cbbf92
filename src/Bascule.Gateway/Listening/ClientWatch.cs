using System.Net.Sockets;

namespace Bascule.Gateway;

/// <summary>Looks once a second at all clients on sockets of ours that have no connection yet: who says nothing for too long, and who leaves while it waits for its answer.</summary>
/// <remarks>A timer and a pending read for each would be quicker to notice, but ending such a read throws, in every handshake.</remarks>
internal sealed class ClientWatch : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _quietLimit;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<Socket, long> _quiet = [];
    private readonly Dictionary<Socket, CancellationTokenSource> _waiting = [];
    private readonly ITimer _timer;

    /// <param name="quietLimit">A connection that says nothing for so long is closed.</param>
    internal ClientWatch(TimeSpan quietLimit, TimeProvider time)
    {
        _quietLimit = quietLimit;
        _time = time;
        _timer = time.CreateTimer(static watch => ((ClientWatch)watch!).Look(), this, Period, Period);
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>It has said nothing yet.</summary>
    internal void Quiet(Socket socket)
    {
        lock (_gate)
            _quiet.Add(socket, _time.GetTimestamp());
    }

    /// <summary>It has asked, and waits for its answer.</summary>
    /// <returns>Fires when it has left.</returns>
    internal CancellationToken Asked(Socket socket)
    {
        var gone = new CancellationTokenSource();
        lock (_gate)
            _waiting.Add(socket, gone);
        return gone.Token;
    }

    /// <summary>It has spoken, or is answered: nothing more is done to it from here.</summary>
    internal void Remove(Socket socket)
    {
        lock (_gate)
        {
            _quiet.Remove(socket);
            _waiting.Remove(socket);
        }
    }

    private void Look()
    {
        List<CancellationTokenSource> left = [];
        lock (_gate)
        {
            foreach (var (socket, since) in _quiet)
            {
                // Its reader sees an end, and takes it out.
                if (_time.GetElapsedTime(since) >= _quietLimit)
                    socket.Dispose();
            }

            foreach (var (socket, gone) in _waiting)
            {
                if (HasLeft(socket))
                    left.Add(gone);
            }
        }

        foreach (var gone in left)
            gone.Cancel();
    }

    /// <summary>Readable without bytes is the end of a connection; bytes that came early are left where they are.</summary>
    private static bool HasLeft(Socket socket)
    {
        try
        {
            return socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // A reset, or cut by the stop of the gateway.
            return true;
        }
    }
}
