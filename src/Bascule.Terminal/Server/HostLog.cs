using Microsoft.Extensions.Logging;

namespace Bascule.Terminal;

/// <summary>What a host of terminals logs: ids 9400 to 9499.</summary>
internal static partial class HostLog
{
    [LoggerMessage(EventId = 9400, EventName = "ViewerLeft", Level = LogLevel.Debug, Message = "viewer of {Terminal} left: {Client}, {Code} {Reason}")]
    internal static partial void ViewerLeft(this ILogger logger, string terminal, string client, int code, string reason);

    [LoggerMessage(EventId = 9401, EventName = "ViewerFault", Level = LogLevel.Error, Message = "a viewer of {Terminal} ended by a fault of the host")]
    internal static partial void ViewerFault(this ILogger logger, Exception fault, string terminal);

    [LoggerMessage(EventId = 9402, EventName = "RecordingStopped", Level = LogLevel.Error, Message = "the recording of {Terminal} goes no further: {Reason}")]
    internal static partial void RecordingStopped(this ILogger logger, string terminal, string reason);

    [LoggerMessage(EventId = 9403, EventName = "HostListens", Level = LogLevel.Information, Message = "terminal server {Host} listens on {Url}")]
    internal static partial void HostListens(this ILogger logger, string host, string url);

    [LoggerMessage(EventId = 9405, EventName = "RecordingUnfinished", Level = LogLevel.Warning, Message = "the recording of {Terminal} has no proper end: {Reason}")]
    internal static partial void RecordingUnfinished(this ILogger logger, string terminal, string reason);

    [LoggerMessage(EventId = 9404, EventName = "RequestFault", Level = LogLevel.Error, Message = "{Method} {Path} ended by a fault of the host")]
    internal static partial void RequestFault(this ILogger logger, Exception fault, string method, string path);
}
