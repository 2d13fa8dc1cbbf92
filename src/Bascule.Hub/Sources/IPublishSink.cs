namespace Bascule.Hub;

/// <summary>A source that also takes messages for its topics.</summary>
public interface IPublishSink
{
    /// <summary>Whether the topic is one of its own, and may be published to from here.</summary>
    bool Takes(string topic);

    /// <summary>Completes when the source has it for good.</summary>
    /// <returns>Where it stands, when the source says so; or why it was not taken.</returns>
    ValueTask<(Position? At, string? Fault)> PublishAsync(string topic, string? key, ReadOnlyMemory<byte> payload, CancellationToken cancellation);
}
