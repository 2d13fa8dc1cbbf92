using System.Net;
using Bascule.Model;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>Where nobody is asked who he is, whoever reaches the gateway gets a shell. A page of any site reaches the one on its reader's machine under a name of its own (DNS rebinding), and is of the same origin then.</summary>
internal static class NamelessCallers
{
    /// <summary>Null, or why this one is not served: from this machine, and under a name that nobody gave the gateway.</summary>
    internal static Ending? Check(Passage passage)
    {
        var hosts = passage.Rules.Settings.Listen.Hosts;
        if (passage.Identity is not null || hosts.Count > 0 || passage.Source is not { Hops: 0, Host: var host } || passage.Remote is not { } peer || !IPAddress.IsLoopback(peer.Address.IsIPv4MappedToIPv6 ? peer.Address.MapToIPv4() : peer.Address))
            return null;
        var name = new HostString(host).Host;
        var isOurs = IPAddress.TryParse(name, out _) || name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
        return isOurs ? null : new Ending(
            EndReasons.HostDenied,
            $"sessions are open to everyone here (sessions.auth), and a page of any site could have reached this machine as {EvidenceText.Clean(host)}: name the hosts that are yours in listen.hosts, or ask for localhost");
    }
}
