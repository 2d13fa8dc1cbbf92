using System.Net;

namespace Bascule.Gateway;

/// <summary>An address for clients without TLS: marks for the transport that it may look at what arrives.</summary>
internal sealed class PlainEndPoint(IPAddress address, int port) : IPEndPoint(address, port);
