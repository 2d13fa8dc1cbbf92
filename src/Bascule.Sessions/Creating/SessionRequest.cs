namespace Bascule.Sessions;

/// <summary>Who asks for something.</summary>
/// <param name="User">Null where nobody is asked who he is.</param>
/// <param name="Attempt">Of the request, for the audit log.</param>
public sealed record SessionCaller(string? User, string? Tenant, IReadOnlyList<string> Roles, string? Address = null, string? Attempt = null)
{
    /// <summary>An operator may do everything with every session.</summary>
    public bool IsOperator { get; init; }
}

/// <summary>A wish for a session. Nothing of it is trusted.</summary>
public sealed record SessionRequest
{
    public required string Profile { get; init; }

    /// <summary>The caller's own command, word by word; null: <see cref="CommandText"/>, or the profile's.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>The same as one line, which is split into words as <see cref="CommandLine"/> does; null or blank: none.</summary>
    public string? CommandText { get; init; }

    /// <summary>Null: as the profile says.</summary>
    public bool? Tty { get; init; }

    public int Columns { get; init; } = 80;

    public int Rows { get; init; } = 24;

    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    public string? Name { get; init; }
}

/// <summary>Why a session is not created.</summary>
public enum CreateFault
{
    /// <summary>There is no such profile.</summary>
    ProfileUnknown,

    /// <summary>The caller has none of the roles that the profile asks for.</summary>
    RoleMissing,

    /// <summary>Neither he nor the profile names a command.</summary>
    CommandMissing,

    /// <summary>The profile does not allow this command.</summary>
    CommandNotAllowed,

    /// <summary>Command, name or environment have a form that nothing can be done with: the text says which.</summary>
    Malformed,

    /// <summary>He may not set this variable.</summary>
    EnvironmentNotAllowed,

    /// <summary>He has as many sessions as he may.</summary>
    UserQuota,

    TenantQuota,

    /// <summary>He creates them too fast.</summary>
    Rate,

    /// <summary>Where sessions are written down cannot be reached.</summary>
    StoreUnavailable,
}

/// <param name="Text">What was seen and what to do, for the caller.</param>
/// <param name="RetryAfter">Set when the same request can succeed later.</param>
public sealed record CreateRefusal(CreateFault Fault, string Text, TimeSpan? RetryAfter = null)
{
    /// <summary>Stable snake_case name: metric, audit, API.</summary>
    public string Label => Fault switch
    {
        CreateFault.ProfileUnknown => "profile_unknown",
        CreateFault.RoleMissing => "role_missing",
        CreateFault.CommandMissing => "command_missing",
        CreateFault.CommandNotAllowed => "command_not_allowed",
        CreateFault.Malformed => "malformed",
        CreateFault.EnvironmentNotAllowed => "environment_not_allowed",
        CreateFault.UserQuota => "user_quota",
        CreateFault.TenantQuota => "tenant_quota",
        CreateFault.Rate => "creation_rate",
        _ => "store_unavailable",
    };
}

/// <summary>The record of the new session, or why there is none.</summary>
public readonly record struct CreateAnswer(SessionRecord? Record, CreateRefusal? Refusal);
