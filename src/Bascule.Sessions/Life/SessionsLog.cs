using Microsoft.Extensions.Logging;

namespace Bascule.Sessions;

/// <summary>What the life of sessions logs: ids 7500 to 7549.</summary>
internal static partial class SessionsLog
{
    [LoggerMessage(EventId = 7500, EventName = "SessionStoreLost", Level = LogLevel.Warning,
        Message = "Sessions cannot be written down: {Seen} Those that run go on, none is created until it mends")]
    internal static partial void SessionStoreLost(this ILogger logger, string seen);

    [LoggerMessage(EventId = 7501, EventName = "SessionStoreBack", Level = LogLevel.Information, Message = "Sessions can be written down again")]
    internal static partial void SessionStoreBack(this ILogger logger);

    [LoggerMessage(EventId = 7502, EventName = "SessionStepDelayed", Level = LogLevel.Debug,
        Message = "What happened to session {Session} is not written down yet: {Seen} It is tried again in {PauseSeconds} s")]
    internal static partial void StepDelayed(this ILogger logger, string session, string seen, double pauseSeconds);

    [LoggerMessage(EventId = 7503, EventName = "SessionStepFailed", Level = LogLevel.Error,
        Message = "What happened to session {Session} was not written down. Please report it as a defect of Bascule")]
    internal static partial void StepFailed(this ILogger logger, Exception cause, string session);

    [LoggerMessage(EventId = 7504, EventName = "SessionResultLost", Level = LogLevel.Warning,
        Message = "Session {Session} ended ({Ending}), and its output could not be fetched")]
    internal static partial void ResultLost(this ILogger logger, string session, string ending);

    [LoggerMessage(EventId = 7505, EventName = "SessionEndUnconfirmed", Level = LogLevel.Warning,
        Message = "Session {Session} is over ({Ending}), but nobody could be reached who ends its processes. The sweep tries again")]
    internal static partial void EndUnconfirmed(this ILogger logger, string session, string ending);

    [LoggerMessage(EventId = 7506, EventName = "SessionsSwept", Level = LogLevel.Information,
        Message = "Swept: {Ended} sessions ended by their limits, {Orphans} processes or pods that nobody knew, {Forgotten} old records")]
    internal static partial void Swept(this ILogger logger, int ended, int orphans, int forgotten);

    [LoggerMessage(EventId = 7507, EventName = "SessionSweepFailed", Level = LogLevel.Error,
        Message = "A sweep of the sessions failed; the next one is in {PauseSeconds} s. Please report it as a defect of Bascule")]
    internal static partial void SweepFailed(this ILogger logger, Exception cause, double pauseSeconds);

    [LoggerMessage(EventId = 7508, EventName = "SessionStartBroke", Level = LogLevel.Error,
        Message = "The runner broke while it started session {Session}. Please report it as a defect of Bascule")]
    internal static partial void StartBroke(this ILogger logger, Exception cause, string session);

    [LoggerMessage(EventId = 7509, EventName = "SessionWrittenAgain", Level = LogLevel.Warning,
        Message = "The store has lost session {Session}, which still runs; it is written down again. Let the store keep its data on disk")]
    internal static partial void SessionWrittenAgain(this ILogger logger, string session);
}
