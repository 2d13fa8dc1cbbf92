namespace Bascule.Load.Tests;

/// <summary>One verdict and one sentence for the whole run, the worst first.</summary>
public sealed class LoadReportTests
{
    private static readonly LoadResult Good = Runs.Of(Runs.Good());
    private static readonly LoadResult WithFailures = Runs.Of(Runs.Good() with { FailedAttempts = 1, Failures = [Runs.Tally("http.503", 1)] });

    // Twice as slow as the base.
    private static readonly LoadResult Slow = Runs.Of(Runs.Good() with { RoundTrip = Runs.Histogram((72_000, 800 * Runs.Microsecond)) });

    [Fact]
    public void A_run_in_which_nothing_was_wrong_is_good() => Assert.Equal(LoadVerdict.Good, LoadReport.Of(Good).Verdict);

    [Fact]
    public void Failures_are_a_finding_when_no_threshold_says_how_many_may_be()
    {
        Assert.Equal(LoadVerdict.FoundFailures, LoadReport.Of(WithFailures).Verdict);
        Assert.Equal(LoadVerdict.Good, LoadReport.Of(WithFailures, [Threshold.Parse("connect.fail_rate<5%")]).Verdict);
        Assert.Equal(LoadVerdict.Good, LoadReport.Of(Runs.Of(Runs.Good() with { Failures = [Runs.Tally("aborted.deadline", 4)] })).Verdict);
    }

    [Fact]
    public void A_regression_goes_before_failures() =>
        Assert.Equal(LoadVerdict.Regression, LoadReport.Of(Runs.Of(Slow.Targets[0] with { Failures = WithFailures.Targets[0].Failures }), compareWith: Good).Verdict);

    [Fact]
    public void A_threshold_goes_before_a_regression() =>
        Assert.Equal(LoadVerdict.ThresholdFailed, LoadReport.Of(Slow, [Threshold.Parse("rtt.p50<0.5ms")], Good).Verdict);

    [Fact]
    public void The_generators_limit_goes_before_a_threshold() =>
        Assert.Equal(LoadVerdict.GeneratorLimit, LoadReport.Of(Late(Slow), [Threshold.Parse("rtt.p50<0.5ms")], Good).Verdict);

    [Fact]
    public void A_late_generator_that_reached_nothing_found_that_out_all_the_same()
    {
        var nothing = new TargetResult { Label = "target", Attempts = 2, FailedAttempts = 2, Failures = [Runs.Tally("tcp.refused", 2)] };
        var report = LoadReport.Of(Late(Runs.Of(nothing)));

        Assert.Equal((LoadVerdict.FoundFailures, true), (report.Verdict, report.NothingReached));
        Assert.Equal("All of 2 attempts failed, all with tcp.refused.", Told(report));
        Assert.False(LoadReport.Of(WithFailures).NothingReached);
    }

    [Fact]
    public void An_interruption_goes_before_everything() =>
        Assert.Equal(LoadVerdict.Interrupted, LoadReport.Of(Late(Slow) with { Interrupted = true }, [Threshold.Parse("rtt.p50<0.5ms")], Good).Verdict);

    [Fact]
    public void A_good_run_is_told_in_figures() => Assert.Equal(
        "100 connections opened, none failed; 72,000 messages echoed, none lost; round trip p50 0.200 ms, p99 1.40 ms.", Headline(Good));

    [Fact]
    public void A_generator_at_its_limit_is_told_before_any_figure() => Assert.Equal(
        "The generator was the limit: 5 % of what had a time was more than 10 ms late; do not trust the figures below.", Headline(Late(Good)));

    [Fact]
    public void Failed_handshakes_are_told_with_their_most_frequent_class()
    {
        var target = Runs.Good() with { Opened = 5_184, FailedAttempts = 6_816, Lost = 3, LostMessages = 2, Received = 71_998, Failures = [Runs.Tally("aborted.deadline", 9_000), Runs.Tally("http.503", 6_000), Runs.Tally("dns", 816)] };

        Assert.Equal(
            "56.8 % of 12,000 attempts failed, most with http.503; 3 connections lost (0.058 %); 71,998 messages echoed, 2 lost; round trip p50 0.200 ms, p99 1.40 ms.",
            Headline(Runs.Of(target)));
    }

    [Theory]
    [InlineData(0, 0, 0, "No connection was tried.")]
    [InlineData(5, 0, 0, "None of 5 attempts came to an end.")]
    [InlineData(5, 0, 5, "All of 5 attempts failed, all with tcp.refused.")]
    [InlineData(1, 1, 0, "1 connection opened, none failed.")]
    public void Runs_without_messages_are_told_too(int attempts, int opened, int failed, string headline) => Assert.Equal(headline, Headline(Runs.Of(new TargetResult
    {
        Label = "target",
        Attempts = attempts,
        Opened = opened,
        FailedAttempts = failed,
        Failures = failed > 0 ? [Runs.Tally("tcp.refused", failed)] : [],
    })));

    [Fact]
    public void Few_samples_are_told_by_the_longest()
    {
        Assert.EndsWith("; round trip p50 5.00 ms, at most 6.00 ms.", Headline(Runs.Of(Runs.Good() with { RoundTrip = Runs.Histogram((50, 5 * Runs.Millisecond), (1, 6 * Runs.Millisecond)) })));
        Assert.EndsWith("; round trip at most 5.00 ms (1 sample).", Headline(Runs.Of(Runs.Good() with { RoundTrip = Runs.Histogram((1, 5 * Runs.Millisecond)) })));
    }

    [Fact]
    public void Who_only_listens_receives()
    {
        var run = Runs.Of(Runs.Good() with { Sent = 0, RoundTrip = new() });

        Assert.Equal("100 connections opened, none failed; 72,000 messages received.", Headline(run with { Plan = Runs.Plan() with { Mode = LoadMode.Receive } }));
    }

    [Fact]
    public void The_way_back_after_a_storm_is_told()
    {
        var idle = Runs.Of(Runs.Good() with { Sent = 0, Received = 0, RoundTrip = new() });

        Assert.EndsWith("; 100 connections dropped at once, all back after 3.20 s.", Headline(idle with { Storm = new(100, 100, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3.2), 90) }));
        Assert.EndsWith("; 100 connections dropped at once, only 95 came back.", Headline(idle with { Storm = new(100, 95, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), null, 90) }));
    }

    [Fact]
    public void An_interruption_a_threshold_and_a_regression_are_told_with_the_figures()
    {
        var report = LoadReport.Of(Slow with { Interrupted = true }, [Threshold.Parse("rtt.p50<0.5ms"), Threshold.Parse("lost.count==0")], Good);

        Assert.Equal(
            "Interrupted after 11.5 s: 100 connections opened, none failed; 72,000 messages echoed, none lost; round trip p50 0.800 ms, p99 0.800 ms. 1 of 2 thresholds failed: rtt.p50<0.5ms. Worse than the base: rtt.p50.",
            Told(report));
    }

    [Fact]
    public void What_the_way_via_adds_is_told()
    {
        var windows = Enumerable.Range(0, 6).Select(i => Runs.Histogram((50, 100 + i))).ToList();
        var slower = windows.Select(window => Runs.Histogram((50, window.Max!.Value + 50))).ToList();

        Assert.EndsWith("; the way via adds 50.0 ns to the p50.", Headline(Runs.Of(Runs.Good("via") with { Windows = slower }, Runs.Good("direct") with { Windows = windows })));
        Assert.EndsWith("; the way via adds nothing to the p50 that could be measured.", Headline(Runs.Of(Runs.Good("via") with { Windows = windows }, Runs.Good("direct") with { Windows = windows })));
    }

    private static LoadResult Late(LoadResult result) => result with { Generator = Runs.Fit() with { Late = 5_000 } };

    private static string Headline(LoadResult result) => Told(LoadReport.Of(result));

    private static string Told(LoadReport report)
    {
        using var document = System.Text.Json.JsonDocument.Parse(LoadJson.Write(report));
        return document.RootElement.GetProperty("summary").GetProperty("headline").GetString()!;
    }
}
