namespace Bascule.Cluster;

/// <summary>What a gateway tells the store twice a second, in one round trip.</summary>
/// <param name="Epoch">Whose life goes on. An epoch that the store never heard of is written down, but counts only after <see cref="IClusterStore.CountFromNowAsync"/>.</param>
/// <param name="Instance">What the gateway calls itself.</param>
/// <param name="Life">How long the epoch lives from now on.</param>
public sealed record Pulse(Epoch Epoch, string Instance, TimeSpan Life)
{
    /// <summary>The last bulletin that the gateway knows; 0 for none.</summary>
    public long SinceBulletin { get; init; }

    /// <summary>Connections that were opened, each id once.</summary>
    public IReadOnlyList<OpenConnection> Opened { get; init; } = [];

    /// <summary>Ids of connections that were closed.</summary>
    public IReadOnlyList<string> Closed { get; init; } = [];

    /// <summary>Keys whose use by others is asked for, each once.</summary>
    public IReadOnlyList<string> Watched { get; init; } = [];
}

/// <summary>What the store said to a pulse.</summary>
/// <param name="WasAlive">False: the epoch was unknown or over. An epoch that is over stays so.</param>
/// <param name="Bulletins">At most <see cref="Bulletin.MostPerPulse"/> that are new, in order.</param>
/// <param name="Others">How often other living processes have taken the watched keys; keys that nobody has may be missing.</param>
public sealed record PulseAnswer(bool WasAlive, IReadOnlyList<Bulletin> Bulletins, IReadOnlyDictionary<string, int> Others);
