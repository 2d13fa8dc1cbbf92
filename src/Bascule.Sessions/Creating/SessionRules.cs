namespace Bascule.Sessions;

/// <summary>What holds for all sessions of a gateway. Immutable: a reload makes another one, which counts for what is created from then on.</summary>
public sealed record SessionRules
{
    public IReadOnlyDictionary<string, SessionProfile> Profiles { get; init; } = new Dictionary<string, SessionProfile>(StringComparer.Ordinal);

    /// <summary>Sessions that live at once. Who is not asked who he is counts as one user with all others of his kind.</summary>
    public SessionQuota Quota { get; init; } = new(PerUser: 5, PerTenant: 50);

    /// <summary>A user may create so many at once, and then one for each <see cref="CreationInterval"/>.</summary>
    public int CreationBurst { get; init; } = 5;

    /// <summary>Three a minute. Zero: as many as he likes.</summary>
    public TimeSpan CreationInterval { get; init; } = TimeSpan.FromSeconds(20);

    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(20);

    public TimeSpan MaximumLife { get; init; } = TimeSpan.FromHours(8);

    /// <summary>Ends a session with a terminal when nobody was attached for so long; null: never.</summary>
    public TimeSpan? DetachGrace { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A session that starts for longer has failed.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a session that is over can be looked at, with its result.</summary>
    public TimeSpan KeepEnded { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A host that nobody heard of for so long is lost, and its sessions with it.</summary>
    public TimeSpan HostSilence { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(60);

    public int Viewers { get; init; } = 16;

    public int ScrollbackBytes { get; init; } = 1 << 20;
}
