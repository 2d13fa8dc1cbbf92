namespace Bascule.Terminal;

/// <summary>The signals that a client may send, and the numbers of all.</summary>
public static class SignalNames
{
    // Linux has 64.
    private const int Last = 64;

    // What people send to a program from a terminal; the rest reports faults.
    private static readonly HashSet<string> Sendable =
        new(["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGTSTP", "SIGCONT", "SIGWINCH"], StringComparer.Ordinal);

    public static bool MaySend(string name) => Sendable.Contains(name);

    /// <returns>0 when there is no signal of that name.</returns>
    public static int NumberOf(string name) => Enumerable.Range(1, Last).FirstOrDefault(number => SignalName.Of(number) == name);
}
