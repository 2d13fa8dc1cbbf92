using Bascule.Hub;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>What became of a message that was to be published.</summary>
/// <param name="Again">It was published before, with the same id.</param>
public sealed record Publishing(string? Cursor, bool Again, Ending? Fault);

/// <summary>Where a message goes that comes over HTTP or from a client: to the source that feeds its topic, or into the log of this gateway.</summary>
/// <param name="sink">Publishes to a source outside, where there is one that takes the topic.</param>
public sealed class HubPublisher(LocalLog log, TopicHub hub, IPublishSink? sink, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly RecentIds<Task<Publishing>> _sent = new(time);

    /// <summary>Clients of one topic are served by several gateways: what only one of them keeps would reach a part of them.</summary>
    internal bool IsOneOfSeveral { get; init; }

    public async ValueTask<Publishing> PublishAsync(string topic, string? key, ReadOnlyMemory<byte> payload, string? id, CancellationToken cancellation)
    {
        if (sink is not null && sink.Takes(topic))
            return id is null ? await SendAsync(sink, topic, key, payload, cancellation) : await SendOnceAsync(sink, topic, key, payload, id, cancellation);

        if (hub.FedBy(topic) is { } source)
            return new Publishing(null, false, new Ending(EndReasons.TopicForbidden, $"{topic} is fed by {source}, which takes nothing from here"));
        if (IsOneOfSeveral)
            return new Publishing(null, false, new Ending(EndReasons.TopicForbidden, $"no Kafka topic takes what is published to {topic}, and what this gateway keeps by itself would not reach the clients of its shards on other machines"));
        var published = log.Publish(topic, key, payload, id);
        return new Publishing(published.Cursor, published.IsRepeat, null);
    }

    private static async Task<Publishing> SendAsync(IPublishSink sink, string topic, string? key, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        var (at, fault) = await sink.PublishAsync(topic, key, payload, cancellation);
        return fault is null
            ? new Publishing(at is { } position ? Cursor.Empty.With(position).ToString() : null, false, null)
            : new Publishing(null, false, new Ending(EndReasons.SourceUnavailable, fault));
    }

    /// <summary>Who repeats it while the first is under way waits for that one; who repeats what was not taken publishes it. Once it is under way it goes on when its publisher leaves: he will ask again.</summary>
    private async Task<Publishing> SendOnceAsync(IPublishSink sink, string topic, string? key, ReadOnlyMemory<byte> payload, string id, CancellationToken cancellation)
    {
        var sent = new TaskCompletionSource<Publishing>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<Publishing>? before;
        lock (_gate)
        {
            if (!_sent.TryFind(topic, id, out before))
                _sent.Add(topic, id, sent.Task);
        }

        if (before is not null)
        {
            var known = await before.WaitAsync(cancellation);
            return known with { Again = known.Fault is null };
        }

        var sending = SendForAllAsync(sink, topic, key, payload.ToArray(), id, sent);
        await sending.WaitAsync(cancellation);
        return await sent.Task;
    }

    private async Task SendForAllAsync(IPublishSink sink, string topic, string? key, byte[] payload, string id, TaskCompletionSource<Publishing> sent)
    {
        // Stays when the sink itself breaks: that exception is the publisher's.
        var publishing = new Publishing(null, false, new Ending(EndReasons.SourceUnavailable, "the source broke while it took the message"));
        try
        {
            publishing = await SendAsync(sink, topic, key, payload, CancellationToken.None);
        }
        finally
        {
            if (publishing.Fault is not null)
            {
                lock (_gate)
                    _sent.Remove(topic, id);
            }

            sent.SetResult(publishing);
        }
    }
}
