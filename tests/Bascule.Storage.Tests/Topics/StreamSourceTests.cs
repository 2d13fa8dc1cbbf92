using Bascule.Settings;
using Bascule.Storage.Redis;
using Bascule.Testing;

namespace Bascule.Storage.Tests;

/// <summary>Topics from streams of a real Redis.</summary>
public sealed class StreamSourceTests : IAsyncLifetime
{
    private readonly KeepingRedis _redis = new();
    private readonly RecordingSink _sink = new();
    private readonly LogLines _log = new();

    // The clock of the source stands still, so that it comes back exactly when a test lets it; Redis has its own.
    private readonly ManualTime _time = new(TimeProvider.System.GetUtcNow());

    public ValueTask InitializeAsync() => _redis.InitializeAsync();

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task All_entries_come_in_order_those_before_the_start_too()
    {
        await _redis.AddAsync("orders", 0, 700);
        await using var source = Start();
        await _sink.CatchesUpAsync();
        Assert.Equal(700, _sink.Messages.Count);

        await _redis.AddAsync("orders", 700, 700);
        await _sink.HasAsync(1400);

        AssertWhole(1400);
        Assert.Equal(["k0", "k1", "k2"], _sink.Messages.Take(3).Select(m => m.Key));
        Assert.All(_sink.Messages, m => Assert.Equal("orders", m.Topic));
        var offsets = _sink.Messages.Select(m => m.Position.Offset).ToArray();
        Assert.Equal(offsets.Order(), offsets);
        Assert.Equal(offsets[0], _sink.Logs.Single(l => l.Feeds == "orders").From[0]);
        Assert.Equal(1, _sink.Logs.Single(l => l.Feeds == "payments").From[0]);
    }

    [Fact]
    public async Task What_came_while_the_source_was_away_is_read_afterwards_in_the_same_log()
    {
        await using var source = Start();
        await _redis.AddAsync("orders", 0, 20);
        await _sink.HasAsync(20);

        await _redis.KillAsync();
        await _sink.IsLostAsync();
        await _redis.ReviveAsync();
        await _redis.AddAsync("orders", 20, 1000);
        await ReturnAsync();
        await _sink.HasAsync(1020);
        await _redis.AddAsync("orders", 1020, 1);
        await _sink.HasAsync(1021);

        AssertWhole(1021);
        Assert.DoesNotContain(_sink.Events, e => e.StartsWith("end", StringComparison.Ordinal));
        Assert.Single(_sink.Messages.Select(m => m.Position.Log).Distinct());
    }

    [Fact]
    public async Task What_was_removed_while_the_source_was_away_is_a_gap()
    {
        await using var source = Start();
        await _redis.AddAsync("orders", 0, 20);
        await _sink.HasAsync(20);

        await _redis.KillAsync();
        await _sink.IsLostAsync();
        await _redis.ReviveAsync();
        await _redis.AddAsync("orders", 20, 10);
        await _redis.TellAsync("XTRIM", "orders", "MAXLEN", "5");
        await ReturnAsync();
        await _sink.HasAsync(25);

        Assert.Equal(["orders=19", "end SourceAway", "begin redis stream orders", "orders=25"], _sink.Events.SkipWhile(e => e != "orders=19").Take(4));
        Assert.NotEqual(_sink.Messages[0].Position.Log, _sink.Messages[^1].Position.Log);
        Assert.Equal(_sink.Messages[20].Position.Offset, _sink.Logs[^1].From[0]);
        Assert.Contains("RedisStreamEnded", _log.Events);
    }

    [Fact]
    public async Task A_deleted_stream_that_is_made_anew_is_another_log()
    {
        await using var source = Start();
        await _redis.AddAsync("orders", 0, 3);
        await _sink.HasAsync(3);

        await _redis.TellAsync("DEL", "orders");
        _time.Advance(TimeSpan.FromSeconds(2));
        await _sink.HearsAsync("end EpochChanged");
        await _redis.AddAsync("orders", 3, 1);
        await _sink.HasAsync(4);

        Assert.Equal(["end EpochChanged", "begin redis stream orders", "orders=3"], _sink.Events.TakeLast(3));
        Assert.NotEqual(_sink.Messages[0].Position.Log, _sink.Messages[3].Position.Log);
    }

    [Fact]
    public async Task A_stream_that_lost_its_past_while_the_source_was_away_is_another_log()
    {
        await using var source = Start();
        await _sink.CatchesUpAsync();
        await _redis.AddAsync("orders", 0, 3);
        await _redis.TellAsync("XADD", "payments", "5-1", "data", "a");
        await _sink.HasAsync(4);

        await _redis.KillAsync();
        await _sink.IsLostAsync();
        await _redis.ReviveAsync();
        await _redis.TellAsync("DEL", "orders", "payments");
        await _redis.AddAsync("orders", 3, 2);
        await _redis.TellAsync("XADD", "payments", "4-1", "data", "b");
        await ReturnAsync();
        await _sink.HasAsync(7);

        Assert.Equal(2, _sink.Events.Count(e => e == "end EpochChanged"));
        Assert.Equal(["orders=3", "orders=4"], _sink.Events.Where(e => e.StartsWith("orders", StringComparison.Ordinal)).TakeLast(2));
        Assert.Contains("payments=b", _sink.Events);
        Assert.Equal(4, _sink.Logs.Select(l => l.Id).Distinct().Count());
    }

    [Fact]
    public async Task Entries_older_than_the_history_are_not_read_but_their_last_position_is_known()
    {
        var start = _time.GetUtcNow().ToUnixTimeMilliseconds();
        await _redis.TellAsync("XADD", "orders", $"{start - 130_000}-7", "data", "old");
        await _redis.TellAsync("XADD", "orders", $"{start - 110_000}-0", "data", "young");
        await using var source = Start();
        await _sink.CatchesUpAsync();

        Assert.Equal(["young"], _sink.Texts);
        Assert.Equal((((start - 130_000) << 20) | 7) + 1, _sink.Logs.Single(l => l.Feeds == "orders").From[0]);
        Assert.Equal(_time.GetUtcNow().AddSeconds(-110).ToUnixTimeMilliseconds(), _sink.Messages[0].At.ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task An_entry_without_data_is_no_message_but_moves_the_position()
    {
        await using var source = Start();
        await _redis.TellAsync("XADD", "orders", "*", "temperature", "12");
        await _redis.AddAsync("orders", 0, 1);
        await _sink.HasAsync(1);

        Assert.Equal(["advance", "orders=0"], _sink.Events.TakeLast(2));
    }

    [Fact]
    public async Task A_key_that_is_no_stream_is_told_and_does_not_stop_the_others()
    {
        await _redis.TellAsync("SET", "payments", "x");
        await using var source = Start();
        await _redis.AddAsync("orders", 0, 2);
        await _sink.HasAsync(2);
        Assert.False(_sink.State.IsConnected);
        Assert.Equal("the stream payments: Redis says WRONGTYPE Operation against a key holding the wrong kind of value", _sink.State.Trouble);

        await _redis.TellAsync("DEL", "payments");
        _time.Advance(TimeSpan.FromSeconds(2));
        await Eventually.IsTrueAsync(() => _sink.State.IsConnected);
    }

    [Fact]
    public async Task An_id_without_a_position_ends_its_stream_with_words()
    {
        await using var source = Start();
        await _sink.CatchesUpAsync();
        await _redis.TellAsync("XADD", "orders", "5-1", "data", "a");
        await _redis.TellAsync("XADD", "orders", "5-1048576", "data", "b");
        await _redis.AddAsync("payments", 0, 1);
        await _sink.HasAsync(2);
        await _sink.HearsAsync("end SourceAway");

        Assert.DoesNotContain("orders=b", _sink.Events);
        await Eventually.IsTrueAsync(() => _sink.State.Trouble?.StartsWith("the stream orders has the id 5-1048576", StringComparison.Ordinal) == true);
    }

    private Task ReturnAsync() =>
        Eventually.IsTrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            return _sink.State.IsConnected;
        });

    private void AssertWhole(int count) => Assert.Equal(Enumerable.Range(0, count).Select(i => $"{i}"), _sink.Texts);

    private RedisTopicSource Start()
    {
        var source = new RedisTopicSource(
            _redis.Address, new RedisTopicSettings { Streams = ["orders", "payments"] }, _sink, TimeSpan.FromMinutes(2), _time, _log.For<RedisTopicSource>());
        source.Start();
        return source;
    }
}
