using Microsoft.Extensions.Logging;

namespace Bascule.Sessions.Kubernetes;

/// <summary>What the runner for pods logs: ids 7600 to 7699.</summary>
internal static partial class KubernetesLog
{
    [LoggerMessage(EventId = 7601, EventName = "KubernetesWatchFailed", Level = LogLevel.Warning,
        Message = "The watch of {Collection} failed ({Failures} in a row): {Error}")]
    internal static partial void WatchFailed(this ILogger logger, string collection, string error, int failures);

    [LoggerMessage(EventId = 7602, EventName = "KubernetesWatchExpired", Level = LogLevel.Debug,
        Message = "The API server has no more the history of {Collection} that the watch was at; it is listed anew")]
    internal static partial void WatchExpired(this ILogger logger, string collection);

    [LoggerMessage(EventId = 7603, EventName = "PodCreated", Level = LogLevel.Debug, Message = "Session {Session} has pod {Pod}")]
    internal static partial void PodCreated(this ILogger logger, SessionId session, string pod);

    [LoggerMessage(EventId = 7604, EventName = "PodRefused", Level = LogLevel.Warning, Message = "The pod of session {Session} was not created ({Ending}): {Error}")]
    internal static partial void PodRefused(this ILogger logger, SessionId session, string ending, string error);

    [LoggerMessage(EventId = 7605, EventName = "PodNotDeleted", Level = LogLevel.Warning, Message = "Pod {Pod} could not be deleted: {Error}")]
    internal static partial void PodNotDeleted(this ILogger logger, string pod, string error);

    [LoggerMessage(EventId = 7606, EventName = "OrphanSwept", Level = LogLevel.Information, Message = "Pod {Pod} was deleted: {Why}")]
    internal static partial void OrphanSwept(this ILogger logger, string pod, string why);

    [LoggerMessage(EventId = 7607, EventName = "SweepFailed", Level = LogLevel.Warning, Message = "Pods that nobody needs could not be looked for: {Error}")]
    internal static partial void SweepFailed(this ILogger logger, string error);

    [LoggerMessage(EventId = 7608, EventName = "PodEventsUnread", Level = LogLevel.Debug, Message = "The events of pod {Pod} could not be read: {Error}")]
    internal static partial void EventsUnread(this ILogger logger, string pod, string error);

    [LoggerMessage(EventId = 7609, EventName = "AgentUnheard", Level = LogLevel.Debug, Message = "The agent of pod {Pod} does not answer: {Error}")]
    internal static partial void AgentUnheard(this ILogger logger, string pod, string error);

    [LoggerMessage(EventId = 7610, EventName = "KubernetesWatchCut", Level = LogLevel.Debug, Message = "The watch of {Collection} was cut: {Error}")]
    internal static partial void WatchCut(this ILogger logger, string collection, string error);

    [LoggerMessage(EventId = 7612, EventName = "PodRecordingLost", Level = LogLevel.Error, Message = "The recording of session {Session} was not taken out of its pod, and goes with it: {Error}")]
    internal static partial void RecordingLost(this ILogger logger, SessionId session, string error);

    [LoggerMessage(EventId = 7611, EventName = "KubernetesWatchBroke", Level = LogLevel.Error, Message = "The watch of {Collection} broke off by a defect and begins anew")]
    internal static partial void WatchBroke(this ILogger logger, Exception defect, string collection);
}
