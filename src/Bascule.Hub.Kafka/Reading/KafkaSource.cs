using Bascule.Settings;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Bascule.Hub.Kafka;

/// <summary>Reads Kafka topics for one hub: all partitions, without a group, from a start of its own. Brokers may go and come; nothing is lost or given twice.</summary>
public sealed class KafkaSource : IAsyncDisposable
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);
    private readonly KafkaSettings _settings;
    private readonly TimeSpan _historyAge;
    private readonly IMessageSink _sink;
    private readonly KafkaLogs _logs;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private KafkaReader? _reader;
    private SourceState? _off;
    private Task _running = Task.CompletedTask;

    /// <param name="historyAge">How far back a topic with <c>start: history</c> is read.</param>
    public KafkaSource(KafkaSettings settings, TimeSpan historyAge, IMessageSink sink, KafkaLogs logs, TimeProvider time, ILogger logger) =>
        (_settings, _historyAge, _sink, _logs, _time, _logger) = (settings, historyAge, sink, logs, time, logger);

    public KafkaTuning Tuning { get; init; } = new();

    /// <summary>As the hub was told last; null before the start.</summary>
    public SourceState? State => _off ?? _reader?.State;

    /// <summary>Messages given to the hub since the start.</summary>
    public long Messages => _reader?.Messages ?? 0;

    /// <summary>Begins to read, and returns at once. Without the native library it only reports why Kafka is off.</summary>
    public void Start()
    {
        if (Tuning.LibraryFault() is { } fault)
        {
            // Caught up: nothing will ever come, so nobody has to wait for it.
            _off = new SourceState(SourceHealth.SourceName, IsConnected: false, IsCaughtUp: true, Lag: null, _time.GetUtcNow(), fault);
            _logger.Off(fault);
            _sink.Report(_off);
            return;
        }

        var health = new SourceHealth(_settings.Brokers, _time, _logger);
        var watch = new TopicWatch(_settings, _historyAge, health, _time, _logger, Tuning);
        _reader = new KafkaReader(_settings, _sink, _logs, watch, health, _time) { Logger = _logger };
        _sink.Report(_reader.State);
        _running = RunAsync(_reader, watch, health, _stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync(); // not disposed: it has no timer, and who disposes twice does no harm
        await _running;
    }

    /// <summary>The one place where a failure of the reading ends: it is told, and reading begins again where it was.</summary>
    private async Task RunAsync(KafkaReader reader, TopicWatch watch, SourceHealth health, CancellationToken stop)
    {
        var lastFailure = "";
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await ReadAsync(reader, watch, health, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!e.Message.Equals(lastFailure, StringComparison.Ordinal))
                    _logger.ReadingFailed(e);
                lastFailure = e.Message;
                health.Away($"reading failed: {e.Message}");
                reader.TellNow();
                await Task.Delay(PauseAfterFailure, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ReadAsync(KafkaReader reader, TopicWatch watch, SourceHealth health, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var consumer = new ConsumerBuilder<byte[], byte[]>(KafkaOptions.OfReader(_settings))
            .SetErrorHandler((_, error) => health.Hear(error))
            .SetLogHandler((_, line) => _logger.ClientLine(line.Message))
            .Build();
        var watching = EndAllAsync(watch.RunAsync(consumer, over.Token), over);
        var reading = EndAllAsync(Task.Factory.StartNew(() => reader.Run(consumer, over.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default), over);
        await Task.WhenAll(watching, reading);
    }

    /// <summary>Neither goes on without the other.</summary>
    private static async Task EndAllAsync(Task one, CancellationTokenSource over)
    {
        try
        {
            await one;
        }
        finally
        {
            await over.CancelAsync();
        }
    }
}
