using System.Net;

namespace Bascule.Load;

/// <summary>One handshake to make.</summary>
/// <param name="Source">Local address to come from, or null.</param>
/// <param name="Token">Sent as <c>Authorization: Bearer</c>, or null.</param>
/// <param name="AnyCertificate">Takes any certificate.</param>
/// <param name="Limit">For all of it.</param>
public sealed record DialOrder(
    Uri Url,
    IPAddress? Source,
    string? Token,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    IReadOnlyList<string> Subprotocols,
    bool AnyCertificate,
    TimeSpan Limit)
{
    /// <summary>Bytes that the system may keep before they are read (SO_RCVBUF); null leaves it to the system. A slow reader needs a small one: else megabytes hide there.</summary>
    public int? ReceiveBuffer { get; init; }
}

/// <summary>How long the parts of a handshake took; zero for what was not reached or not needed.</summary>
public readonly record struct DialTimes(TimeSpan Tcp, TimeSpan Tls, TimeSpan Upgrade);
