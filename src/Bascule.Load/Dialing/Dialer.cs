using System.Net;
using System.Net.Sockets;
using Bascule.Protocol;

namespace Bascule.Load;

/// <summary>Dials one handshake and says in one class what went wrong. Any number at once.</summary>
/// <param name="resolve">Asks for the addresses of a name; null asks the system.</param>
public sealed class Dialer(TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null) : IDisposable
{
    private readonly AddressBook _addresses = new(resolve ?? Dns.GetHostAddressesAsync);

    /// <summary>Name, TCP, TLS, upgrade. What the network or the server does wrong is a value.</summary>
    /// <exception cref="ArgumentException">The order has a header that may not be there: <see cref="UpgradeFields.FaultOf"/>.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<DialOutcome> DialAsync(DialOrder order, CancellationToken cancellation)
    {
        var key = AcceptKey.NewKey();
        var request = UpgradeFields.Write(order, key);
        cancellation.ThrowIfCancellationRequested();
        using var watch = new DialWatch(order.Limit, time, cancellation);

        // 1. Name.
        var (addresses, unknown) = await ResolveAsync(order, cancellation);
        if (unknown is not null)
            return new DialOutcome(null, unknown, default, null, null);

        // 2. TCP.
        var start = time.GetTimestamp();
        var (socket, unreached) = await TcpStep.ConnectAsync(addresses!, order, watch);
        cancellation.ThrowIfCancellationRequested();
        if (socket is null)
            return new DialOutcome(null, unreached, default, null, null);

        // 3. TLS and upgrade.
        var handshake = new Handshake(socket, order, watch, time) { Tcp = time.GetElapsedTime(start) };
        var outcome = await handshake.RunAsync(request, key);
        if (outcome.Socket is null)
            cancellation.ThrowIfCancellationRequested();
        return outcome;
    }

    /// <summary>Names are asked for no more.</summary>
    public void Dispose() => _addresses.Dispose();

    private async ValueTask<(HostAddresses? Addresses, LoadFailure? Failure)> ResolveAsync(DialOrder order, CancellationToken cancellation)
    {
        var host = order.Url.IdnHost;
        try
        {
            var asking = _addresses.Of(host);
            return (asking.IsCompleted ? await asking : await asking.WaitAsync(order.Limit, time, cancellation), null);
        }
        catch (SocketException e)
        {
            return (null, new LoadFailure(FailureClasses.Dns, $"{host}: {DialFailures.Words(e)}"));
        }
        catch (TimeoutException)
        {
            return (null, new LoadFailure(FailureClasses.Dns, $"{host}: the resolver did not answer within {order.Limit.TotalSeconds:0.###} s"));
        }
    }
}
