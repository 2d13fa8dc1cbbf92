using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>What can be looked at.</summary>
public enum TopViewKind
{
    Pools,
    Connections,
    Refusals,
    Endings,
    Routes,
    Events,

    /// <summary>Of the hub; and the only one of a server that has but a health document.</summary>
    Shards,

    /// <summary>Terminals and commands that outlive connections.</summary>
    Sessions,
}

/// <summary>What one look at a source brought. Null: not asked for, or the source does not have it.</summary>
/// <param name="At">When it was answered, by the clock of whoever asked.</param>
public sealed record TopSnapshot(DateTimeOffset At)
{
    public StatusDocument? Status { get; init; }

    public IReadOnlyList<PoolDocument>? Pools { get; init; }

    public ConnectionsDocument? Connections { get; init; }

    /// <summary>The latest refused attempts, the newest first.</summary>
    public IReadOnlyList<AttemptDocument>? Refusals { get; init; }

    public ShardsDocument? Shards { get; init; }

    public SessionsSeen? Sessions { get; init; }

    public HealthReading? Health { get; init; }
}

/// <summary>What is known of sessions: a list, or why there is none.</summary>
/// <param name="List">The newest first; null: <paramref name="Fault"/> says why.</param>
public sealed record SessionsSeen(IReadOnlyList<SessionDocument>? List, string? Fault);

/// <summary>Something that happened, as the gateway tells it.</summary>
/// <param name="Attempt">Which attempt it is about; null for others.</param>
public sealed record TopEvent(DateTimeOffset At, string Name, string Text, string? Attempt);

/// <summary>Whoever can be looked at.</summary>
public interface ITopSource
{
    /// <summary>Host and port.</summary>
    string Name { get; }

    IReadOnlyList<TopViewKind> Views { get; }

    /// <summary>All that these views need, from one moment.</summary>
    /// <exception cref="AdminFault">It cannot be asked, or says no.</exception>
    Task<TopSnapshot> LookAsync(IReadOnlyCollection<TopViewKind> views, CancellationToken cancellation);
}
