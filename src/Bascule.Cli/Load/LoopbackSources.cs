using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Bascule.Load;

namespace Bascule.Cli;

/// <summary>Local addresses for runs on loopback that need more ports than one address has. All of 127.0.0.0/8 is this machine.</summary>
public static class LoopbackSources
{
    // Ports that closed connections still hold, and those of other programs.
    private const double UsableShare = 0.9;

    private const int MostSources = 250;

    /// <summary>None when one address is enough, or when the targets are elsewhere.</summary>
    public static IReadOnlyList<string> For(LoadPlan plan)
    {
        var urls = plan.Targets.SelectMany(t => t.Urls).ToArray();
        if (PortRange() is not { } ports || !urls.All(u => IPAddress.TryParse(u.Host, out var ip) && ip.GetAddressBytes() is [127, _, _, _]))
            return [];
        var perDestination = (double)plan.Connections / urls.Select(u => u.Authority).Distinct(StringComparer.Ordinal).Count();
        var needed = (int)Math.Ceiling(perDestination / ((ports.Last - ports.First + 1) * UsableShare));
        return needed <= 1 ? [] : [.. Enumerable.Range(1, Math.Min(needed, MostSources)).Select(i => $"127.0.0.{i}")];
    }

    /// <summary>Whether connections of this machine can come from it.</summary>
    internal static bool IsOurs(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode is not (SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported or SocketError.InvalidArgument);
        }
    }

    /// <summary>The ports that the system gives to outgoing connections of one address; null where it does not tell.</summary>
    public static (int First, int Last)? PortRange()
    {
        const string place = "/proc/sys/net/ipv4/ip_local_port_range";
        if (!File.Exists(place))
            return null;
        var range = File.ReadAllText(place).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        return (range[0], range[1]);
    }
}
