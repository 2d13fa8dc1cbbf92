using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>Which entries somebody asks for; what is null does not matter.</summary>
public sealed record AuditFilter
{
    /// <summary>One of <see cref="AuditKinds"/>.</summary>
    public string? Kind { get; init; }

    public AttemptId? Attempt { get; init; }

    public string? Route { get; init; }

    public string? Subject { get; init; }

    /// <summary>Name of an admin token.</summary>
    public string? Who { get; init; }

    /// <summary>Not before this time.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    public bool Fits(AuditEntry entry) =>
        (Kind is null || entry.Kind == Kind)
        && (Attempt is null || entry.Attempt == Attempt)
        && (Route is null || entry.Route == Route)
        && (Subject is null || entry.Subject == Subject)
        && (Who is null || entry.Who == Who)
        && (From is null || entry.Time >= From)
        && (Until is null || entry.Time < Until);
}
