using System.Text;
using Bascule.Hub;
using Bascule.Settings;
using Bascule.Storage.Redis;
using Bascule.Testing;

namespace Bascule.Storage.Tests;

/// <summary>Older entries of a stream, for who comes back late.</summary>
public sealed class StreamHistoryTests : IAsyncLifetime
{
    private static readonly FetchLimits Plenty = new(10_000, 1_000_000);

    private readonly KeepingRedis _redis = new();
    private readonly RecordingSink _sink = new();
    private readonly List<string> _fetched = [];
    private RedisTopicSource _source = null!;

    public async ValueTask InitializeAsync()
    {
        await _redis.InitializeAsync();
        _source = new RedisTopicSource(
            _redis.Address, new RedisTopicSettings { Streams = ["orders"] }, _sink, TimeSpan.FromMinutes(2), TimeProvider.System, new LogLines().For<RedisTopicSource>());
        _source.Start();
        await _redis.AddAsync("orders", 0, 500);
        await _sink.HasAsync(500);
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Exactly_what_lies_between_two_positions_comes_in_order()
    {
        Assert.True(_source.Has(Log));
        Assert.Equal(new FetchResult(448, null), await FetchAsync(Offset(50), Offset(499), Plenty));
        Assert.Equal(Enumerable.Range(51, 448).Select(i => $"{i}"), _fetched);
        Assert.Equal(new FetchResult(0, null), await FetchAsync(Offset(50), Offset(51), Plenty));
        Assert.Equal(new FetchResult(2, null), await FetchAsync(Offset(0) - 1, Offset(2), Plenty));
    }

    [Fact]
    public async Task A_fetch_ends_at_its_limits()
    {
        Assert.Equal(new FetchResult(10, GapReason.TooMany), await FetchAsync(Offset(0), Offset(499), new FetchLimits(10, 1_000_000)));
        Assert.Equal(new FetchResult(9, GapReason.TooMany), await FetchAsync(Offset(0), Offset(499), new FetchLimits(1000, 10)));
        Assert.Equal(new FetchResult(10, null), await FetchAsync(Offset(0), Offset(11), new FetchLimits(10, 1_000_000)));
    }

    [Fact]
    public async Task What_was_removed_is_told()
    {
        var first = Offset(0);
        Assert.Equal(new FetchResult(0, GapReason.EpochChanged), await FetchAsync(first - 5, Offset(3), Plenty));
        await _redis.TellAsync("XTRIM", "orders", "MAXLEN", "400");

        Assert.Equal(new FetchResult(0, GapReason.TooOld), await FetchAsync(first, Offset(499), Plenty));
        Assert.Equal(new FetchResult(0, GapReason.TooOld), await FetchAsync(0, Offset(499), Plenty));
        Assert.Equal(new FetchResult(398, null), await FetchAsync(Offset(100), Offset(499), Plenty));
    }

    [Fact]
    public async Task Another_log_is_not_looked_for()
    {
        Assert.False(_source.Has(LogId.Of("other")));
        Assert.Equal(new FetchResult(0, GapReason.EpochChanged), await _source.FetchAsync(LogId.Of("other"), 0, 0, 10, Plenty, _ => { }, default).Soon());
    }

    [Fact]
    public async Task A_Redis_that_is_away_is_told_and_asked_again_later()
    {
        Assert.Equal(new FetchResult(1, null), await FetchAsync(Offset(0), Offset(2), Plenty));
        await _redis.KillAsync();
        Assert.Equal(new FetchResult(0, GapReason.SourceAway), await FetchAsync(Offset(0), Offset(2), Plenty));
        await _redis.ReviveAsync();

        Assert.Equal(new FetchResult(1, null), await FetchAsync(Offset(0), Offset(2), Plenty));
    }

    [Fact]
    public async Task A_fetch_that_is_called_off_leaves_the_next_one_right()
    {
        using var stop = new CancellationTokenSource();
        var fetch = _source.FetchAsync(Log, 0, Offset(0), Offset(499), Plenty, _ => stop.Cancel(), stop.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch.Soon());

        Assert.Equal(new FetchResult(1, null), await FetchAsync(Offset(0), Offset(2), Plenty));
    }

    private LogId Log => _sink.Logs[0].Id;

    private long Offset(int message) => _sink.Messages[message].Position.Offset;

    private Task<FetchResult> FetchAsync(long after, long before, FetchLimits limits)
    {
        _fetched.Clear();
        return _source.FetchAsync(Log, 0, after, before, limits, m => _fetched.Add(Encoding.UTF8.GetString(m.Payload.Span)), CancellationToken.None).Soon();
    }
}
