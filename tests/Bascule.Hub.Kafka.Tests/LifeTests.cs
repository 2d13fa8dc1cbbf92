using Bascule.Settings;

namespace Bascule.Hub.Kafka.Tests;

/// <summary>Topics that grow, shrink, vanish and come again under the reader.</summary>
public sealed class LifeTests : IAsyncLifetime
{
    private static readonly KafkaTopicSettings News = new() { Name = "news" };
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private readonly FakeKafka _kafka = new();
    private readonly RecordingSink _sink = new();
    private readonly KafkaLogs _logs = new();
    private KafkaSource? _source;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _sink.Gate.Set();
        if (_source is not null)
            await _source.DisposeAsync();
        await _kafka.DisposeAsync();
        Assert.Empty(_sink.Faults);
    }

    [Fact]
    public async Task Partitions_that_are_added_are_read_from_their_beginning()
    {
        _kafka.Make("news", 1);
        _kafka.Write("news", 0, "a", _now);
        await ReadAsync();

        _kafka.Change("news", t => t.Partitions.Add(new FakePartition()));
        _kafka.Write("news", 1, "b", _now - TimeSpan.FromDays(1));
        _kafka.Write("news", 0, "c", _now);
        await _sink.UntilAsync(s => s.Count == 3);

        Assert.Equal(["a", "b", "c"], _sink.Texts.Order(StringComparer.Ordinal));
        Assert.Empty(_sink.Ended);
        Assert.Equal(2, _sink.Begun.Count);
        Assert.Equal(_sink.Begun[0].Id, _sink.Begun[1].Id);
        Assert.Equal([(0, 0L), (1, 0L)], _sink.Begun[1].From.Select(f => (f.Key, f.Value)).Order());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(30)]
    public async Task A_topic_that_is_made_anew_is_another_log_read_from_its_beginning(int records)
    {
        _kafka.Make("news", 1);
        for (var n = 0; n < 10; n++)
            _kafka.Write("news", 0, $"old {n}", _now);
        await ReadAsync();

        lock (_kafka.Gate)
        {
            _kafka.Make("news", 1);
            for (var n = 0; n < records; n++)
                _kafka.Write("news", 0, $"new {n}", _now);
        }

        await _sink.UntilAsync(s => s.Begun.Count == 2 && s.Messages.Count(m => m.Position.Log == s.Begun[1].Id) == records);

        Assert.Equal([(_sink.Begun[0].Id, GapReason.EpochChanged)], _sink.Ended);
        Assert.NotEqual(_sink.Begun[0].Id, _sink.Begun[1].Id);
        Assert.Equal(_sink.Begun[1].Id, _logs.Of("news"));
        var ofNew = _sink.Messages.Where(m => m.Position.Log == _sink.Begun[1].Id).Select(m => System.Text.Encoding.UTF8.GetString(m.Payload.Span));
        Assert.Equal(Enumerable.Range(0, records).Select(n => $"new {n}"), ofNew);
    }

    [Fact]
    public async Task A_log_that_lost_its_end_is_another_log_and_goes_on_with_what_came_after()
    {
        _kafka.Make("news", 2);
        for (var n = 0; n < 10; n++)
            _kafka.Write("news", n % 2, $"{n}", _now + TimeSpan.FromSeconds(n));
        await ReadAsync();

        _kafka.Change("news", t => t.Partitions[1].Cut(2));
        _kafka.Write("news", 1, "after", _now + TimeSpan.FromMinutes(1));
        await _sink.UntilAsync(s => s.Count == 11);
        _kafka.Write("news", 0, "other partition", _now + TimeSpan.FromMinutes(2));
        await _sink.UntilAsync(s => s.Count == 12);

        Assert.Equal([(_sink.Begun[0].Id, GapReason.Truncated)], _sink.Ended);
        Assert.Equal([(0, 5L), (1, 2L)], _sink.Begun[1].From.Select(f => (f.Key, f.Value)).Order());
        Assert.Equal(["after", "other partition"], _sink.Texts.Skip(10));
        Assert.All(_sink.Messages.Skip(10), m => Assert.Equal(_sink.Begun[1].Id, m.Position.Log));
    }

    [Fact]
    public async Task What_retention_deleted_before_it_was_read_is_a_gap()
    {
        _kafka.Make("news", 1);
        _kafka.Write("news", 0, "first", _now);
        await ReadAsync();
        _sink.Gate.Reset();
        _kafka.Write("news", 0, "holds the hub back", _now);
        _kafka.Change("news", t =>
        {
            for (var n = 0; n < 200_000; n++)
                t.Partitions[0].Write($"{n}", _now);
        });
        await _sink.UntilAsync(s => s.Count == 1);
        _kafka.Change("news", t => t.Partitions[0].DeleteBefore(200_000));
        _sink.Gate.Set();

        await _sink.UntilAsync(s => s.Messages[^1].Position.Offset == 200_001);

        Assert.Equal([(_sink.Begun[0].Id, GapReason.TooOld)], _sink.Ended);
        Assert.Equal((_sink.Begun[0].Id, 200_000L), (_sink.Begun[1].Id, _sink.Begun[1].From[0]));
    }

    [Fact]
    public async Task Offsets_that_are_no_records_are_passed()
    {
        _kafka.Make("news", 1);
        _kafka.Write("news", 0, "a", _now);
        _kafka.Change("news", t => t.Partitions[0].WriteHole());
        _kafka.Write("news", 0, "b", _now);
        await ReadAsync();

        Assert.Equal([("a", 0L), ("b", 2L)], _sink.Texts.Zip(_sink.Messages.Select(m => m.Position.Offset)));
    }

    [Fact]
    public async Task A_topic_that_is_not_there_is_named_keeps_nobody_waiting_and_is_read_when_it_comes()
    {
        await ReadAsync();
        Assert.Contains("news: Kafka has no topic of this name", _sink.State!.Trouble, StringComparison.Ordinal);

        _kafka.Make("news", 1);
        _kafka.Write("news", 0, "first", _now - TimeSpan.FromDays(1));
        await _sink.UntilAsync(s => s.Count == 1 && s.State!.Trouble is null);

        Assert.Equal(0, _sink.Begun[0].From[0]);
    }

    [Fact]
    public async Task A_topic_with_more_partitions_than_a_cursor_holds_is_not_read()
    {
        _kafka.Make("news", 401);
        await ReadAsync();

        Assert.Contains("news: it has more than 400 partitions", _sink.State!.Trouble, StringComparison.Ordinal);
        Assert.Empty(_sink.Begun);
    }

    [Fact]
    public async Task A_time_is_looked_up_by_the_broker_where_it_can()
    {
        _kafka.Make("news", 1);
        for (var minute = 30; minute >= 0; minute--)
            _kafka.Write("news", 0, $"{minute}", _now - TimeSpan.FromMinutes(minute));
        await ReadAsync();

        Assert.Equal(["2", "1", "0"], _sink.Texts);
    }

    private async Task ReadAsync()
    {
        var settings = new KafkaSettings { Brokers = _kafka.Address, Topics = [News] };
        var tuning = new KafkaTuning { LookEvery = TimeSpan.FromMilliseconds(200), RetryEvery = TimeSpan.FromMilliseconds(100) };
        _source = new KafkaSource(settings, TimeSpan.FromMinutes(2.5), _sink, _logs, TimeProvider.System, new RecordingLogger()) { Tuning = tuning };
        _source.Start();
        await _sink.UntilAsync(s => s.State is { IsConnected: true, IsCaughtUp: true });
    }
}
