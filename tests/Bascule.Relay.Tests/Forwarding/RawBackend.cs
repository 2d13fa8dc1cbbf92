using System.Net;
using System.Net.Sockets;

namespace Bascule.Relay.Tests;

/// <summary>A back end that says exactly what a test wants, right or wrong. Each connection is served by the same script and closed at its end.</summary>
internal sealed class RawBackend : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Task> _served = [];
    private readonly List<Socket> _sockets = [];
    private readonly CancellationTokenSource _over = new();
    private readonly Task _accepting;

    /// <param name="serve">Gets the connection and its number, from 1.</param>
    public RawBackend(Func<RawConnection, int, Task> serve)
    {
        _listener.Start();
        _accepting = AcceptAsync(serve);
    }

    public RawBackend(Func<RawConnection, Task> serve)
        : this((connection, _) => serve(connection))
    {
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public int Connections => _sockets.Count;

    /// <summary>Reads one request head, then answers.</summary>
    public static RawBackend Answering(string answer) => new(async connection =>
    {
        await connection.ReadHeadAsync();
        await connection.SendAsync(answer);
    });

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _accepting;
        _listener.Stop();
        _over.Dispose();
        foreach (var socket in _sockets)
            socket.Dispose();
        // A script that was cut off in the middle has failed for that reason alone.
        await Task.WhenAll(_served).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    private async Task AcceptAsync(Func<RawConnection, int, Task> serve)
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_over.Token);
                socket.NoDelay = true;
                _sockets.Add(socket);
                _served.Add(ServeAsync(serve, new RawConnection(socket), _sockets.Count));
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private static async Task ServeAsync(Func<RawConnection, int, Task> serve, RawConnection connection, int number)
    {
        using (connection)
            await serve(connection, number);
    }
}
