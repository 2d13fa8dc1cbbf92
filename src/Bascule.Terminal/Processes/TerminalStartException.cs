namespace Bascule.Terminal;

/// <summary>Why nothing was started.</summary>
public enum StartFault
{
    /// <summary>No such program, or the interpreter that its first line names is missing.</summary>
    CommandNotFound,

    /// <summary>It is there, but may not be run, or is no program.</summary>
    NotExecutable,

    /// <summary>It is missing, is no folder, or may not be entered.</summary>
    WorkingDirectory,

    /// <summary>The order itself cannot be: no command, a zero in an argument, a name with <c>=</c>.</summary>
    BadOrder,

    /// <summary>The arguments and the environment are larger than the system takes.</summary>
    TooLong,

    /// <summary>The host has no descriptor left.</summary>
    NoDescriptors,

    /// <summary>The system has no pseudo-terminal left, or offers none.</summary>
    NoTerminals,

    /// <summary>No process or memory left for it.</summary>
    NoProcesses,

    /// <summary>The system refused for another reason: the message has it.</summary>
    System,
}

/// <summary>Nothing was started, nothing is left behind. The message says what was tried and what to do.</summary>
public sealed class TerminalStartException(StartFault fault, string message) : Exception(message)
{
    public StartFault Fault { get; } = fault;

    /// <summary>Stable snake_case name, for answers: <c>command_not_found</c>.</summary>
    public string Label => Fault switch
    {
        StartFault.CommandNotFound => "command_not_found",
        StartFault.NotExecutable => "not_executable",
        StartFault.WorkingDirectory => "working_directory",
        StartFault.BadOrder => "order_invalid",
        StartFault.TooLong => "too_long",
        StartFault.NoDescriptors => "no_descriptors",
        StartFault.NoTerminals => "no_terminals",
        StartFault.NoProcesses => "no_processes",
        _ => "start_failed",
    };
}
