namespace Bascule.Load.Tests;

/// <summary>A change is a regression only when it is big and more than the noise.</summary>
public sealed class ComparisonTests
{
    [Fact]
    public void A_run_beside_itself_has_no_regression()
    {
        var run = Runs.Of(Runs.Good());
        var comparison = Comparison.Of(run, run);

        Assert.False(comparison.HasRegression);
        Assert.Empty(comparison.Differences);
        Assert.Equal(
            ["connect.fail_rate", "connect.p50", "connect.p99", "lost.rate", "messages.lost", "messages.rate", "rtt.p50", "rtt.p99"],
            comparison.Rows.Select(row => row.Name));
        Assert.All(comparison.Rows.Where(row => row.Base > 0), row => Assert.Equal(0, row.Change));
    }

    [Theory]
    [InlineData(300, 340, true)]
    [InlineData(300, 329, false)]
    [InlineData(300, 200, false)]
    public void A_latency_is_worse_beyond_ten_percent_and_the_spread_of_the_windows(long before, long now, bool isWorse)
    {
        // Windows that spread by 5: twice their deviation is about 10.
        var row = Row("rtt.p50", With(Windows(before, 5)), With(Windows(now, 5)));

        Assert.Equal(isWorse, row.IsRegression);
        Assert.InRange(row.Noise!.Value, 9, 12);
        Assert.Equal((now - before) / (double)before, row.Change!.Value, 0.02);
    }

    [Fact]
    public void A_change_within_the_noise_is_none_and_says_so()
    {
        var row = Row("rtt.p50", With(Windows(300, 100)), With(Windows(360, 20)));

        Assert.False(row.IsRegression);
        Assert.StartsWith("within the noise of 219 ns", row.Why);
    }

    [Theory]
    [InlineData(890, true)]
    [InlineData(440, true)]
    [InlineData(340, false)]
    public void Without_windows_only_half_as_much_again_counts(long now, bool isWorse)
    {
        var row = Row("connect.p50", With(connect: Runs.Histogram((100, 290))), With(connect: Runs.Histogram((100, now))));

        Assert.Equal((isWorse, null), (row.IsRegression, row.Noise));
    }

    [Fact]
    public void A_lower_rate_of_messages_is_worse_and_a_higher_one_is_not()
    {
        var (slow, fast) = (Rated(1_000), Rated(1_200));

        Assert.True(Row("messages.rate", fast, slow).IsRegression);
        Assert.False(Row("messages.rate", slow, fast).IsRegression);
    }

    [Theory]
    [InlineData(0, 20, true)]
    [InlineData(0, 2, false)]
    [InlineData(100, 160, true)]
    [InlineData(100, 115, false)]
    [InlineData(100, 50, false)]
    public void Failed_attempts_are_judged_by_the_noise_of_counting(int before, int now, bool isWorse) =>
        Assert.Equal(isWorse, Row("connect.fail_rate", Failed(before), Failed(now)).IsRegression);

    [Fact]
    public void Too_few_samples_are_no_regression_and_say_so()
    {
        var row = Row("connect.p99", Runs.Of(Runs.Good()), Runs.Of(Runs.Good()));

        Assert.Equal((null, null, false, "too few samples to compare"), (row.Base, row.Now, row.IsRegression, row.Why));
        Assert.Equal("too few samples to compare", Row("connect.fail_rate", Runs.Of(new TargetResult { Label = "target" }), Runs.Of(Runs.Good())).Why);
    }

    [Fact]
    public void Two_targets_are_compared_each_when_both_runs_have_them()
    {
        var run = Runs.Of(Runs.Good("via"), Runs.Good("direct"));

        Assert.Equal(16, Comparison.Of(run, run).Rows.Count);
        Assert.Contains(Comparison.Of(run, run).Rows, row => row.Name == "direct:rtt.p99");
        Assert.Equal(8, Comparison.Of(Runs.Of(Runs.Good()), run).Rows.Count);
    }

    [Fact]
    public void What_was_not_the_same_is_told()
    {
        var earlier = Runs.Of(Runs.Good()) with { Interrupted = true, Generator = Runs.Fit() with { LocalFailures = 1 } };
        var now = Runs.Of(Runs.Good()) with { Plan = Runs.Plan() with { Connections = 12_000, Rate = null, Hold = TimeSpan.FromMinutes(1) } };

        Assert.Equal(
            [
                "connections: 100 in the base, 12000 now",
                "hold: 00:00:10 in the base, 00:01:00 now",
                "messages per second and connection: 10 in the base, none now",
                "the base was interrupted",
                "in the base the generator was the limit",
            ],
            Comparison.Of(earlier, now).Differences);
    }

    private static ComparedFigure Row(string name, LoadResult earlier, LoadResult now) => Comparison.Of(earlier, now).Rows.Single(row => row.Name == name);

    private static LoadResult With(IReadOnlyList<LatencyHistogram>? windows = null, LatencyHistogram? connect = null)
    {
        var all = new LatencyHistogram();
        foreach (var window in windows ?? [])
            all.Add(window);
        return Runs.Of(Runs.Good() with { Windows = windows ?? [], RoundTrip = all, Connect = connect ?? new() });
    }

    /// <summary>Six windows around a value, alternately this much below and above it.</summary>
    private static List<LatencyHistogram> Windows(long around, long spread) =>
        [.. Enumerable.Range(0, 6).Select(i => Runs.Histogram((50, around + (i % 2 == 0 ? spread : -spread))))];

    private static LoadResult Rated(long perSecond) => Runs.Of(Runs.Good()) with
    {
        Seconds = [.. Enumerable.Range(0, 9).Select(i => Runs.Second(i, 100, received: perSecond + (i % 2 * 10)))],
    };

    private static LoadResult Failed(int count) => Runs.Of(Runs.Good() with { Opened = 10_000 - count, FailedAttempts = count });
}
