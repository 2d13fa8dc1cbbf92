using Bascule.Hub;
using Bascule.Hub.Kafka;
using Bascule.Settings;
using Bascule.Storage.Redis;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Where one hub process gets its messages from outside, and older ones again.</summary>
internal sealed class HubSources : IHistorySource, IAsyncDisposable
{
    private readonly HubSettings _settings;
    private readonly ILoggerFactory _logs;
    private readonly TimeProvider _time;
    private readonly List<IAsyncDisposable> _running = [];
    private readonly List<IHistorySource> _histories = [];

    internal HubSources(HubSettings settings, ILoggerFactory logs, TimeProvider time)
    {
        _settings = settings;
        _logs = logs;
        _time = time;
    }

    /// <summary>Takes messages for topics of its own; null when nothing outside does.</summary>
    internal IPublishSink? Sink { get; private set; }

    public bool Has(LogId log) => _histories.Exists(history => history.Has(log));

    public Task<FetchResult> FetchAsync(LogId log, int partition, long after, long before, FetchLimits limits, Action<SourceMessage> each, CancellationToken cancellation) =>
        _histories.Find(history => history.Has(log)) is { } found
            ? found.FetchAsync(log, partition, after, before, limits, each, cancellation)
            : Task.FromResult(new FetchResult(0, GapReason.TooOld));

    /// <summary>Begins to read. Nothing is waited for: a source that cannot be reached says so in its state.</summary>
    /// <param name="publishes">This process is the one that publishes to the sources.</param>
    internal void Start(IMessageSink sink, bool publishes)
    {
        if (_settings.Kafka is { } kafka)
            StartKafka(kafka, sink, publishes);
        if (_settings.Redis is { } redis)
        {
            var address = StorageAddress.Parse(redis.Url, out var faults) ?? throw new IOException($"hub.redis.url {string.Join("; ", faults.Select(f => f.Problem))}.");
            var source = new RedisTopicSource(address, redis, sink, _settings.History.Age, _time, _logs.CreateLogger<RedisTopicSource>());
            _running.Add(source);
            _histories.Add(source);
            source.Start();
        }
    }

    private void StartKafka(KafkaSettings kafka, IMessageSink sink, bool publishes)
    {
        var logs = new KafkaLogs();
        var source = new KafkaSource(kafka, _settings.History.Age, sink, logs, _time, _logs.CreateLogger<KafkaSource>());
        var history = new KafkaHistory(kafka, logs, _time);
        _running.Add(source);
        _running.Add(history);
        _histories.Add(history);
        if (publishes && kafka.Topics.Any(topic => topic.Publish))
        {
            var publisher = new KafkaPublisher(kafka, logs, _logs.CreateLogger<KafkaPublisher>());
            _running.Add(publisher);
            Sink = new KafkaSink(publisher);
        }

        source.Start();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _running)
            await source.DisposeAsync();
    }
}
