namespace Bascule.Settings;

/// <summary>Where the WebSockets of sessions are, by the templates of the settings.</summary>
public static class SessionPath
{
    /// <summary>The page of a terminal, and its WebSocket: <c>?session=ID</c>.</summary>
    public const string Terminal = "/terminal";

    /// <summary>The parameter of a route's path that is the id.</summary>
    public const string Parameter = "session";

    /// <summary>The template as the pattern of a route.</summary>
    public static string PatternOf(string template) => template.Replace(SessionSettings.IdPlace, $"{{{Parameter}}}", StringComparison.Ordinal);

    /// <summary>The template with the id in it.</summary>
    public static string Fill(string template, string id) => template.Replace(SessionSettings.IdPlace, id, StringComparison.Ordinal);

    /// <summary>The address for programs inside the cluster; null where none is configured.</summary>
    public static string? InternalUrl(SessionSettings sessions, string id) => sessions switch
    {
        { InternalUrl: { } template } => Fill(template, id),
        { ProxyUrl: { } proxy } => proxy.TrimEnd('/') + Fill(sessions.Path, id),
        _ => null,
    };

    /// <summary>What is wrong with the template of a path; null when nothing is.</summary>
    internal static string? Fault(string template)
    {
        if (template.Split('/').Count(segment => segment == SessionSettings.IdPlace) != 1 || template.Split(SessionSettings.IdPlace).Length != 2)
            return $"does not have {SessionSettings.IdPlace} as one of its segments, once";
        var pattern = PatternOf(template);
        return PathPattern.Fault(pattern) ?? (PathPattern.IsReserved(pattern) ? $"lies under {PathPattern.Reserved}, where Bascule answers itself" : pattern.EndsWith('*') ? "has a *, which no id fills" : null);
    }
}
