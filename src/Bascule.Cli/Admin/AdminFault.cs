namespace Bascule.Cli;

/// <summary>A running gateway could not be asked, or said no. The message is the one sentence for the person at the terminal.</summary>
internal sealed class AdminFault(int exitCode, string message) : Exception(message)
{
    internal int ExitCode => exitCode;

    /// <summary>Nobody said whether what was ordered is done.</summary>
    internal bool IsUnsure { get; init; }

    /// <summary>Says also where one can see whether it is done; any other fault stays as it is.</summary>
    /// <param name="command">Which shows it.</param>
    internal AdminFault SeenBy(string command) => IsUnsure ? new AdminFault(exitCode, $"{Message} To see it: {command}") { IsUnsure = true } : this;
}
