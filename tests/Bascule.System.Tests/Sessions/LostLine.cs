using System.Net;
using System.Net.Sockets;

namespace Bascule.System.Tests;

/// <summary>A line between a browser and a gateway that is lost as networks are: first nothing arrives, and nobody is told; then all connections are reset.</summary>
internal sealed class LostLine : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _over = new();
    private readonly List<Socket> _open = [];
    private readonly List<Task> _running = [];
    private readonly Uri _gateway;
    private TaskCompletionSource _passes = Done();
    private TaskCompletionSource _silent = New();
    private long _silentAfter = long.MaxValue;
    private long _toClient;

    private LostLine(Uri gateway)
    {
        _gateway = gateway;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _running.Add(AcceptAsync());
    }

    /// <summary>Where the gateway seems to be.</summary>
    internal string Origin => $"http://{_listener.LocalEndPoint}";

    /// <summary>Done when nothing passes any more.</summary>
    internal Task Silent
    {
        get
        {
            lock (_gate)
                return _silent.Task;
        }
    }

    internal static LostLine To(string origin) => new(new Uri(origin));

    /// <summary>After so many more bytes to the client nothing passes any more, in no direction and on no connection.</summary>
    internal void FallSilentAfter(long bytes)
    {
        lock (_gate)
            _silentAfter = _toClient + bytes;
    }

    /// <summary>Resets all connections, with all that was under way on them. New ones pass again.</summary>
    internal void Reset()
    {
        lock (_gate)
        {
            foreach (var socket in _open)
            {
                socket.LingerState = new LingerOption(true, 0);
                socket.Dispose();
            }

            _open.Clear();
            _silentAfter = long.MaxValue;
            _silent = New();
            _passes.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Dispose();
        Reset();
        Task[] running;
        lock (_gate)
            running = [.. _running];
        await Task.WhenAll(running);
        _over.Dispose();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource Done()
    {
        var done = New();
        done.SetResult();
        return done;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync(_over.Token);
                lock (_gate)
                {
                    _open.Add(client);
                    _running.Add(ServeAsync(client));
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
            return;
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var gateway = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await PassesAsync(0);
            await gateway.ConnectAsync(IPAddress.Parse(_gateway.Host), _gateway.Port, _over.Token);
            lock (_gate)
                _open.Add(gateway);
            var (up, down) = (CopyAsync(client, gateway, counts: false), CopyAsync(gateway, client, counts: true));
            await await Task.WhenAny(up, down);
            await Task.WhenAll(up, down);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One end is gone, or both were reset: the other one goes too.
            return;
        }
        finally
        {
            lock (_gate)
            {
                foreach (var socket in new[] { client, gateway })
                {
                    _open.Remove(socket);
                    socket.Dispose();
                }
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to, bool counts)
    {
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await from.ReceiveAsync(buffer, _over.Token)) > 0)
        {
            await PassesAsync(counts ? read : 0);
            await to.SendAsync(buffer.AsMemory(0, read), _over.Token);
        }

        to.Shutdown(SocketShutdown.Send);
    }

    /// <summary>What was read in the silence goes with the reset: its sockets are closed then.</summary>
    private Task PassesAsync(int toClient)
    {
        lock (_gate)
        {
            _toClient += toClient;
            if (_toClient > _silentAfter && _passes.Task.IsCompleted)
            {
                _passes = New();
                _silent.TrySetResult();
            }

            return _passes.Task;
        }
    }
}
