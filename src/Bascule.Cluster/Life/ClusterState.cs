namespace Bascule.Cluster;

public enum ClusterMode
{
    /// <summary>There is no storage: this gateway counts for itself.</summary>
    Alone,

    Connected,

    /// <summary>The storage is not reached: this gateway serves on, by its own counts and what it last heard of others.</summary>
    Lost,
}

/// <summary>How this gateway stands to the storage.</summary>
/// <param name="Mode">Alone, connected or lost.</param>
/// <param name="Since">Since when.</param>
/// <param name="Text">All of it in a sentence, for /readyz.</param>
/// <param name="Why">What was seen, while lost.</param>
public sealed record ClusterState(ClusterMode Mode, DateTimeOffset Since, string Text, string? Why = null);
