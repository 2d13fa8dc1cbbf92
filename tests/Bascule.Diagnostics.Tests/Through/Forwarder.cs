using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Bascule.Diagnostics.Tests;

/// <summary>Carries bytes between a client and a back end, and may do wrong with them on the way.</summary>
internal sealed class Forwarder : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly ConcurrentBag<Task> _lines = [];
    private readonly Func<IPEndPoint> _backend;
    private readonly Carriage _carriage;
    private readonly Task _accepting;

    /// <param name="backend">Asked for each connection: the port is known when the door is open.</param>
    internal Forwarder(Func<IPEndPoint> backend, Carriage carriage)
    {
        _backend = backend;
        _carriage = carriage;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>False: an end of one side stays unknown to the other.</summary>
    internal bool PassesEnds { get; init; } = true;

    /// <summary>Whether it reads on while nobody takes what it has.</summary>
    internal bool TakesAll { get; init; }

    /// <summary>Whether pings of the back end get their pong here.</summary>
    internal bool AnswersPings { get; init; }

    internal Uri Url => new($"ws://{_listener.LocalEndPoint}/");

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        foreach (var socket in _sockets)
            socket.Dispose();
        await Task.WhenAll(_lines);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var client = await _listener.AcceptAsync();
                _sockets.Add(client);
                _lines.Add(CarryAsync(client));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task CarryAsync(Socket client)
    {
        var backend = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(backend);
        try
        {
            await backend.ConnectAsync(_backend());
        }
        catch (SocketException)
        {
            client.Dispose();
            return;
        }

        client.NoDelay = backend.NoDelay = true;
        await Task.WhenAll(PumpAsync(client, backend, isUp: true), PumpAsync(backend, client, isUp: false));
    }

    /// <summary>An end is passed on as an end, a reset as a reset.</summary>
    private async Task PumpAsync(Socket from, Socket to, bool isUp)
    {
        var waiting = Channel.CreateUnbounded<byte[]>();
        var writing = TakesAll ? WriteAsync(waiting.Reader, to) : Task.CompletedTask;
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is var read and > 0)
            {
                if (AnswersPings && !isUp && buffer[0] == 0x89)
                    await from.SendAsync(RawFrame.Pong(buffer[2..read]).ToBytes(asClient: true));
                foreach (var piece in _carriage(isUp, buffer[..read]))
                {
                    if (TakesAll)
                        await waiting.Writer.WriteAsync(piece);
                    else
                        await to.SendAsync(piece);
                }
            }

            waiting.Writer.Complete();
            await writing;
            if (PassesEnds)
                to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            from.Close(0);
            to.Close(0);
        }
        catch (ObjectDisposedException)
        {
            // The other direction, or the test, ended this line.
        }
    }

    private static async Task WriteAsync(ChannelReader<byte[]> waiting, Socket to)
    {
        await foreach (var piece in waiting.ReadAllAsync())
            await to.SendAsync(piece);
    }
}

/// <summary>What becomes of a piece of bytes; nothing, when the answer is empty.</summary>
/// <param name="isUp">From the client to the back end.</param>
internal delegate IEnumerable<byte[]> Carriage(bool isUp, byte[] piece);
