namespace Bascule.Terminal;

/// <summary>Names of signals: the numbers are those of x86-64 and arm64.</summary>
public static class SignalName
{
    public const int HangUp = 1;
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int WindowChanged = 28;

    private const int FirstRealTime = 34;

    private static readonly string[] Names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP",
        "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <returns><c>SIGKILL</c> for 9; <c>SIGRTMIN+1</c> for 35; <c>signal 99</c> for what has no name.</returns>
    public static string Of(int signal) => signal switch
    {
        > 0 when signal < Names.Length => "SIG" + Names[signal],
        FirstRealTime => "SIGRTMIN",
        > FirstRealTime and <= 64 => $"SIGRTMIN+{signal - FirstRealTime}",
        _ => $"signal {signal}",
    };
}
