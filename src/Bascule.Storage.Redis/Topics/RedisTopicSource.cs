using System.Net.Sockets;
using Bascule.Hub;
using Bascule.Settings;
using Microsoft.Extensions.Logging;

namespace Bascule.Storage.Redis;

/// <summary>Topics from Redis: pub/sub channels, which Redis forgets, and streams, which it keeps. It mends itself as long as it runs.</summary>
public sealed class RedisTopicSource : IHistorySource, IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly StorageAddress _address;
    private readonly RedisTopicSettings _settings;
    private readonly IMessageSink _sink;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IReadOnlyList<StreamTrack> _tracks;
    private readonly StreamHistory _history;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <param name="address">What <c>hub.redis.url</c> says, read.</param>
    /// <param name="historyAge">How far back streams are read at the start: <c>hub.history.age</c>.</param>
    /// <exception cref="ArgumentException">The address is of another kind.</exception>
    public RedisTopicSource(StorageAddress address, RedisTopicSettings settings, IMessageSink sink, TimeSpan historyAge, TimeProvider time, ILogger<RedisTopicSource> logger)
    {
        if (address.Kind != StorageKind.Redis)
            throw new ArgumentException($"{address} is not Redis.", nameof(address));
        (_address, _settings, _sink, _time, _logger) = (address, settings, sink, time, logger);
        _tracks = [.. settings.Streams.Select(key => new StreamTrack(key, historyAge, sink, time, logger))];
        _history = new StreamHistory(address, _tracks, time);
    }

    /// <summary>Begins to read; returns at once. Once only.</summary>
    public void Start()
    {
        List<Task> running = [];
        if (_settings.Channels.Count > 0)
        {
            var health = Health("channels");
            running.Add(KeepAsync(new ChannelLoop(_address, _settings.Channels, _sink, health, _time).LiveAsync, health));
        }

        if (_tracks.Count > 0)
        {
            var health = Health("streams");
            running.Add(KeepAsync(new StreamLoop(_address, _tracks, health, _time).LiveAsync, health));
        }

        _running = Task.WhenAll(running);
    }

    public bool Has(LogId log) => _history.Has(log);

    public Task<FetchResult> FetchAsync(
        LogId log, int partition, long after, long before, FetchLimits limits, Action<SourceMessage> each, CancellationToken cancellation) =>
        _history.FetchAsync(log, after, before, limits, each, cancellation);

    /// <summary>Nothing is given to the hub after it. Fetches must have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _history.DisposeAsync();
        _stop.Dispose();
    }

    private SourceHealth Health(string what) => new($"{what} of Redis {_address.Host}:{_address.Port}", _sink, _time, _logger);

    private async Task KeepAsync(Func<CancellationToken, Task> live, SourceHealth health)
    {
        // A thread of the pool from the start on, so that Start returns at once.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var pause = FirstPause;
        try
        {
            while (true)
            {
                try
                {
                    await live(_stop.Token);
                }
                catch (Exception e) when (RespConnection.IsLoss(e))
                {
                    pause = health.IsConnected ? FirstPause : pause;
                    health.Fails(Words(e), isCaughtUp: false);
                }

                await Task.Delay(pause, _time, _stop.Token);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end that DisposeAsync asks for.
        }
    }

    private static string Words(Exception e) => e switch
    {
        RedisRefusedException when RedisLink.RefusesPassword(e.Message) => "it refuses the password; correct it in hub.redis.url",
        RedisRefusedException => $"it says: {e.Message.TrimEnd('.')}",
        TimeoutException => e.Message,
        SocketException => $"it cannot be reached: {e.Message.TrimEnd('.')}",
        _ => $"the connection was lost: {e.Message.TrimEnd('.')}",
    };
}
