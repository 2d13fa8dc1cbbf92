using System.Net;
using System.Net.Sockets;
using Bascule.Settings;
using Bascule.Storage.Redis;
using Bascule.Testing;

namespace Bascule.Storage.Tests;

/// <summary>Topics from pub/sub channels of a real Redis.</summary>
public sealed class ChannelSourceTests : IAsyncLifetime
{
    private readonly KeepingRedis _redis = new();
    private readonly RecordingSink _sink = new();
    private readonly LogLines _log = new();

    public ValueTask InitializeAsync() => _redis.InitializeAsync();

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task Messages_of_channels_and_patterns_come_in_order_under_the_names_of_their_channels()
    {
        await using var source = Start(TimeProvider.System);
        await _sink.CatchesUpAsync();

        for (var i = 0; i < 300; i++)
            await _redis.PublishAsync(i % 2 == 0 ? "news" : "prices.gold", $"{i}");
        await _redis.PublishAsync("weather", "not asked for");
        await _redis.PublishAsync("news", "ü\0");
        await _sink.HasAsync(301);

        Assert.Equal([.. Enumerable.Range(0, 300).Select(i => $"{i}"), "ü\0"], _sink.Texts);
        Assert.Equal(["news", "prices.gold"], _sink.Messages.Select(m => m.Topic).Distinct());
        Assert.Equal(["news", "prices.*"], _sink.Logs.Select(l => l.Feeds));
        Assert.All(_sink.Logs, log => Assert.Equal(1, log.From[0]));
        var gold = _sink.Messages.Where(m => m.Topic == "prices.gold").ToArray();
        Assert.Equal(Enumerable.Range(1, 150).Select(i => (long)i), gold.Select(m => m.Position.Offset));
        Assert.All(gold, m => Assert.Equal(_sink.Logs[1].Id, m.Position.Log));
    }

    [Fact]
    public async Task A_restart_of_Redis_is_a_gap_and_a_log_of_its_own()
    {
        await using var source = Start(TimeProvider.System);
        await _sink.CatchesUpAsync();
        await _redis.PublishAsync("news", "before");
        await _sink.HasAsync(1);

        await _redis.KillAsync();
        await _sink.IsLostAsync();
        Assert.DoesNotContain("end SourceAway", _sink.Events);
        await _redis.ReviveAsync();
        await _sink.CatchesUpAsync();
        await _redis.PublishAsync("news", "after");
        await _sink.HasAsync(2);

        Assert.Equal(
            ["begin redis channel news", "begin redis channel prices.*", "news=before", "end SourceAway", "begin redis channel news", "end SourceAway", "begin redis channel prices.*", "news=after"],
            _sink.Events);
        Assert.Equal(4, _sink.Logs.Select(l => l.Id).Distinct().Count());
        Assert.Equal(["RedisTopicsRead", "RedisTopicsNotRead", "RedisTopicsRead"], [.. _log.Events.Take(2), _log.Events.Last()]);
    }

    [Fact]
    public async Task A_Redis_that_stands_still_is_lost_after_15_seconds_of_silence()
    {
        var time = new ManualTime();
        await using var source = Start(time);
        await _sink.CatchesUpAsync();

        await _redis.FreezeAsync();
        try
        {
            for (var i = 0; i < 3; i++)
                time.Advance(TimeSpan.FromSeconds(5));
            await _sink.IsLostAsync();
            Assert.Equal("it was silent for 15 s", _sink.State.Trouble);
        }
        finally
        {
            await _redis.ThawAsync();
        }

        await Eventually.IsTrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            return _sink.State.IsConnected;
        });
        await _redis.PublishAsync("news", "after");
        await _sink.HasAsync(1);
    }

    [Fact]
    public async Task Pings_keep_a_quiet_connection()
    {
        var time = new ManualTime();
        await using var source = Start(time);
        await _sink.CatchesUpAsync();

        for (var i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromSeconds(5));

            // Until the answer is there: the source hears it before what comes after it.
            await _redis.PublishAsync("news", $"{i}");
            await _sink.HasAsync(i + 1);
        }

        Assert.True(_sink.State.IsConnected);
        Assert.DoesNotContain("end SourceAway", _sink.Events);
    }

    [Fact]
    public async Task A_refused_password_and_what_is_no_Redis_are_told()
    {
        await _redis.TellAsync("CONFIG", "SET", "requirepass", "hunter2");
        await using (Start(TimeProvider.System))
        {
            await _sink.IsLostAsync();
            Assert.Contains("it refuses the password; correct it in hub.redis.url", _sink.States.Select(s => s.Trouble));
        }

        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var odd = new RecordingSink();
        await using var source = Start(TimeProvider.System, StorageAddress.Parse($"redis://{other.LocalEndpoint}", out _)!, odd);
        using var client = await other.AcceptTcpClientAsync().Soon();
        await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        await odd.IsLostAsync();

        Assert.Equal("the connection was lost: what answers there does not speak the protocol of Redis", odd.States.First(s => s.Trouble != "it was not reached yet").Trouble);
    }

    private RedisTopicSource Start(TimeProvider time, StorageAddress? address = null, RecordingSink? sink = null)
    {
        var settings = new RedisTopicSettings { Channels = ["news", "prices.*"] };
        var source = new RedisTopicSource(address ?? _redis.Address, settings, sink ?? _sink, TimeSpan.FromMinutes(2), time, _log.For<RedisTopicSource>());
        source.Start();
        return source;
    }
}
