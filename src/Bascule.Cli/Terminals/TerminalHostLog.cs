using Microsoft.Extensions.Logging;

namespace Bascule.Cli;

/// <summary>What a session host says of itself: ids 5010 to 5019.</summary>
internal static partial class TerminalHostLog
{
    [LoggerMessage(EventId = 5010, EventName = "HostEnds", Level = LogLevel.Information, Message = "the session host ends with {Terminals} terminals: {Reason}")]
    internal static partial void HostEnds(this ILogger logger, string reason, int terminals);
}
