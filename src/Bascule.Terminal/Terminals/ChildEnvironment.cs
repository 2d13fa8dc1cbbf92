namespace Bascule.Terminal;

/// <summary>The environment of a terminal's processes: by allow-list, so that no secret of the host is in it.</summary>
public static class ChildEnvironment
{
    /// <summary>Holds the id of the session.</summary>
    public const string SessionMark = "BASCULE_SESSION_ID";

    /// <summary>Holds the mark of the host: <see cref="PtyReactor.HostMark"/>.</summary>
    public const string HostMark = "BASCULE_SESSION_HOST";
}
