using Microsoft.Extensions.Logging;

namespace Bascule.Hub.Kafka;

/// <summary>What is logged of Kafka: ids 8600 to 8699. Once for each change, not once for each try.</summary>
internal static partial class KafkaLog
{
    [LoggerMessage(EventId = 8600, EventName = "KafkaReading", Level = LogLevel.Information,
        Message = "Kafka topic {Topic} is read from {Partitions} partitions as log {Log}")]
    internal static partial void TopicRead(this ILogger logger, string topic, int partitions, string log);

    [LoggerMessage(EventId = 8601, EventName = "KafkaAway", Level = LogLevel.Warning,
        Message = "No broker of {Brokers} answers: {Reason}. Reading goes on where it stopped as soon as one does")]
    internal static partial void BrokersAway(this ILogger logger, string brokers, string reason);

    [LoggerMessage(EventId = 8602, EventName = "KafkaReached", Level = LogLevel.Information, Message = "{Brokers} answer, after {Seconds} s")]
    internal static partial void BrokersReached(this ILogger logger, string brokers, double seconds);

    [LoggerMessage(EventId = 8603, EventName = "KafkaTopicInTrouble", Level = LogLevel.Warning, Message = "Kafka topic {Topic}: {Trouble}")]
    internal static partial void TopicInTrouble(this ILogger logger, string topic, string trouble);

    [LoggerMessage(EventId = 8604, EventName = "KafkaRecordsSkipped", Level = LogLevel.Warning,
        Message = "Kafka topic {Topic} has a record whose key gives no name of a topic. Such records are skipped; the state of the source counts them")]
    internal static partial void RecordsSkipped(this ILogger logger, string topic);

    [LoggerMessage(EventId = 8605, EventName = "KafkaLogEnded", Level = LogLevel.Warning,
        Message = "Kafka topic {Topic} does not go on where it was read ({Reason}): its clients are told of a gap")]
    internal static partial void LogEnded(this ILogger logger, string topic, GapReason reason);

    [LoggerMessage(EventId = 8606, EventName = "KafkaRestarted", Level = LogLevel.Error, Message = "Reading Kafka failed and begins again where it was")]
    internal static partial void ReadingFailed(this ILogger logger, Exception cause);

    [LoggerMessage(EventId = 8607, EventName = "KafkaOff", Level = LogLevel.Error, Message = "{Fault}")]
    internal static partial void Off(this ILogger logger, string fault);

    [LoggerMessage(EventId = 8608, EventName = "KafkaIdentityUnknown", Level = LogLevel.Warning,
        Message = "No broker says which life of its topics this is. A topic that is made anew is noticed only when it is shorter than what was read")]
    internal static partial void IdentityUnknown(this ILogger logger);

    [LoggerMessage(EventId = 8609, EventName = "KafkaClient", Level = LogLevel.Debug, Message = "{Line}")]
    internal static partial void ClientLine(this ILogger logger, string line);

    [LoggerMessage(EventId = 8610, EventName = "KafkaProducerRenewed", Level = LogLevel.Warning, Message = "Publishing to Kafka failed for good and begins anew: {Reason}")]
    internal static partial void ProducerRenewed(this ILogger logger, string reason);
}
