namespace Bascule.Settings;

/// <summary>The routes that come with the section <c>sessions</c>, where no configured route has the same path.</summary>
public static class SessionRoutes
{
    internal const string SessionName = "session";
    internal const string TerminalName = "terminal";

    /// <summary>Empty without the section.</summary>
    public static IEnumerable<RouteSettings> Of(BasculeSettings settings)
    {
        if (settings.Sessions is not { } sessions)
            return [];
        RouteSettings[] own = [Route(SessionName, SessionPath.PatternOf(sessions.Path), sessions), Route(TerminalName, SessionPath.Terminal, sessions)];
        return own.Where(route => !settings.Routes.Any(r => PathPattern.WithoutNames(r.Path) == PathPattern.WithoutNames(route.Path)));
    }

    private static RouteSettings Route(string name, string path, SessionSettings sessions) => new() { Name = name, Path = path, Auth = sessions.Auth, Sessions = true, Http = false };
}
