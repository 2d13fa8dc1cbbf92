namespace Bascule.Cluster;

/// <summary>Over what a count goes.</summary>
public enum CountScope
{
    /// <summary>All gateways that share the storage; this gateway alone when there is none.</summary>
    Cluster,

    /// <summary>This gateway, whatever the storage.</summary>
    Gateway,
}

/// <summary>One more of something that has a limit.</summary>
/// <param name="Key">Made by <see cref="CountKey"/>: the same on every gateway.</param>
/// <param name="Limit">The claim is good while fewer than this are taken.</param>
/// <param name="Scope">Over what is counted. The same key in two scopes is two counts.</param>
public readonly record struct CountClaim(string Key, int Limit, CountScope Scope = CountScope.Cluster);
