namespace Bascule.Cli;

/// <summary>The standard output does not take what a command has to say. The message is the one sentence for the person at the terminal.</summary>
internal sealed class OutputFault(Exception cause)
    : Exception($"The standard output cannot be written: {cause.Message.TrimEnd('.')}. Send it to a place that takes it, and run this again.", cause);
