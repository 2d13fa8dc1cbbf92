using Bascule.Hub;
using Bascule.Hub.Kafka;

namespace Bascule.Gateway;

/// <summary>Publishing to Kafka, as the hub's publisher asks for it.</summary>
internal sealed class KafkaSink(KafkaPublisher publisher) : IPublishSink
{
    public bool Takes(string topic) => publisher.Takes(topic);

    public async ValueTask<(Position? At, string? Fault)> PublishAsync(string topic, string? key, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        var published = await publisher.PublishAsync(topic, key, payload, cancellation);
        return (published.At, published.Fault is null ? null : $"Kafka did not take it ({published.Fault}): {published.Detail}");
    }
}
