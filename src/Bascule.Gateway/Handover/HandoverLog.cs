using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Links to shards and the processes of shards, as the log tells it: ids 4140 to 4159.</summary>
internal static partial class HandoverLog
{
    [LoggerMessage(EventId = 4140, EventName = "HandoverFault", Level = LogLevel.Error, Message = "a hand-over link ends: a defect of Bascule, please report it")]
    internal static partial void HandoverFault(this ILogger logger, Exception fault);

    [LoggerMessage(EventId = 4141, EventName = "LinkRefused", Level = LogLevel.Warning, Message = "process {Process} may not hand over on {Path}: {Reason}")]
    internal static partial void LinkRefused(this ILogger logger, int process, string path, string reason);

    [LoggerMessage(EventId = 4142, EventName = "LinkUp", Level = LogLevel.Information, Message = "hand-over link {Path} with process {Process} is there")]
    internal static partial void LinkUp(this ILogger logger, string path, int process);

    [LoggerMessage(EventId = 4143, EventName = "LinkDown", Level = LogLevel.Warning, Message = "hand-over link {Path} is gone: {Reason}")]
    internal static partial void LinkDown(this ILogger logger, string path, string reason);

    [LoggerMessage(EventId = 4144, EventName = "LinkNotTaken", Level = LogLevel.Error, Message = "a hand-over link on {Path} could not be accepted: {Error}")]
    internal static partial void LinkNotTaken(this ILogger logger, string path, System.Net.Sockets.SocketError error);

    [LoggerMessage(EventId = 4145, EventName = "LinkAwaited", Level = LogLevel.Debug, Message = "hand-over link {Path} is awaited: {Reason}")]
    internal static partial void LinkAwaited(this ILogger logger, string path, string reason);

    [LoggerMessage(EventId = 4150, EventName = "ShardStarted", Level = LogLevel.Information, Message = "{Shard} runs as process {Process}")]
    internal static partial void ShardStarted(this ILogger logger, string shard, int process);

    [LoggerMessage(EventId = 4151, EventName = "ShardEnded", Level = LogLevel.Error, Message = "{Shard} ended: {Exit}; next start in {Seconds} s")]
    internal static partial void ShardEnded(this ILogger logger, string shard, string exit, double seconds);

    [LoggerMessage(EventId = 4152, EventName = "ShardNotStarted", Level = LogLevel.Error, Message = "{Shard} could not be started: {Cause}; next try in {Seconds} s")]
    internal static partial void ShardNotStarted(this ILogger logger, string shard, string cause, double seconds);

    [LoggerMessage(EventId = 4153, EventName = "ShardSaid", Level = LogLevel.Information, Message = "{Shard}: {Line}")]
    internal static partial void ShardSaid(this ILogger logger, string shard, string line);

    [LoggerMessage(EventId = 4154, EventName = "ShardStopped", Level = LogLevel.Information, Message = "{Shard} stopped: {Exit}")]
    internal static partial void ShardStopped(this ILogger logger, string shard, string exit);

    [LoggerMessage(EventId = 4155, EventName = "ShardKilled", Level = LogLevel.Warning, Message = "{Shard}, process {Process}, did not stop within {Seconds} s and is killed")]
    internal static partial void ShardKilled(this ILogger logger, string shard, int process, double seconds);

    [LoggerMessage(EventId = 4156, EventName = "ShardGivenUp", Level = LogLevel.Error, Message = "{Shard}, process {Process}, is killed, to be started again: {Why}")]
    internal static partial void ShardGivenUp(this ILogger logger, string shard, int process, string why);
}
