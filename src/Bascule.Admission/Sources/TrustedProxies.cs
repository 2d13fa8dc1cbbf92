using System.Net;
using Bascule.Model;

namespace Bascule.Admission;

/// <summary>The proxies whose word about a client is believed: <c>listen.trustedProxies</c>. Everybody else's is ignored.</summary>
/// <remarks>Why it is read as it is: docs/decisions/trusted-proxies.md.</remarks>
public sealed class TrustedProxies
{
    private const string ForwardedName = "Forwarded";
    private const string ForName = "X-Forwarded-For";

    private readonly IPNetwork[] _networks;

    /// <param name="networks">As <c>10.0.0.0/8</c>, <c>fd00::/8</c> or single addresses.</param>
    /// <exception cref="ArgumentException">One of them is no network; <see cref="IsNetwork"/> tells before.</exception>
    public TrustedProxies(IReadOnlyList<string> networks)
    {
        _networks = new IPNetwork[networks.Count];
        for (var i = 0; i < networks.Count; i++)
        {
            if (!NetworkText.TryNetwork(networks[i], out _networks[i]))
                throw new ArgumentException($"listen.trustedProxies holds \"{networks[i]}\", which is neither an address nor a network such as 10.0.0.0/8.", nameof(networks));
        }
    }

    public static bool IsNetwork(string text) => NetworkText.TryNetwork(text, out _);

    public bool Trusts(IPAddress address)
    {
        var normal = NetworkText.Normal(address);
        foreach (var network in _networks)
        {
            if (network.Contains(normal))
                return true;
        }

        return false;
    }

    /// <summary>The true client, and scheme and host as it used them.</summary>
    /// <param name="peer">The other end of the TCP connection, or whom the PROXY protocol names in its place.</param>
    public ClientSource Resolve(RequestHead head, IPEndPoint? peer)
    {
        var address = peer is null ? null : NetworkText.Normal(peer.Address);
        var forwarded = head.Headers.Joined(ForwardedName);
        var addresses = head.Headers.Joined(ForName);
        if (address is null || !Trusts(address))
            return Direct(head, address, Unbelieved(address, forwarded, addresses));

        var walk = new ClientWalk(this, address, head.Scheme, head.Host);
        if (forwarded is null)
        {
            return walk.WithNames(
                addresses, head.Headers.Joined("X-Forwarded-Proto"), head.Headers.Joined("X-Forwarded-Host"), head.Headers.Joined("X-Forwarded-Port"));
        }

        // A proxy that writes only one of the two lets the other one of a client pass. Which one that is cannot be known, so that neither counts.
        if (addresses is not null && !Agree(forwarded, addresses))
        {
            return Direct(
                head, address, $"Forwarded and X-Forwarded-For from {address} contradict each other, so that neither was believed: let the proxy remove the one that it does not write.");
        }

        return walk.WithForwarded(forwarded);
    }

    private static ClientSource Direct(RequestHead head, IPAddress? address, string? note) => new(address, head.Scheme, WithoutDefaultPort(head), 0, note);

    private static string WithoutDefaultPort(RequestHead head) =>
        HostText.TryRead(head.Host, out var name, out var port) && port == HostText.DefaultPort(head.Scheme) ? name.ToString() : head.Host;

    private static string? Unbelieved(IPAddress? peer, string? forwarded, string? addresses)
    {
        if (forwarded is null && addresses is null)
            return null;
        var field = forwarded is null ? ForName : ForwardedName;
        return $"{field} came from {peer?.ToString() ?? "an unknown address"}, which is not among listen.trustedProxies, so that it was not believed.";
    }

    /// <summary>Whether both name the same client of the nearest proxy.</summary>
    private static bool Agree(string forwarded, string addresses)
    {
        var left = new RightList(forwarded);
        var right = new RightList(addresses);
        return left.TryTake(out var text) && ForwardedElement.TryRead(text, out var element) && right.TryTake(out var node)
            && ForwardedNode.Read(element.For, bareSix: false, out var one) == NodeKind.Address
            && ForwardedNode.Read(node, bareSix: true, out var other) == NodeKind.Address
            && one.Equals(other);
    }
}
