namespace Bascule.Hub.Kafka;

/// <summary>What tests make shorter or aim elsewhere; nobody asked for settings of these.</summary>
public sealed record KafkaTuning
{
    /// <summary>Between two looks for new partitions and new lives of topics.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The same while no broker answers, or a topic cannot be read.</summary>
    public TimeSpan RetryEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a broker may take to answer a question.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Who is asked for the ids of topics; null: the brokers.</summary>
    public string? IdentityBrokers { get; init; }

    public Func<string?> LibraryFault { get; init; } = () => KafkaLibrary.Fault;
}
