using System.Text;
using Bascule.Settings;
using Bascule.Testing;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Bascule.Hub.Kafka.Tests;

/// <summary>Brokers, something that writes to them, and sources that read.</summary>
internal sealed class KafkaStage : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _started = [];
    private IProducer<byte[]?, byte[]?>? _producer;

    private KafkaStage(MockBrokers brokers) => Brokers = brokers;

    public MockBrokers Brokers { get; }

    public RecordingSink Sink { get; } = new();

    public RecordingLogger Logger { get; } = new();

    public KafkaLogs Logs { get; } = new();

    public TimeSpan HistoryAge { get; set; } = TimeSpan.FromMinutes(2);

    public KafkaTuning Tuning { get; set; } = new() { LookEvery = TimeSpan.FromMilliseconds(500), RetryEvery = TimeSpan.FromMilliseconds(200) };

    public Dictionary<string, string> Options { get; } = new(StringComparer.Ordinal);

    public static async Task<KafkaStage> StartAsync(params (string Topic, int Partitions)[] topics)
    {
        Assert.Null(KafkaLibrary.Fault);
        var stage = new KafkaStage(await MockBrokers.StartAsync());
        foreach (var (topic, partitions) in topics)
            await stage.Brokers.TopicAsync(topic, partitions);
        return stage;
    }

    public KafkaSettings Settings(params KafkaTopicSettings[] topics) => new() { Brokers = Brokers.Addresses, Topics = topics, Options = Options };

    public KafkaSource Read(params KafkaTopicSettings[] topics)
    {
        var source = new KafkaSource(Settings(topics), HistoryAge, Sink, Logs, TimeProvider.System, Logger) { Tuning = Tuning };
        _started.Add(source);
        source.Start();
        return source;
    }

    public Task CaughtUpAsync() => Sink.UntilAsync(s => s.State is { IsConnected: true, IsCaughtUp: true });

    public KafkaHistory History(params KafkaTopicSettings[] topics)
    {
        var history = new KafkaHistory(Settings(topics), Logs, TimeProvider.System);
        _started.Add(history);
        return history;
    }

    public KafkaPublisher Publisher(params KafkaTopicSettings[] topics)
    {
        var publisher = new KafkaPublisher(Settings(topics), Logs, Logger);
        _started.Add(publisher);
        return publisher;
    }

    /// <summary>Completes when the brokers have all of them.</summary>
    public Task WriteAsync(string topic, IEnumerable<(string? Key, string? Value)> records) => Task.WhenAll(records.Select(r =>
        WriteAsync(topic, r.Key is null ? null : Encoding.UTF8.GetBytes(r.Key), r.Value)).ToList());

    public Task WriteAsync(string topic, byte[]? key, string? value, DateTimeOffset? at = null) => Producer().ProduceAsync(
        topic,
        new Message<byte[]?, byte[]?> { Key = key, Value = value is null ? null : Encoding.UTF8.GetBytes(value), Timestamp = at is { } time ? new Timestamp(time) : default });

    public async ValueTask DisposeAsync()
    {
        Sink.Gate.Set();
        foreach (var started in _started)
            await started.DisposeAsync();
        _producer?.Dispose();
        await Brokers.DisposeAsync();
        Assert.Empty(Sink.Faults);
    }

    private IProducer<byte[]?, byte[]?> Producer() => _producer ??= new ProducerBuilder<byte[]?, byte[]?>(
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["bootstrap.servers"] = Brokers.Addresses,
            ["linger.ms"] = "5",
            ["enable.idempotence"] = "true",
            ["reconnect.backoff.max.ms"] = "1000",
        }).SetLogHandler((_, _) => { }).Build();
}

/// <summary>Keeps what is logged from Information up.</summary>
internal sealed class RecordingLogger : ILogger
{
    private readonly Lock _gate = new();
    private readonly List<(EventId Id, string Text)> _lines = [];

    public IReadOnlyList<(EventId Id, string Text)> Lines
    {
        get
        {
            lock (_gate)
                return [.. _lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        lock (_gate)
            _lines.Add((eventId, formatter(state, exception)));
    }
}
