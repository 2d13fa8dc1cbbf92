using System.Net;

namespace Bascule.Admission;

/// <summary>Where a request came from, and how the client itself named the gateway: scheme and host before any proxy changed them.</summary>
/// <param name="Address">The client, IPv4 written as IPv4; null when the listener knows no address.</param>
/// <param name="Scheme"><c>http</c> or <c>https</c>.</param>
/// <param name="Host">With its port, unless that is the default of the scheme. Empty when the request named none.</param>
/// <param name="Hops">Trusted proxies that were looked through; 0: the client itself is the peer.</param>
/// <param name="Note">What was not believed and why, for an operator; null when there was nothing.</param>
public sealed record ClientSource(IPAddress? Address, string Scheme, string Host, int Hops = 0, string? Note = null)
{
    /// <summary>The origin of pages of this very host: what <c>self</c> means.</summary>
    public string Origin => $"{Scheme}://{Host}";
}
