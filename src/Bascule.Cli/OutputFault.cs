namespace Bascule.Cli;

/// <summary>The standard output does not take what a command has to say. The message is the one sentence for the person at the terminal.</summary>
internal sealed class OutputFault(Exception cause)
    : Exception($"The standard output cannot be written: {WhyOf(cause)}. Send it to a place that takes it, and run this again.", cause)
{
    /// <summary>EPIPE of write(2), the same number on all of Unix.</summary>
    private const int BrokenPipe = 32;

    /// <summary>Whoever read the pipe has gone, and waits for no word; else it is a full disk and the like.</summary>
    internal bool IsReaderGone => InnerException is IOException { HResult: BrokenPipe };

    /// <summary>Without its full stop.</summary>
    internal string Why => WhyOf(InnerException!);

    private static string WhyOf(Exception cause) => cause.Message.TrimEnd('.');
}
