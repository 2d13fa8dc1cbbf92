namespace Bascule.Cli;

/// <summary>A running gateway could not be asked, or said no. The message is the one sentence for the person at the terminal.</summary>
internal sealed class AdminFault(int exitCode, string message) : Exception(message)
{
    internal int ExitCode => exitCode;
}
