namespace Bascule.Settings;

/// <summary>In order, the strictest first: where several routes share a path, the strictest counts.</summary>
public enum AuthPolicy
{
    /// <summary>Only clients that another gateway brings, with signed terms.</summary>
    Gateway = -1,

    /// <summary>A valid token, or no connection.</summary>
    Required,

    /// <summary>No token is fine; a bad one is not.</summary>
    Optional,

    /// <summary>Tokens are not looked at.</summary>
    None,
}

public enum RefusalMode
{
    /// <summary><see cref="Close"/> for browsers, <see cref="Http"/> for all others.</summary>
    Auto,

    /// <summary>An HTTP status with a problem document.</summary>
    Http,

    /// <summary>The upgrade is completed, then closed with code and reason: browsers hide everything else.</summary>
    Close,
}

public sealed record RouteSettings
{
    [Setting("Name for logs and metrics: letters, digits, `-` and `_`.", Required = true)]
    public string Name { get; init; } = "";

    [Setting("Hosts, without port; `*.example.org` takes all below it. Empty: every host.")]
    public IReadOnlyList<string> Hosts { get; init; } = [];

    [Setting("`/exact`, `/with/{parameter}/`, and a trailing `*` for a prefix.", Required = true)]
    public string Path { get; init; } = "";

    [Setting("Query parameters that must be present, each with the values it may have; an empty list takes any value.")]
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Query { get; init; } = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);

    [Setting("Who may come in: `required` (a valid token, or no connection), `optional` (no token is fine, a bad one is not), `none` (tokens are not looked at) or `gateway` (only WebSockets that another gateway brings to this one as a shard: hub.elsewhere, hub.secretFile). "
        + "There is no default, so that no route is open by accident.", Required = true)]
    public AuthPolicy? Auth { get; init; }

    [Setting("Name of the pool that serves it; or `topics`, or `sessions`: one of the three.")]
    public string Pool { get; init; } = "";

    [Setting("Topics and patterns (`prices.*`) that clients of this route may read; the hub serves it then. A claim `read` in the token, a list of topics and patterns, narrows it.")]
    public IReadOnlyList<string> Topics { get; init; } = [];

    [Setting("Topics and patterns that clients of this route may publish to. A claim `write` in the token narrows it.")]
    public IReadOnlyList<string> Publish { get; init; } = [];

    [Setting("Whether it leads to sessions: the id comes from the parameter `{session}` of the path, else from `?session=`.")]
    public bool Sessions { get; init; }

    [Setting("Limits that count on this route alone.")]
    public LimitSettings Limits { get; init; } = new();

    [Setting("Instead of listen.origins, for this route.")]
    public IReadOnlyList<string>? Origins { get; init; }

    [Setting("What a reload that changes or removes this route does to its open connections: `keep`, `drain` or `close`. Instead of reload.connections.", At = Applies.AtOnce)]
    public ChangePolicy? OnChange { get; init; }

    [Setting("Whether each message is in the audit log: time, direction, type and size, never its content. Busy routes fill it quickly.")]
    public bool AuditMessages { get; init; }

    [Setting("How a refused WebSocket is told: auto, http or close.")]
    public RefusalMode Refusal { get; init; } = RefusalMode.Auto;

    [Setting("Part of the path to cut off before the request goes to the back end, for example `/api`.")]
    public string? StripPrefix { get; init; }

    [Setting("Whether ordinary HTTP requests and SSE are forwarded too, not just WebSockets.")]
    public bool Http { get; init; } = true;

    [Setting("Overrides life.idle for this route.", MayBeOff = true, Min = "1s", Max = "7d")]
    public TimeSpan? Idle { get; init; }

    [Setting("Overrides life.maximumAge for this route.", MayBeOff = true, Min = "1s", Max = "30d")]
    public TimeSpan? MaximumAge { get; init; }
}
