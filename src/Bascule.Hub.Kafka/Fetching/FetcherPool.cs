using System.Collections.Concurrent;
using Bascule.Settings;
using Confluent.Kafka;

namespace Bascule.Hub.Kafka;

/// <summary>A few consumers for fetches, made when they are needed first and kept. One that failed is not used again.</summary>
internal sealed class FetcherPool(KafkaSettings settings) : IAsyncDisposable
{
    private const int Most = 4; // each has threads and connections of its own to every broker
    private readonly SemaphoreSlim _free = new(Most, Most);
    private readonly ConcurrentBag<IConsumer<byte[], byte[]>> _idle = [];

    public async Task<T> UseAsync<T>(Func<IConsumer<byte[], byte[]>, T> use, CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation);
        try
        {
            return await Task.Factory.StartNew(() => Use(use), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Waits for the fetches that run.</summary>
    public async ValueTask DisposeAsync()
    {
        for (var taken = 0; taken < Most; taken++)
            await _free.WaitAsync();
        while (_idle.TryTake(out var consumer))
            consumer.Dispose();
        _free.Dispose();
    }

    private T Use<T>(Func<IConsumer<byte[], byte[]>, T> use)
    {
        if (!_idle.TryTake(out var consumer))
            consumer = New();
        var isGood = false;
        try
        {
            var result = use(consumer);
            isGood = true;
            return result;
        }
        finally
        {
            if (isGood)
                _idle.Add(consumer);
            else
                consumer.Dispose();
        }
    }

    /// <summary>What it has to say about brokers, <see cref="KafkaSource"/> says too.</summary>
    private IConsumer<byte[], byte[]> New() =>
        new ConsumerBuilder<byte[], byte[]>(KafkaOptions.OfFetcher(settings)).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
}
