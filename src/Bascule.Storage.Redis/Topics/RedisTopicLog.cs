using Microsoft.Extensions.Logging;

namespace Bascule.Storage.Redis;

/// <summary>What is logged of topics from Redis: ids 7100 to 7199.</summary>
internal static partial class RedisTopicLog
{
    [LoggerMessage(EventId = 7100, EventName = "RedisTopicsRead", Level = LogLevel.Information, Message = "{Source} are read.")]
    internal static partial void TopicsRead(this ILogger logger, string source);

    [LoggerMessage(EventId = 7101, EventName = "RedisTopicsNotRead", Level = LogLevel.Warning,
        Message = "{Source} cannot be read: {Trouble}. Clients stay connected; it is tried again and again.")]
    internal static partial void TopicsNotRead(this ILogger logger, string source, string trouble);

    [LoggerMessage(EventId = 7102, EventName = "RedisStreamEnded", Level = LogLevel.Warning,
        Message = "The stream {Key} cannot be followed on without a gap: {Why}. Readers are told.")]
    internal static partial void StreamEnded(this ILogger logger, string key, string why);
}
