namespace Bascule.Model;

/// <summary>Where a route leads.</summary>
public abstract record Destination;

/// <summary>A back end of a pool.</summary>
public sealed record PoolDestination(string Pool) : Destination;

/// <summary>The gateway itself: the probe that echoes and says what the server saw.</summary>
public sealed record ProbeDestination : Destination;

/// <summary>Topics, served by the hub.</summary>
/// <param name="Read">Topics and patterns that its clients may read.</param>
/// <param name="Write">Topics and patterns that they may publish to.</param>
public sealed record TopicDestination(IReadOnlyList<string> Read, IReadOnlyList<string> Write) : Destination;

/// <summary>A session: a terminal or command, named by the request.</summary>
public sealed record SessionDestination : Destination;
