namespace Bascule.Terminal;

/// <summary>Why a host does not do what it was asked: a problem document, or the close frame of an upgrade. The rows stand in contract/terminal.md.</summary>
/// <param name="Label">Stable snake_case name.</param>
/// <param name="Status">Of the HTTP answer.</param>
/// <param name="Code">Of the close frame.</param>
/// <param name="Detail">For a person: what was seen, what to do. No secrets.</param>
/// <param name="Retry"><c>never</c>, <c>now</c> or <c>backoff</c>.</param>
public sealed record HostRefusal(string Label, int Status, int Code, string Detail, string Retry = "never")
{
    public static HostRefusal NotAuthenticated(string detail) => new("not_authenticated", 401, 4401, detail);

    public static HostRefusal Forbidden(string detail) => new("forbidden", 403, 4403, detail);

    public static readonly HostRefusal NotFound = new("session_not_found", 404, 4404, "There is no such terminal here.");

    public static readonly HostRefusal Over = new("session_over", 410, 4410, "The terminal has ended, and is no longer kept.");

    public static readonly HostRefusal TooManyViewers = new("too_many_viewers", 429, 4429, "As many viewers are attached as may be.", "backoff");

    public static readonly HostRefusal Stopping = new("host_stopping", 503, 4600, "The host is ending.", "backoff");

    /// <summary>The reason of a close frame: at most 123 bytes, since labels and attempts are short.</summary>
    public static string CloseText(string label, string retry, string? attempt) =>
        attempt is null ? $"{label}; retry={retry}" : $"{label}; retry={retry}; attempt={attempt}";
}
