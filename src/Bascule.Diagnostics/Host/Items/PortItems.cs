using System.Globalization;
using System.Net;

namespace Bascule.Diagnostics;

/// <summary>Local ports: each connection to one address and port of a back end needs another one.</summary>
internal static class PortItems
{
    private const double Full = 0.95;
    private const double NearlyFull = 0.8;
    private const double Half = 0.5;

    internal static HostItem Ports(HostTree tree, HostCheckOptions options)
    {
        const string id = "ports";
        if (tree.Numbers("proc/sys/net/ipv4/ip_local_port_range") is not [var first, var last] || last < first)
            return HostItem.Skip(id, "net.ipv4.ip_local_port_range cannot be read here");
        var range = last - first + 1 - Reserved(tree, first, last);
        var targets = Math.Max(1, options.BackEnds);
        var allowed = range * targets;
        var fullest = Targets(tree, first, last).OrderByDescending(t => t.Value).FirstOrDefault();
        var busiest = fullest.Key is null ? "none in use" : $"most in use: {HostItem.Count(fullest.Value)} to {Shown(fullest.Key)}";
        var seen = $"{HostItem.Count(range)} local ports ({first}-{last}) for each address and port of a back end, times {targets}; {busiest}";
        const string why = "Two connections to the same address and port need two local ports.";
        const string symptom = "Clients are refused although the back end is well: \"cannot assign requested address\" (EADDRNOTAVAIL) in the log, 502 or 503.";
        const string fix = "sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\", and the same line in /etc/sysctl.d/90-bascule.conf; keep ports of your own servers out with net.ipv4.ip_local_reserved_ports. Or more addresses or ports of back ends, or HTTP/2 to them (pools.NAME.protocol).";
        Verdict? verdict = null;
        if (fullest.Value >= NearlyFull * range)
            verdict = Findings.Measured("HOST-PORTS", fullest.Value >= Full * range ? Severity.Error : Severity.Warning, $"{HostItem.Percent((double)fullest.Value / range)} of the local ports to {Shown(fullest.Key!)} are in use.", seen, why, symptom, fix, "host-ephemeral-28232");
        else if (allowed < options.Sockets)
            verdict = Findings.Measured("HOST-PORTS", Severity.Warning, $"Local ports allow {HostItem.Count(allowed)} connections to back ends; {HostItem.Count(options.Sockets)} are expected.", seen, why, symptom, fix, "host-ephemeral-28232");
        return HostItem.Of(id, targets == 1 ? "local ports to one back end" : $"local ports to {targets} back ends", seen, verdict, allowed);
    }

    internal static HostItem TimeWait(HostTree tree)
    {
        const string id = "time-wait";
        if (tree.Within("proc/net/sockstat", "TCP", "tw") is not { } waiting)
            return HostItem.Skip(id, "/proc/net/sockstat does not count sockets in TIME_WAIT");
        var most = tree.Number("proc/sys/net/ipv4/tcp_max_tw_buckets");
        var range = tree.Numbers("proc/sys/net/ipv4/ip_local_port_range") is [var first, var last] ? last - first + 1 : 0;
        var seen = $"{HostItem.Count(waiting)} sockets in TIME_WAIT{(most is { } m ? $", {HostItem.Count(m)} at most" : "")}: no limit of open connections";
        var isMany = (most is { } bound && waiting >= NearlyFull * bound) || (range > 0 && waiting >= Half * range);
        return HostItem.Of(id, "TIME_WAIT", seen, !isMany ? null : Findings.Measured(
            "HOST-TIME-WAIT", Severity.Warning, $"{HostItem.Count(waiting)} sockets wait for their end (TIME_WAIT), and hold ports.", seen, "The side that closes first keeps the port for about a minute.",
            "Connections to back ends fail now and then, although few are open; most of all after load tests.",
            "sysctl -w net.ipv4.tcp_tw_reuse=1 (outgoing connections only). See who opens and closes so many: ss -tan state time-wait. Keep connections open instead (pools.NAME.ready, keep-alive).", "host-time-wait"));
    }

    /// <summary>Connections that were opened from here, by the address and port that they lead to, as the kernel writes them.</summary>
    private static Dictionary<string, int> Targets(HostTree tree, long first, long last)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        foreach (var line in tree.Lines("proc/net/tcp").Skip(1).Concat(tree.Lines("proc/net/tcp6").Skip(1)))
        {
            if (HostTree.Words(line) is not [_, var local, var remote, var state, ..] || state == "0A" || Port(local) is not { } port || port < first || port > last || Port(remote) is null or 0)
                continue;
            counts[remote] = counts.GetValueOrDefault(remote) + 1;
        }

        return counts;
    }

    private static int? Port(string address) =>
        address.IndexOf(':') is > 0 and var colon && int.TryParse(address.AsSpan(colon + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var port) ? port : null;

    /// <summary>Each 32 bits of the address stand in the order of the processor.</summary>
    private static string Shown(string address)
    {
        var hex = address[..address.IndexOf(':')];
        if (hex.Length is not (8 or 32) || !hex.All(char.IsAsciiHexDigit))
            return address;
        var bytes = Convert.FromHexString(hex);
        if (BitConverter.IsLittleEndian)
        {
            for (var at = 0; at < bytes.Length; at += 4)
                Array.Reverse(bytes, at, 4);
        }

        var ip = new IPAddress(bytes);
        return new IPEndPoint(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip, Port(address) ?? 0).ToString();
    }

    private static long Reserved(HostTree tree, long first, long last)
    {
        var count = 0L;
        foreach (var part in (tree.First("proc/sys/net/ipv4/ip_local_reserved_ports") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-');
            if (HostTree.NumberOf(ends[0]) is { } from && HostTree.NumberOf(ends[^1]) is { } to)
                count += Math.Max(0, Math.Min(to, last) - Math.Max(from, first) + 1);
        }

        return count;
    }
}
