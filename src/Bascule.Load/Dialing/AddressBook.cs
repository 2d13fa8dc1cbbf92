using System.Net;
using System.Net.Sockets;

namespace Bascule.Load;

/// <summary>The addresses of one host, those first that were reached last.</summary>
internal sealed class HostAddresses(IReadOnlyList<IPAddress> all)
{
    private int _first;

    internal int Count => all.Count;

    internal (int Index, IPAddress Address) this[int turn]
    {
        get
        {
            var index = (Volatile.Read(ref _first) + turn) % all.Count;
            return (index, all[index]);
        }
    }

    /// <summary>The next attempts begin there, instead of failing first at an address where nobody listens.</summary>
    internal void Prefer(int index) => Volatile.Write(ref _first, index);
}

/// <summary>Asks for each name once, however many attempts there are. A name without an answer is asked for again by the next attempt.</summary>
internal sealed class AddressBook(Func<string, CancellationToken, Task<IPAddress[]>> resolve) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task<HostAddresses>> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _over = new();

    /// <exception cref="SocketException">The task fails with it: the name has no address.</exception>
    internal Task<HostAddresses> Of(string host)
    {
        lock (_gate)
        {
            if (_hosts.TryGetValue(host, out var known) && known is { IsFaulted: false, IsCanceled: false })
                return known;
            return _hosts[host] = ResolveAsync(host);
        }
    }

    public void Dispose()
    {
        _over.Cancel();
        _over.Dispose();
    }

    private async Task<HostAddresses> ResolveAsync(string host)
    {
        if (IPAddress.TryParse(host, out var literal))
            return new HostAddresses([literal]);
        var addresses = await resolve(host, _over.Token);
        return addresses.Length > 0 ? new HostAddresses(addresses) : throw new SocketException((int)SocketError.NoData);
    }
}
