using System.Net.Sockets;

namespace Bascule.Load;

/// <summary>The limit of one handshake: closes the socket when it has passed, or when the caller gives up.</summary>
/// <remarks>One timer and one registration for all steps; a token for each read and write would cost one registration each.</remarks>
internal sealed class DialWatch : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _onCaller;
    private Socket? _socket;
    private bool _isOver;
    private bool _isDone;

    internal DialWatch(TimeSpan limit, TimeProvider time, CancellationToken caller)
    {
        (_limit, _time, _start) = (limit, time, time.GetTimestamp());
        _timer = time.CreateTimer(static watch => ((DialWatch)watch!).End(), this, limit, Timeout.InfiniteTimeSpan);
        _onCaller = caller.UnsafeRegister(static watch => ((DialWatch)watch!).End(), this);
    }

    internal bool IsOver
    {
        get
        {
            lock (_gate)
                return _isOver;
        }
    }

    /// <summary>This socket is closed when it is over: now, if it is over already.</summary>
    internal void Guard(Socket socket)
    {
        lock (_gate)
        {
            _socket = socket;
            if (!_isOver)
                return;
        }

        socket.Dispose();
    }

    /// <summary>What is left to do may take so long, and no longer than the limit allows.</summary>
    internal void Shorten(TimeSpan rest)
    {
        var left = _limit == Timeout.InfiniteTimeSpan ? rest : _limit - _time.GetElapsedTime(_start);
        _timer.Change(left < TimeSpan.Zero ? TimeSpan.Zero : left < rest ? left : rest, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The handshake is done: false when it was over before. After true the socket is left alone.</summary>
    internal bool TryFinish()
    {
        lock (_gate)
        {
            _isDone = !_isOver;
            return _isDone;
        }
    }

    public void Dispose()
    {
        _onCaller.Dispose();
        _timer.Dispose();
    }

    private void End()
    {
        Socket? socket;
        lock (_gate)
        {
            if (_isDone)
                return;
            _isOver = true;
            socket = _socket;
        }

        socket?.Dispose();
    }
}
