using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Bascule.Diagnostics;

/// <summary>A connection to each address, all at the same time; one step for each.</summary>
internal static class TcpStep
{
    // Somebody with dozens of addresses is not to be connected to dozens of times.
    private const int MostAddresses = 8;

    private static readonly string[] PrivateNames = [".local", ".internal", ".localhost", ".test", ".lan", ".home.arpa", ".svc"];

    /// <returns>The addresses that took a connection, in the order of the name service.</returns>
    internal static async Task<IReadOnlyList<IPEndPoint>> TakeAsync(Ladder ladder, ProbeTarget target, ProbeOptions options, IReadOnlyList<IPAddress> addresses, CancellationToken interruption)
    {
        var plain = target with { Url = new UriBuilder(target.Url) { Scheme = "ws", Port = target.Url.Port }.Uri };
        var tries = await Task.WhenAll(addresses.Take(MostAddresses).Select(async address =>
        {
            var door = new ProbeDoor(plain, options.Clock, new IPEndPoint(address, target.Url.Port));
            var opening = await door.OpenAsync(interruption);
            if (opening.Peer is { } peer)
                await peer.DisposeAsync();
            return (door.Place, Opening: opening);
        }));
        var reached = tries.Where(t => t.Opening.Fault == DoorFault.None).Select(t => t.Place).ToList();
        var evidence = string.Join("; ", tries.Select(t => $"{t.Place}: {Words(t.Opening)}"));
        var isTold = false;
        foreach (var (place, opening) in tries)
        {
            var verdict = opening.Fault switch
            {
                DoorFault.None => ConnectTimes.Judge($"{place}", [opening.Connected]),
                // An address of a family that this machine does not have says nothing about the server.
                DoorFault.NoFamily when reached.Count > 0 => null,
                _ when isTold => null,
                _ when reached.Count == 0 => Unreached(target, tries[0].Place, tries[0].Opening, addresses, evidence),
                _ => addresses.All(IPAddress.IsLoopback) ? null : Partly(place, opening, reached, evidence),
            };
            isTold |= opening.Fault != DoorFault.None && verdict is not null;
            var result = (opening.Fault, verdict, reached.Count) switch
            {
                (DoorFault.None, null, _) => StepResult.Ok,
                (DoorFault.None, _, _) => StepResult.Warn,
                (_, _, 0) => StepResult.Fail,
                (DoorFault.NoFamily, _, _) => StepResult.Skipped,
                _ => addresses.All(IPAddress.IsLoopback) ? StepResult.Ok : StepResult.Warn,
            };
            ladder.Add("tcp", result, opening.Took, $"{place}: {Words(opening)}", verdict);
        }

        return reached;
    }

    private static string Words(DoorOpening opening) => opening.Fault switch
    {
        DoorFault.None => string.Create(CultureInfo.InvariantCulture, $"{opening.Took.TotalMilliseconds:0.#} ms"),
        DoorFault.NoFamily => "this machine has no way to that family of addresses",
        _ => opening.Why,
    };

    private static Verdict Unreached(ProbeTarget target, IPEndPoint place, DoorOpening opening, IReadOnlyList<IPAddress> addresses, string evidence)
    {
        if (addresses.All(IsPrivate) && IsPublicName(target.Url.IdnHost) && opening.Fault != DoorFault.Refused)
            return Findings.Of("PROBE-DNS-PRIVATE", Severity.Error, $"{target.Url.IdnHost} points to {addresses[0]}, a private address that cannot be reached from here.", evidence,
                "Addresses of private networks exist only inside them.", $"{Findings.HiddenFault} Inside the network it works.", "Point the name to a public balancer, or probe from inside the network.");
        return opening.Fault == DoorFault.Refused
            ? Findings.Of("PROBE-TCP-REFUSED", Severity.Error, $"Nothing listens on {place}.", evidence, "The machine answers that nobody has this port.", $"{Findings.HiddenFault} It comes at once.",
                "Start the server; correct the port or the mapping of ports. A server that listens on 127.0.0.1 only is not seen from outside.")
            : Findings.Of("PROBE-TCP-SILENT", Severity.Error, $"{place} does not answer: {opening.Why}.", evidence, "Packets are dropped: a firewall or security group, a wrong address, a machine that is off, or a listener whose queue is full.",
                $"{Findings.HiddenFault} It comes after a long wait.", "Open the port in the firewall or security group; check the address.");
    }

    private static Verdict Partly(IPEndPoint place, DoorOpening opening, List<IPEndPoint> reached, string evidence) =>
        place.AddressFamily == AddressFamily.InterNetworkV6 && reached.All(r => r.AddressFamily == AddressFamily.InterNetwork)
            ? Findings.Of("PROBE-DNS-V6-BROKEN", Severity.Warning, $"IPv6 is broken: {place} fails ({opening.Why}), IPv4 works.", evidence, "The name has an AAAA record, so clients with IPv6 try it first.",
                "Only some clients fail, or every connection begins with a pause.", "Let the server listen on IPv6, or remove the AAAA record.")
            : Findings.Of("PROBE-TCP-PARTLY", Severity.Warning, $"One of the addresses fails: {place} ({opening.Why}).", evidence, "Clients take one of the addresses of a name, not all of them.",
                "A share of all connections fails, always the same share.", "Bring the address back, or take it out of the name service.");

    /// <summary>RFC 1918, RFC 6598, loopback and unique local addresses.</summary>
    private static bool IsPrivate(IPAddress address)
    {
        if (IPAddress.IsLoopback(address) || address.IsIPv6UniqueLocal || address.IsIPv6LinkLocal)
            return true;
        var bytes = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        return bytes.Length == 4 && (bytes[0] == 10 || (bytes[0] == 172 && bytes[1] is >= 16 and < 32) || (bytes[0] == 192 && bytes[1] == 168) || (bytes[0] == 100 && bytes[1] is >= 64 and < 128));
    }

    private static bool IsPublicName(string host) =>
        host.Contains('.') && !IPAddress.TryParse(host, out _) && !PrivateNames.Any(end => host.EndsWith(end, StringComparison.OrdinalIgnoreCase));
}
