namespace Bascule.Terminal;

/// <summary>Names and numbers of signals: those of Linux on x86-64 and arm64 (signal(7)).</summary>
public static class SignalNames
{
    private static readonly string[] Names =
    [
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD",
        "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    // What people send to a program from a terminal; the rest reports faults.
    private static readonly HashSet<string> Sendable =
        new(["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGTSTP", "SIGCONT", "SIGWINCH"], StringComparer.Ordinal);

    public static bool MaySend(string name) => Sendable.Contains(name);

    /// <returns>0 when there is no such signal. Real-time signals are <c>SIG34</c> and so on.</returns>
    public static int NumberOf(string name)
    {
        if (Array.IndexOf(Names, name) is > 0 and var number)
            return number;
        return name.StartsWith("SIG", StringComparison.Ordinal) && int.TryParse(name.AsSpan(3), out var realTime) && realTime is > 31 and < 65 ? realTime : 0;
    }
}
