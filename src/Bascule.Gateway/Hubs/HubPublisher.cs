using Bascule.Hub;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>What became of a message that was to be published.</summary>
/// <param name="Again">It was published before, with the same id.</param>
public sealed record Publishing(string? Cursor, bool Again, Ending? Fault);

/// <summary>Where a message goes that comes over HTTP or from a client: to the source that feeds its topic, or into the log of this gateway.</summary>
/// <param name="sink">Publishes to a source outside, where there is one that takes the topic.</param>
public sealed class HubPublisher(LocalLog log, TopicHub hub, IPublishSink? sink)
{
    /// <summary>Clients of one topic are served by several gateways: what only one of them keeps would reach a part of them.</summary>
    internal bool IsOneOfSeveral { get; init; }

    public async ValueTask<Publishing> PublishAsync(string topic, string? key, ReadOnlyMemory<byte> payload, string? id, CancellationToken cancellation)
    {
        if (sink is not null && sink.Takes(topic))
        {
            var (at, fault) = await sink.PublishAsync(topic, key, payload, cancellation);
            return fault is null
                ? new Publishing(at is { } position ? Cursor.Empty.With(position).ToString() : null, false, null)
                : new Publishing(null, false, new Ending(EndReasons.SourceUnavailable, fault));
        }

        if (hub.FedBy(topic) is { } source)
            return new Publishing(null, false, new Ending(EndReasons.TopicForbidden, $"{topic} is fed by {source}, which takes nothing from here"));
        if (IsOneOfSeveral)
            return new Publishing(null, false, new Ending(EndReasons.TopicForbidden, $"no Kafka topic takes what is published to {topic}, and what this gateway keeps by itself would not reach the clients of its shards on other machines"));
        var published = log.Publish(topic, key, payload, id);
        return new Publishing(published.Cursor, published.IsRepeat, null);
    }
}
