using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>What the hub tells the log: ids 4160 to 4170.</summary>
internal static partial class HubLog
{
    [LoggerMessage(EventId = 4160, EventName = "ShardQuestionFailed", Level = LogLevel.Error, Message = "a question of a shard for attempt {Attempt} failed; please report it")]
    internal static partial void ShardQuestionFailed(this ILogger logger, string attempt, Exception cause);

    [LoggerMessage(EventId = 4161, EventName = "HubSourceChanged", Level = LogLevel.Warning, Message = "{Source}: {State}")]
    internal static partial void HubSourceChanged(this ILogger logger, string source, string state);

    [LoggerMessage(EventId = 4162, EventName = "ShardUp", Level = LogLevel.Information, Message = "{Shard} takes connections")]
    internal static partial void ShardUp(this ILogger logger, string shard);

    [LoggerMessage(EventId = 4163, EventName = "ShardAway", Level = LogLevel.Warning, Message = "{Shard} takes no connections: {Why}")]
    internal static partial void ShardAway(this ILogger logger, string shard, string why);

    [LoggerMessage(EventId = 4169, EventName = "ShardAnswers", Level = LogLevel.Information, Message = "GET /health and GET /metrics on {Url}")]
    internal static partial void ShardAnswers(this ILogger logger, string url);

    [LoggerMessage(EventId = 4170, EventName = "ShardLeft", Level = LogLevel.Debug, Message = "{Shard} is stopped, its line is down: {Why}")]
    internal static partial void ShardLeft(this ILogger logger, string shard, string why);

    [LoggerMessage(EventId = 4164, EventName = "HandedConnectionFailed", Level = LogLevel.Error, Message = "a connection of attempt {Attempt} failed in this shard; please report it")]
    internal static partial void HandedConnectionFailed(this ILogger logger, string attempt, Exception cause);

    [LoggerMessage(EventId = 4165, EventName = "MessagesNotGiven", Level = LogLevel.Warning, Message = "{Shard} does not get {Messages} messages that were published here: it read too late, or they are too large; its clients are told of a gap")]
    internal static partial void MessagesNotGiven(this ILogger logger, string shard, long messages);

    [LoggerMessage(EventId = 4166, EventName = "FeedFailed", Level = LogLevel.Error, Message = "what is published here could not be given to {Shard}; please report it")]
    internal static partial void FeedFailed(this ILogger logger, string shard, Exception cause);

    [LoggerMessage(EventId = 4167, EventName = "LeftFolderDeleted", Level = LogLevel.Information, Message = "{Folder} was left by a gateway that was killed, and is deleted")]
    internal static partial void LeftFolderDeleted(this ILogger logger, string folder);

    [LoggerMessage(EventId = 4168, EventName = "LeftFolderKept", Level = LogLevel.Debug, Message = "{Folder} is left alone: {Why}")]
    internal static partial void LeftFolderKept(this ILogger logger, string folder, string why);
}
