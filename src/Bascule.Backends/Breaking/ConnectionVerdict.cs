namespace Bascule.Backends;

public enum ConnectionFate
{
    /// <summary>The back end answered with a valid 101.</summary>
    Opened,

    /// <summary>It did not: no TCP or TLS connection, no answer in time, no valid 101.</summary>
    ConnectFailed,

    /// <summary>The connection ended, and the node is not to blame, whoever ended it.</summary>
    EndedWell,

    /// <summary>The back end broke it, stopped answering pings, broke the protocol, or closed it with 1011 or 1012.</summary>
    EndedBadly,
}

/// <summary>What a connection says about its node; the breaker counts it. How old the connection was, the pool knows itself.</summary>
/// <param name="Detail">What was seen, for a person, with the bad ones.</param>
public readonly record struct ConnectionVerdict(ConnectionFate Fate, string? Detail)
{
    public static ConnectionVerdict Opened { get; } = new(ConnectionFate.Opened, null);

    public static ConnectionVerdict EndedWell { get; } = new(ConnectionFate.EndedWell, null);

    public static ConnectionVerdict ConnectFailed(string detail) => new(ConnectionFate.ConnectFailed, detail);

    public static ConnectionVerdict EndedBadly(string detail) => new(ConnectionFate.EndedBadly, detail);
}
