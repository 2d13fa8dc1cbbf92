using System.Text;
using Bascule.Settings;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Bascule.Hub.Kafka;

/// <summary>Writes what clients publish to Kafka, each message once (idempotent producer), and says where it stands.</summary>
public sealed class KafkaPublisher : IAsyncDisposable
{
    private static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(5);
    private readonly KafkaSettings _settings;
    private readonly KafkaLogs _logs;
    private readonly ILogger _logger;
    private readonly List<TopicMapping> _mappings;
    private readonly Lock _gate = new();
    private IProducer<byte[]?, byte[]>? _producer;
    private bool _isDisposed;

    public KafkaPublisher(KafkaSettings settings, KafkaLogs logs, ILogger logger)
    {
        (_settings, _logs, _logger) = (settings, logs, logger);
        _mappings = [.. settings.Topics.Where(t => t.Publish).Select(t => new TopicMapping(t)).OrderByDescending(m => m.FixedLength)];
    }

    /// <summary>Asked before each message; tests put their own in.</summary>
    public Func<string?> LibraryFault { get; init; } = () => KafkaLibrary.Fault;

    /// <summary>Whether the topic of the hub is one that is published to Kafka.</summary>
    public bool Takes(string topic) => Find(topic, out _) is not null;

    /// <summary>Completes when the brokers have the message, or will not get it. The wait can be cancelled, the message cannot: it may be written all the same.</summary>
    /// <param name="key">Null where the name of the topic has it, or where there is none.</param>
    public async Task<KafkaPublished> PublishAsync(string topic, string? key, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        if (Find(topic, out var keyOfName) is not { } mapping)
            return KafkaPublished.Not(PublishFault.NotPublishable, $"No Kafka topic with publish: true stands behind {topic}.");
        if (keyOfName is not null && key is not null && !key.Equals(keyOfName, StringComparison.Ordinal))
            return KafkaPublished.Not(PublishFault.KeyMismatch, $"The key of {topic} is {keyOfName}; leave the key out, or give that one.");
        if (LibraryFault() is { } missing)
            return KafkaPublished.Not(PublishFault.Off, missing);
        var bytes = (keyOfName ?? key) is { } text ? Encoding.UTF8.GetBytes(text) : null;
        var message = new Message<byte[]?, byte[]> { Key = bytes, Value = payload.ToArray() };
        IProducer<byte[]?, byte[]>? producer = null;
        try
        {
            producer = Producer();
            var report = await producer.ProduceAsync(mapping.KafkaTopic, message, CancellationToken.None).WaitAsync(cancellation);
            Position? at = _logs.Of(mapping.KafkaTopic) is { } log ? new Position(log, report.Partition.Value, report.Offset.Value) : null;
            return new KafkaPublished(at, null, null);
        }
        catch (KafkaException e)
        {
            if (e.Error.IsFatal && producer is not null)
                Renew(producer, e.Error.Reason);
            return KafkaPublished.Not(FaultOf(e.Error.Code), e.Error.Reason);
        }
        catch (InvalidOperationException e) when (e is not ObjectDisposedException)
        {
            return KafkaPublished.Not(PublishFault.Failed, $"librdkafka does not take hub.kafka.options: {e.Message}");
        }
    }

    /// <summary>Gives what waits a last chance of five seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        IProducer<byte[]?, byte[]>? last;
        lock (_gate)
            (last, _producer, _isDisposed) = (_producer, null, true);
        if (last is not null)
            await EndAsync(last);
    }

    private static PublishFault FaultOf(ErrorCode code) => code switch
    {
        ErrorCode.Local_QueueFull => PublishFault.QueueFull,
        ErrorCode.Local_MsgTimedOut or ErrorCode.Local_TimedOut or ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown
            or ErrorCode.NotEnoughReplicas or ErrorCode.NotEnoughReplicasAfterAppend or ErrorCode.RequestTimedOut => PublishFault.Away,
        ErrorCode.MsgSizeTooLarge => PublishFault.TooBig,
        ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed => PublishFault.Refused,
        _ => PublishFault.Failed,
    };

    private TopicMapping? Find(string topic, out string? key)
    {
        foreach (var mapping in _mappings)
        {
            if (mapping.TryKey(topic, out key))
                return mapping;
        }

        key = null;
        return null;
    }

    private IProducer<byte[]?, byte[]> Producer()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _producer ??= new ProducerBuilder<byte[]?, byte[]>(KafkaOptions.OfPublisher(_settings))
                .SetErrorHandler((_, error) => _logger.ClientLine(error.Reason))
                .SetLogHandler((_, line) => _logger.ClientLine(line.Message))
                .Build();
        }
    }

    /// <summary>A producer that lost its numbering takes nothing any more; the next message gets a new one.</summary>
    private void Renew(IProducer<byte[]?, byte[]> failed, string reason)
    {
        lock (_gate)
        {
            if (_producer != failed)
                return;
            _producer = null;
        }

        _logger.ProducerRenewed(reason);
        failed.Dispose();
    }

    private static Task EndAsync(IProducer<byte[]?, byte[]> producer) => Task.Factory.StartNew(
        () =>
        {
            producer.Flush(LastFlush);
            producer.Dispose();
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);
}
