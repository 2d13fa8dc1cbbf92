using System.Security.Authentication;

namespace Bascule.Diagnostics;

/// <summary>Why a connection did not come about.</summary>
internal enum DoorFault
{
    None,

    /// <summary>The machine answered that nobody listens.</summary>
    Refused,

    /// <summary>No answer at all.</summary>
    Silent,

    /// <summary>No way to the machine.</summary>
    NoRoute,

    /// <summary>This machine has no address of that family.</summary>
    NoFamily,

    /// <summary>Somebody took the connection, but TLS failed.</summary>
    Tls,

    /// <summary>The proxy opened no tunnel.</summary>
    Proxy,
}

/// <summary>What TLS agreed on.</summary>
internal sealed record TlsSeen(SslProtocols Version, string Alpn, CertificateSeen? Certificate);

/// <summary>A connection, or why there is none. Whoever gets the peer disposes it.</summary>
internal sealed record DoorOpening(RawPeer? Peer, DoorFault Fault, string Why, TlsSeen? Tls, TimeSpan Took)
{
    /// <summary>How long TCP alone took.</summary>
    internal TimeSpan Connected { get; init; }

    /// <summary>What the proxy said instead of opening a tunnel; null without a proxy.</summary>
    internal TunnelAnswer? Tunnel { get; init; }
}
