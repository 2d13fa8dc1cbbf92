using System.Net;
using System.Net.Sockets;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>A DNS server of bare sockets that sends what the test says, valid or not.</summary>
internal sealed class RawDnsServer : IAsyncDisposable
{
    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<byte[], IEnumerable<byte[]>> _answers;
    private readonly Task _serving;
    private int _questions;

    /// <param name="answers">The packets for a question, in order; none for silence.</param>
    internal RawDnsServer(Func<byte[], IEnumerable<byte[]>> answers)
    {
        _answers = answers;
        // Some tests answer by TCP at the same place.
        _udp.Bind(OwnAddress.Next());
        EndPoint = (IPEndPoint)_udp.LocalEndPoint!;
        _serving = ServeAsync();
    }

    internal IPEndPoint EndPoint { get; }

    internal int Questions => Volatile.Read(ref _questions);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _udp.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var buffer = new byte[512];
        while (true)
        {
            SocketReceiveFromResult received;
            try
            {
                received = await _udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            Interlocked.Increment(ref _questions);
            foreach (var packet in _answers(buffer[..received.ReceivedBytes]))
                await _udp.SendToAsync(packet, received.RemoteEndPoint);
        }
    }
}
