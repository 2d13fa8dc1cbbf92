using System.Net;

namespace Bascule.Relay;

/// <summary>Where connections to a node lead, and what they are kept under: those that take any certificate are never used for nodes that do not.</summary>
/// <param name="Node">http or https, host and port, as requests and certificates name it.</param>
/// <param name="InsecureTls">Any certificate will do.</param>
/// <param name="Address">Where to connect, when discovery found it; null: the host of <paramref name="Node"/> is resolved.</param>
public readonly record struct NodeAddress(Uri Node, bool InsecureTls, IPAddress? Address = null)
{
    /// <summary>Names the node in the details of endings.</summary>
    public override string ToString() => Address is null ? Node.Authority : $"{Node.Authority} ({Address})";
}
