using Bascule.Testing;

namespace Bascule.Admission.Tests;

/// <summary>Buckets of many keys in little memory.</summary>
public sealed class RateTableTests
{
    private readonly ManualTime _time = new();
    private readonly RateTable _table;

    public RateTableTests() => _table = new RateTable(_time);

    [Fact]
    public void So_many_come_at_once_and_then_one_for_each_interval()
    {
        var rate = Of("20/s", 3);

        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => _table.TryTake("a", rate, out TimeSpan _)));
        Assert.False(_table.TryTake("a", rate, out var wait));
        Assert.Equal(TimeSpan.FromMilliseconds(50), wait);
        _time.Advance(wait - TimeSpan.FromTicks(1));
        Assert.False(_table.TryTake("a", rate, out _));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.True(_table.TryTake("a", rate, out _));
        Assert.False(_table.TryTake("a", rate, out _));
    }

    [Fact]
    public void Over_a_long_time_exactly_the_rate_comes_through()
    {
        var rate = Of("600/m", 10);
        var taken = 0;
        for (var i = 0; i < 6000; i++, _time.Advance(TimeSpan.FromMilliseconds(10)))
            taken += _table.TryTake("a", rate, out _) ? 1 : 0;

        Assert.Equal(609, taken);
    }

    [Fact]
    public void Keys_do_not_share_a_bucket_and_a_refusal_costs_nothing()
    {
        var rate = Of("1/h");

        Assert.True(_table.TryTake("a", rate, out _));
        for (var i = 0; i < 100; i++)
            Assert.False(_table.TryTake("a", rate, out _));
        Assert.True(_table.TryTake("b", rate, out _));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.True(_table.TryTake("a", rate, out _));
    }

    [Fact]
    public void A_long_key_counts_as_a_short_one()
    {
        var key = new string('k', 4000);

        Assert.True(_table.TryTake(key + "1", Of("1/h"), out _));
        Assert.False(_table.TryTake(key + "1", Of("1/h"), out _));
        Assert.True(_table.TryTake(key + "2", Of("1/h"), out _));
    }

    [Fact]
    public void A_debt_of_an_older_rate_counts_no_more_than_an_empty_bucket_of_the_new_one()
    {
        for (var i = 0; i < 1000; i++)
            _table.TryTake("a", Of("1000/h"), out _);

        Assert.False(_table.TryTake("a", Of("10/s"), out var wait));
        Assert.Equal(TimeSpan.FromMilliseconds(100), wait);
    }

    [Fact]
    public void A_flood_of_other_keys_does_not_make_a_busy_key_forgotten()
    {
        var rate = Of("10/m");
        for (var i = 0; i < 10; i++)
            _table.TryTake("busy", rate, out _);

        for (var i = 0; i < 4 * RateTable.MaxKeys; i++)
            Assert.True(_table.TryTake($"fresh {i}", rate, out _));

        Assert.InRange(_table.Forgotten, 2 * RateTable.MaxKeys, 4 * RateTable.MaxKeys);
        Assert.False(_table.TryTake("busy", rate, out _));
    }

    [Fact]
    public void Full_buckets_are_forgotten_without_loss()
    {
        for (var i = 0; i < RateTable.MaxKeys; i++)
            _table.TryTake($"old {i}", Of("10/s"), out _);
        var before = _table.Forgotten;
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 1000; i++)
            _table.TryTake($"new {i}", Of("10/s"), out _);

        Assert.Equal(before, _table.Forgotten);
    }

    [Fact]
    public async Task Of_many_at_the_same_moment_no_more_come_in_than_may()
    {
        var (taken, round) = (0, 0);
        var contenders = Enumerable.Repeat<Action>(
            () =>
            {
                for (var i = 0; i < 10; i++)
                    Interlocked.Add(ref taken, _table.TryTake($"{round}", Of("1/h", 7), out _) ? 1 : 0);
            },
            4);

        await Race.RunAsync(
            200,
            () => (taken, round) = (0, round + 1),
            () =>
            {
                Assert.Equal(7, taken);
                return Task.CompletedTask;
            },
            [.. contenders]);
    }

    private static Rate Of(string text, int? burst = null) => Rate.TryParse(text, burst, out var rate) ? rate : throw new ArgumentException(text);
}
