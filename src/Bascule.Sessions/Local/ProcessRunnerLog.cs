using Microsoft.Extensions.Logging;

namespace Bascule.Sessions;

/// <summary>What the runner of processes logs: ids 7550 to 7599.</summary>
internal static partial class ProcessRunnerLog
{
    [LoggerMessage(EventId = 7550, EventName = "SessionHostTaken", Level = LogLevel.Information, Message = "Session host {How}: {Host}, pid {Pid}, {Url}")]
    internal static partial void HostTaken(this ILogger logger, string how, string host, int pid, Uri url);

    [LoggerMessage(EventId = 7551, EventName = "SessionHostNotStarted", Level = LogLevel.Error,
        Message = "No session host could be started, so no session can: {Seen} The next try is in {PauseSeconds} s")]
    internal static partial void HostNotStarted(this ILogger logger, string seen, double pauseSeconds);

    [LoggerMessage(EventId = 7552, EventName = "SessionHostLost", Level = LogLevel.Error,
        Message = "Session host {Host} has died, and its sessions with it. What it left behind is killed, and another one started")]
    internal static partial void HostLost(this ILogger logger, string host);

    [LoggerMessage(EventId = 7553, EventName = "SessionHostSilent", Level = LogLevel.Warning, Message = "Session host {Host} lives but cannot be used: {Seen}")]
    internal static partial void HostSilent(this ILogger logger, string host, string seen);

    [LoggerMessage(EventId = 7554, EventName = "SessionHostHung", Level = LogLevel.Error,
        Message = "Session host {Host} did not answer for {Minutes} min and is killed, with its sessions")]
    internal static partial void HostHung(this ILogger logger, string host, double minutes);

    [LoggerMessage(EventId = 7555, EventName = "SessionHostChangesLost", Level = LogLevel.Information,
        Message = "Session host {Host} does not remember all changes since {Number}: its sessions are compared with its list")]
    internal static partial void HostChangesLost(this ILogger logger, string host, long number);

    [LoggerMessage(EventId = 7556, EventName = "SessionHostRefused", Level = LogLevel.Warning, Message = "Session host {Host} refused session {Session}: {Seen}")]
    internal static partial void HostRefused(this ILogger logger, string host, string session, string seen);

    [LoggerMessage(EventId = 7557, EventName = "SessionWatchFailed", Level = LogLevel.Error,
        Message = "Following the session host failed. It begins anew; please report it as a defect of Bascule")]
    internal static partial void WatchFailed(this ILogger logger, Exception cause);
}
