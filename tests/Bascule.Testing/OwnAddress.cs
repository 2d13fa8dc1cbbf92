using System.Net;
using System.Net.Sockets;

namespace Bascule.Testing;

/// <summary>Addresses for programs that must be told where to listen, or where nobody listens: nobody else comes to have them meanwhile.</summary>
/// <remarks>A port that was free a moment ago is no such address: the system may give it to the next connection or listener of any test.</remarks>
public static class OwnAddress
{
    // 127.64.0.0/10: all of 127.0.0.0/8 is this machine, and programs and tests that take what they get are at its beginning.
    private const int FirstOctet = 64;
    private const int LastOctet = 127;

    private const int FirstPort = 10_000;

    // Where the system does not tell which ports it gives away by itself, those of Linux are above this.
    private const int LastPort = 32_000;

    private const int MostTries = 100;

    /// <summary>A port on a loopback address of its own, for TCP and UDP.</summary>
    public static IPEndPoint Next() => Find(() => new IPAddress([127, (byte)Random.Shared.Next(FirstOctet, LastOctet + 1), (byte)Random.Shared.Next(256), (byte)Random.Shared.Next(1, 255)]));

    /// <summary>A port of 127.0.0.1, for programs that listen nowhere else. Another process may have the same one in mind: who starts the program tries again when it is taken.</summary>
    public static int NextPort() => Find(() => IPAddress.Loopback).Port;

    private static IPEndPoint Find(Func<IPAddress> address)
    {
        for (var tries = 1; ; tries++)
        {
            var place = new IPEndPoint(address(), Random.Shared.Next(FirstPort, EndOfPorts()));
            if (IsFree(place, SocketType.Stream, ProtocolType.Tcp) && IsFree(place, SocketType.Dgram, ProtocolType.Udp))
                return place;
            if (tries == MostTries)
                throw new InvalidOperationException($"{MostTries} addresses were taken, the last one is {place}.");
        }
    }

    /// <summary>Below the ports that the system gives to outgoing connections and to those who ask for any.</summary>
    private static int EndOfPorts()
    {
        const string place = "/proc/sys/net/ipv4/ip_local_port_range";
        var first = File.Exists(place) ? int.Parse(File.ReadAllText(place).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[0]) : LastPort;
        return first > FirstPort ? Math.Min(first, LastPort) : LastPort;
    }

    private static bool IsFree(IPEndPoint place, SocketType type, ProtocolType protocol)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        try
        {
            socket.Bind(place);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
