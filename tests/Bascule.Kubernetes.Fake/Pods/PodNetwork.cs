using System.Net;
using System.Net.Sockets;

namespace Bascule.Kubernetes.Fake;

/// <summary>The network 127.N of one cluster: pods of all clusters listen on the same port, on this machine.</summary>
internal sealed class PodNetwork : IDisposable
{
    private const int Networks = 254;
    private const int PodsPerRow = 250;

    // Any: it is the same for all clusters.
    private const int ClaimPort = 8686;

    // Held for as long as the cluster lives, at an address that no pod gets: so other clusters, of other processes too, take another network.
    private readonly Socket _claim;
    private readonly int _number;
    private int _pods;

    private PodNetwork(int number, Socket claim) => (_number, _claim) = (number, claim);

    public void Dispose() => _claim.Dispose();

    internal static PodNetwork Take()
    {
        var first = Random.Shared.Next(Networks);
        for (var i = 0; i < Networks; i++)
        {
            var number = ((first + i) % Networks) + 1;
            var claim = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ExclusiveAddressUse = true };
            try
            {
                claim.Bind(new IPEndPoint(IPAddress.Parse($"127.{number}.255.254"), ClaimPort));
                claim.Listen();
                return new PodNetwork(number, claim);
            }
            catch (SocketException fault) when (fault.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                claim.Dispose();
            }
        }

        throw new InvalidOperationException($"All {Networks} networks of pods are taken.");
    }

    internal string NextAddress()
    {
        var number = Interlocked.Increment(ref _pods);
        return $"127.{_number}.{number / PodsPerRow}.{(number % PodsPerRow) + 1}";
    }
}
