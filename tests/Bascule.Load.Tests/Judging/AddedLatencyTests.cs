namespace Bascule.Load.Tests;

/// <summary>What the way through something adds, and how sure that is.</summary>
public sealed class AddedLatencyTests
{
    [Fact]
    public void One_target_has_nothing_to_be_compared_with() => Assert.Null(AddedLatency.Of(Runs.Of(Runs.Good())));

    [Fact]
    public void The_difference_is_told_with_its_confidence_interval()
    {
        // Differences of 10, 12, 14, 16 and 18 ns: mean 14, deviation 3.162, t(4) 2.776, so 3.926 either way.
        var p50 = AddedLatency.Of(Pairs((110, 100), (112, 100), (214, 200), (116, 100), (118, 100)))!.P50;

        Assert.Equal((5, 14), (p50.Windows, p50.MeanNs));
        Assert.Equal(14 - 3.926, p50.LowNs!.Value, 0.001);
        Assert.Equal(14 + 3.926, p50.HighNs!.Value, 0.001);
        Assert.True(p50.DiffersFromZero);
        Assert.Null(p50.Why);
    }

    [Fact]
    public void An_interval_around_zero_is_no_difference()
    {
        var p50 = AddedLatency.Of(Pairs((110, 100), (90, 100), (105, 100), (95, 100), (101, 100)))!.P50;

        Assert.False(p50.DiffersFromZero);
        Assert.StartsWith("not different from zero: 0.200 ns (-9.", p50.ToString());
    }

    [Fact]
    public void A_direct_way_that_is_slower_differs_too() =>
        Assert.True(AddedLatency.Of(Pairs((90, 100), (91, 100), (89, 100), (90, 100), (91, 100)))!.P50 is { DiffersFromZero: true, MeanNs: < 0 });

    [Fact]
    public void Windows_with_too_few_samples_do_not_count_and_the_report_says_so()
    {
        var added = AddedLatency.Of(Pairs((110, 100), (110, 100), (110, 100), (110, 100), (110, 100), (110, 100)))!;

        Assert.Equal(6, added.P50.Windows);
        Assert.Equal((0, null, null), (added.P99.Windows, added.P99.MeanNs, added.P99.DiffersFromZero));
        Assert.Equal("0 of 6 windows have the 1,000 samples at both targets that p99 needs, and 5 are needed: hold longer, or send more", added.P99.Why);
    }

    [Fact]
    public void Four_windows_are_too_few() => Assert.Null(AddedLatency.Of(Pairs((110, 100), (110, 100), (110, 100), (110, 100)))!.P50.MeanNs);

    [Fact]
    public void The_difference_over_the_whole_run_is_told_beside()
    {
        var run = Runs.Of(Runs.Good("via") with { RoundTrip = Runs.Histogram((5_000, 300)) }, Runs.Good("direct") with { RoundTrip = Runs.Histogram((5_000, 200)) });

        Assert.Equal((100, 100), (AddedLatency.Of(run)!.P50.OverallNs, AddedLatency.Of(run)!.P99.OverallNs));
    }

    [Fact]
    public void A_threshold_can_demand_it()
    {
        var run = Pairs((110, 100), (112, 100), (114, 100), (116, 100), (118, 100));

        Assert.Equal(new("added.p50<20ns", "14.0 ns", true, null), Threshold.Parse("added.p50<20ns").Evaluate(run));
        Assert.StartsWith("0 of 5 windows", Threshold.Parse("added.p99<20ns").Evaluate(run).Why);
    }

    [Theory]
    [InlineData(6, 2.571)]
    [InlineData(32, 2.040)]
    [InlineData(62, 2.000)]
    [InlineData(1_002, 1.962)]
    public void The_interval_is_that_of_students_t(int windows, double t)
    {
        // Half of the differences are 90, half 110: the deviation of the sample is 10 but for its n - 1.
        var p50 = AddedLatency.Of(Pairs([.. Enumerable.Range(0, windows).Select(i => (i % 2 == 0 ? 1_090L : 1_110L, 1_000L))]))!.P50;

        var deviation = 10 * Math.Sqrt(windows / (windows - 1.0));
        Assert.Equal(100, p50.MeanNs!.Value, 0.001);
        Assert.Equal(t * deviation / Math.Sqrt(windows), p50.HighNs!.Value - 100, 0.01);
    }

    /// <summary>Windows of 50 samples each, enough for a p50.</summary>
    private static LoadResult Pairs(params (long Via, long Direct)[] windows) => Runs.Of(
        Runs.Good("via") with { Windows = [.. windows.Select(pair => Runs.Histogram((50, pair.Via)))] },
        Runs.Good("direct") with { Windows = [.. windows.Select(pair => Runs.Histogram((50, pair.Direct)))] });
}
