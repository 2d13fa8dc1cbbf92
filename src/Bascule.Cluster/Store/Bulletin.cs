namespace Bascule.Cluster;

/// <summary>A word to all gateways, kept until its end, so that those that start later hear it too.</summary>
/// <param name="Kind"><see cref="Revoke"/> or <see cref="Close"/>.</param>
/// <param name="Payload">JSON of whoever posts it.</param>
/// <param name="Until">When it is forgotten.</param>
public sealed record Bulletin(string Kind, string Payload, DateTimeOffset Until)
{
    /// <summary>Tokens, users or sessions that are no longer good.</summary>
    public const string Revoke = "revoke";

    /// <summary>Connections that are to be closed.</summary>
    public const string Close = "close";

    /// <summary>Bulletins that a store keeps at once: enough to revoke 100,000 tokens one by one, some tens of megabytes.</summary>
    public const int MostAlive = 100_000;

    /// <summary>Bulletins that one pulse brings at most; the next brings the next.</summary>
    public const int MostPerPulse = 500;

    /// <summary>Its place in the log; 0 before it is posted. Later ones have higher numbers, also after a store was emptied.</summary>
    public long Number { get; init; }
}

/// <summary>Brings a bulletin that arrived.</summary>
public sealed class BulletinEventArgs(Bulletin bulletin) : EventArgs
{
    public Bulletin Bulletin { get; } = bulletin;
}
