namespace Bascule.Terminal;

/// <summary>Processes of terminals that outlived them, found by the marks in their environment.</summary>
public static class Leftovers
{
    /// <summary>Kills all processes of all terminals of a host that is gone. Returns how many.</summary>
    public static int KillOfHost(string hostMark) => throw new NotImplementedException();

    /// <summary>Kills all processes of one session. Returns how many.</summary>
    public static int KillOfSession(string sessionId) => throw new NotImplementedException();
}
