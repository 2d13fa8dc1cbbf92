using System.Net;

namespace Bascule.Gateway;

/// <summary>An address for clients without TLS: marks for the transport that it may look at what arrives.</summary>
internal sealed class PlainEndPoint(IPAddress address, int port, bool proxyProtocol) : IPEndPoint(address, port)
{
    /// <summary>Each connection begins with a PROXY protocol header.</summary>
    internal bool ProxyProtocol => proxyProtocol;
}
