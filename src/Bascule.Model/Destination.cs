namespace Bascule.Model;

/// <summary>Where a route leads.</summary>
public abstract record Destination;

/// <summary>A back end of a pool.</summary>
public sealed record PoolDestination(string Pool) : Destination;

/// <summary>The gateway itself: the probe that echoes and says what the server saw.</summary>
public sealed record ProbeDestination : Destination;
