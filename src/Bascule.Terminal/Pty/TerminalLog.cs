using Microsoft.Extensions.Logging;

namespace Bascule.Terminal;

/// <summary>What terminals log: ids 8000 to 8099.</summary>
internal static partial class TerminalLog
{
    [LoggerMessage(EventId = 8001, EventName = "ReactorFault", Level = LogLevel.Error, Message = "A terminal is no longer read or written: our fault")]
    internal static partial void ReactorFault(this ILogger logger, Exception fault);

    [LoggerMessage(EventId = 8002, EventName = "TerminalStarted", Level = LogLevel.Debug, Message = "{Session} runs {Program} as process {Process}")]
    internal static partial void TerminalStarted(this ILogger logger, string session, string program, int process);

    [LoggerMessage(EventId = 8003, EventName = "TerminalEnded", Level = LogLevel.Debug, Message = "{Session} ended: {Cause}, code {Code}, signal {Signal}, {OutputBytes} bytes")]
    internal static partial void TerminalEnded(this ILogger logger, string session, EndCause cause, int? code, string? signal, long outputBytes);

    [LoggerMessage(EventId = 8004, EventName = "LimitsRefused", Level = LogLevel.Debug, Message = "{Session}: the system did not take its limits of {Limits}; those of the host hold")]
    internal static partial void LimitsRefused(this ILogger logger, string session, string limits);

    [LoggerMessage(EventId = 8005, EventName = "TerminalSurvived", Level = LogLevel.Warning, Message = "{Session}: process {Process} is still there after SIGKILL: it hangs in the kernel")]
    internal static partial void TerminalSurvived(this ILogger logger, string session, int process);

    [LoggerMessage(EventId = 8006, EventName = "LeftoversSignalled", Level = LogLevel.Debug, Message = "{Session}: {Signal} to {Count} processes")]
    internal static partial void LeftoversSignalled(this ILogger logger, string session, string signal, int count);

    [LoggerMessage(EventId = 8007, EventName = "ProcessesUnseen", Level = LogLevel.Warning, Message = "{Session}: whether its processes are gone cannot be seen now: {Reason}")]
    internal static partial void ProcessesUnseen(this ILogger logger, string session, string reason);
}
