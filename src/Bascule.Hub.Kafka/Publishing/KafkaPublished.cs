namespace Bascule.Hub.Kafka;

/// <summary>Why a message was not published.</summary>
public enum PublishFault
{
    /// <summary>No Kafka topic with <c>publish: true</c> stands behind the topic.</summary>
    NotPublishable,

    /// <summary>The topic's name says another key.</summary>
    KeyMismatch,

    /// <summary>Too much waits for the brokers already. Nothing was sent.</summary>
    QueueFull,

    /// <summary>The brokers did not take it in time. It may have been written all the same, when only the answer was lost.</summary>
    Away,

    /// <summary>Larger than the brokers or the client library take.</summary>
    TooBig,

    /// <summary>The brokers do not let us write.</summary>
    Refused,

    /// <summary>Something else; the detail says what.</summary>
    Failed,

    /// <summary>The native library is missing.</summary>
    Off,
}

/// <summary>What became of a message.</summary>
/// <param name="At">Where it stands; null when it failed, or while no source has found the topic yet.</param>
/// <param name="Fault">Null: a broker has it, and so have its replicas.</param>
/// <param name="Detail">For an operator.</param>
public readonly record struct KafkaPublished(Position? At, PublishFault? Fault, string? Detail)
{
    internal static KafkaPublished Not(PublishFault fault, string detail) => new(null, fault, detail);
}
