using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>When things should happen in a run.</summary>
public sealed class ScheduleTests
{
    [Fact]
    public void Every_connection_gets_its_rate_and_the_load_is_even()
    {
        var schedule = new MessageSchedule(start: 500, connections: 4, ratePerConnection: 10, frequency: 1000);
        var taken = new List<(int Connection, long At)>();

        while (schedule.TryTake(now: 1499, out var connection, out var at))
            taken.Add((connection, at));

        Assert.Equal(40, taken.Count);
        Assert.Equal([500, 525, 550, 575, 600], taken.Take(5).Select(t => t.At));
        Assert.All(taken.CountBy(t => t.Connection), c => Assert.Equal(10, c.Value));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(12)]
    [InlineData(12_000)]
    [InlineData(12_289)]
    public void While_a_third_of_the_connections_is_open_they_have_a_third_of_the_messages_at_any_time(int connections)
    {
        var schedule = new MessageSchedule(start: 0, connections, ratePerConnection: 1, frequency: 1_000_000_000);
        var taken = new List<int>();
        while (schedule.TryTake(now: 3_000_000_000 - 1, out var connection, out _))
            taken.Add(connection);

        Assert.Equal(connections, taken.Take(connections).Distinct().Count());
        Assert.All(taken.CountBy(c => c), c => Assert.Equal(3, c.Value));
        foreach (var part in taken.Chunk(Math.Max(1, connections / 10)).Where(p => p.Length >= 100))
            Assert.InRange(part.Count(c => c < connections / 3), part.Length * 0.31, part.Length * 0.36);
    }

    [Fact]
    public void What_is_late_keeps_the_time_it_was_planned_for()
    {
        var schedule = new MessageSchedule(start: 0, connections: 1, ratePerConnection: 1, frequency: 1000);

        Assert.True(schedule.TryTake(now: 60_000, out _, out var first));
        Assert.True(schedule.TryTake(now: 60_000, out _, out var second));

        Assert.Equal((0, 1000), (first, second));
        Assert.Equal(2000, schedule.NextTime);
    }

    [Fact]
    public void A_long_run_does_not_drift()
    {
        var schedule = new MessageSchedule(start: 0, connections: 3, ratePerConnection: 7, frequency: 1_000_000_000);
        const long hour = 3_600_000_000_000;
        long last = 0;
        var count = 0;

        while (schedule.TryTake(hour - 1, out _, out var at))
            (last, count) = (at, count + 1);

        Assert.Equal(3 * 7 * 3600, count);
        Assert.InRange(last, hour - (1_000_000_000 / 20), hour);
    }

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(3, 2)]
    [InlineData(50, 30)]
    public void A_wait_before_the_next_try_grows_and_is_bounded(int tries, double mostSeconds)
    {
        for (var i = 0; i < 100; i++)
            Assert.InRange(Backoff.Before(tries, null).TotalSeconds, 0, mostSeconds);
    }

    [Fact]
    public void A_server_that_asks_for_a_wait_gets_it_up_to_half_a_minute()
    {
        Assert.Equal(TimeSpan.FromSeconds(7), Backoff.Before(1, TimeSpan.FromSeconds(7)));
        Assert.Equal(TimeSpan.FromSeconds(30), Backoff.Before(1, TimeSpan.FromHours(1)));
    }

    [Fact]
    public void A_storm_is_measured_from_the_drop_to_the_half_the_ninety_and_the_last()
    {
        var time = new ManualTime();
        var storm = new StormWatch(10, time.GetTimestamp(), time);

        for (var i = 0; i < 10; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(300));
            storm.Back();
        }

        Assert.True(storm.AllBack.IsCompletedSuccessfully);
        Assert.Equal(new StormResult(10, 10, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(2.7), TimeSpan.FromSeconds(3), 4), storm.Judge());
    }

    [Fact]
    public void A_storm_that_some_never_come_back_from_has_no_end()
    {
        var time = new ManualTime();
        var storm = new StormWatch(4, time.GetTimestamp(), time);
        time.Advance(TimeSpan.FromSeconds(1));

        storm.Back();
        storm.Back();

        Assert.Equal(new StormResult(4, 2, TimeSpan.FromSeconds(1), null, null, 2), storm.Judge());
        Assert.False(storm.AllBack.IsCompleted);
    }

    [Fact]
    public void Failures_are_counted_by_class_with_the_first_as_the_example_and_no_more_classes_than_a_page_holds()
    {
        var book = new FailureBook();

        book.Add(new LoadFailure("http.503", "first"), TimeSpan.FromSeconds(1));
        book.Add(new LoadFailure("http.503", "second", "abc"), TimeSpan.FromSeconds(3));
        for (var code = 3000; code < 4000; code++)
            book.Add(new LoadFailure($"close.{code}", "x"), TimeSpan.FromSeconds(2));

        var list = book.List();
        Assert.Equal(new FailureTally("http.503", Guilty.Server, 2, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), "first", "abc"), list.Single(t => t.Class == "http.503"));
        Assert.InRange(list.Count, 2, FailureBook.MostClasses + 1);
        Assert.Equal(1002, list.Sum(t => t.Count));
        Assert.Equal(1002, book.Count);
    }

    [Fact]
    public void First_and_last_are_right_though_threads_tell_them_out_of_order()
    {
        var book = new FailureBook();

        foreach (var second in (int[])[3, 1, 5, 2])
            book.Add(new LoadFailure("tcp.reset", "x"), TimeSpan.FromSeconds(second));

        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)), (book.List()[0].First, book.List()[0].Last));
    }
}
