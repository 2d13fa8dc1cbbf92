namespace Bascule.Load.Tests;

/// <summary>What a pipeline demands of a run.</summary>
public sealed class ThresholdTests
{
    [Theory]
    [InlineData("via:rtt.p50<1ms", "there is no target `via`; via and direct are those of --via URL and --direct URL")]
    [InlineData("storm.all<9s", "the run has no storm; see --mode storm")]
    [InlineData("added.p50<1ms", "only one target is measured; see --via and --direct")]
    [InlineData("tls.p50<1ms", "a URL with ws:// has no TLS")]
    [InlineData("rtt.p50<1ms", null)]
    [InlineData("connect.fail_rate<1%", null)]
    [InlineData("target:rtt_raw.max<1s", null)]
    public void What_no_run_of_a_plan_can_have_is_known_before_it(string text, string? fault) =>
        Assert.Equal(fault, Threshold.Parse(text).FaultIn(Runs.Plan()));

    [Fact]
    public void Each_metric_of_a_kind_of_run_is_good_in_that_kind()
    {
        Assert.Null(Threshold.Parse("via:rtt.p50<1ms").FaultIn(Runs.Plan("via", "direct")));
        Assert.Null(Threshold.Parse("added.p99<1ms").FaultIn(Runs.Plan("via", "direct")));
        Assert.Null(Threshold.Parse("storm.all<9s").FaultIn(Runs.Plan() with { Mode = LoadMode.Storm }));
        Assert.Equal("only the mode echo measures round trips", Threshold.Parse("rtt.min<9s").FaultIn(Runs.Plan() with { Mode = LoadMode.Idle }));
        Assert.Equal("there is no target `target`; there is via, direct", Threshold.Parse("target:rtt.p50<1ms").FaultIn(Runs.Plan("via", "direct")));
    }

    private static readonly LoadResult Run = Runs.Of(Runs.Good() with
    {
        Attempts = 126,
        FailedAttempts = 25,
        Lost = 2,
        OpenAtEnd = 98,
        Received = 71_990,
        LostMessages = 6,
        InFlightAtEnd = 4,
        Failures = [Runs.Tally("http.503", 20), Runs.Tally("http.401", 5), Runs.Tally("close.1011", 2), Runs.Tally("aborted.deadline", 1)],
    }) with
    {
        Storm = new StormResult(100, 95, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(4), null, 80),
    };

    [Theory]
    [InlineData("connect.attempts==126", "126")]
    [InlineData("connect.count>=100", "100")]
    [InlineData("connect.failed<=25", "25")]
    [InlineData("connect.fail_rate<=20%", "20 %")]
    [InlineData("connect.p50<1ms", "0.600 ms")]
    [InlineData("connect.p90<1s", "0.600 ms")]
    [InlineData("connect.max<=2ms", "2.00 ms")]
    [InlineData("connect.mean<0.75ms", "0.740 ms")]
    [InlineData("tcp.p50<100us", "80.0 \u00b5s")]
    [InlineData("upgrade.min>0.4ms", "0.500 ms")]
    [InlineData("rtt.p99<1.5ms", "1.40 ms")]
    [InlineData("rtt.p99.9<1500\u00b5s", "1.40 ms")]
    [InlineData("rtt.p75<200001ns", "0.200 ms")]
    [InlineData("rtt_raw.p99<0.01m", "0.180 ms")]
    [InlineData("messages.sent==72k", "72,000")]
    [InlineData("messages.received<0.1M", "71,990")]
    [InlineData("messages.lost==6", "6")]
    [InlineData("messages.rate>6k/s", "6,260/s")]
    [InlineData("connect.rate>8", "8.70/s")]
    [InlineData("lost.count<3", "2")]
    [InlineData("lost.rate<=2%", "2 %")]
    [InlineData("open.end>97", "98")]
    [InlineData("open.max>=100", "100")]
    [InlineData("failures<28", "27")]
    [InlineData("failures.http.503==20", "20")]
    [InlineData("failures.http==25", "25")]
    [InlineData("failures.close<=2", "2")]
    [InlineData("failures.close.none==0", "0")]
    [InlineData("failures.aborted.deadline<2", "1")]
    [InlineData("late.rate<0.1%", "0.002 %")]
    [InlineData("storm.half<2s", "1.50 s")]
    [InlineData("storm.ninety<1m", "4.00 s")]
    [InlineData("target:rtt.p99 < 1.5 ms", "1.40 ms")]
    public void A_threshold_that_holds_passes_and_tells_what_was_seen(string text, string seen) =>
        Assert.Equal(new ThresholdOutcome(text, seen, true, null), Threshold.Parse(text).Evaluate(Run));

    [Theory]
    [InlineData("rtt.p99<1ms", "1.40 ms", "rtt.p99 is 1.40 ms, not < 1.00 ms")]
    [InlineData("connect.fail_rate<0.1%", "20 %", "connect.fail_rate is 20 %, not < 0.1 %")]
    [InlineData("messages.lost<6", "6", "messages.lost is 6, not < 6")]
    [InlineData("messages.lost>6", "6", "messages.lost is 6, not > 6")]
    [InlineData("messages.lost==0", "6", "messages.lost is 6, not == 0")]
    [InlineData("open.end>=99", "98", "open.end is 98, not >= 99")]
    [InlineData("failures<=26", "27", "failures is 27, not <= 26")]
    [InlineData("connect.p99<1s", "-", "only 100 samples; p99 needs 1,000")]
    [InlineData("rtt.p99.99<1s", "-", "only 72,000 samples; p99.99 needs 100,000")]
    [InlineData("tls.max<1s", "-", "no samples")]
    [InlineData("storm.all<60s", "-", "all connections never came back (95 of 100 did)")]
    [InlineData("added.p50<1ms", "-", "only one target was measured; see --via and --direct")]
    [InlineData("via:rtt.p99<1ms", "-", "there is no target `via`; there is target")]
    public void A_threshold_that_does_not_hold_fails_and_says_why(string text, string seen, string why) =>
        Assert.Equal(new ThresholdOutcome(text, seen, false, why), Threshold.Parse(text).Evaluate(Run));

    [Theory]
    [InlineData("connect.fail_rate<1%", "no attempt came to an end")]
    [InlineData("lost.rate<1%", "no connection was opened")]
    [InlineData("rtt.max<1s", "no samples")]
    [InlineData("storm.half<1s", "the run had no storm; see --mode storm")]
    public void What_an_empty_run_does_not_know_fails(string text, string why) =>
        Assert.Equal(new ThresholdOutcome(text, "-", false, why), Threshold.Parse(text).Evaluate(Runs.Of(new TargetResult { Label = "target" })));

    [Fact]
    public void A_prefix_picks_one_of_two_targets_and_without_it_they_count_together()
    {
        var run = Runs.Of(Runs.Good("via") with { Lost = 3 }, Runs.Good("direct") with { Lost = 1 });

        Assert.Equal(["3", "1", "4"], new[] { "via:lost.count<9", "direct:lost.count<9", "lost.count<9" }.Select(text => Threshold.Parse(text).Evaluate(run).Seen));
    }

    [Fact]
    public void The_rate_of_messages_is_that_of_the_hold_without_its_first_and_last_second()
    {
        var run = Run with { Seconds = [Runs.Second(0, 50, received: 10), Runs.Second(1, 100, 500), Runs.Second(2, 100, 1_000), Runs.Second(3, 95, 1_200), Runs.Second(4, 100, 400), Runs.Second(5, 0, 1)] };

        Assert.Equal("1,100/s", Threshold.Parse("messages.rate>0").Evaluate(run).Seen);
    }

    [Theory]
    [InlineData("", "it has none of <= >= == < >")]
    [InlineData("rtt.p99=5ms", "it has none of <= >= == < >")]
    [InlineData("rtt.p99", "it has none of <= >= == < >")]
    [InlineData("rtt.q99<5ms", "there is no metric `rtt.q99`. Known are added.p50, added.p99, connect.attempts")]
    [InlineData("rtt.p100<5ms", "there is no metric `rtt.p100`")]
    [InlineData("rtt<5ms", "there is no metric `rtt`")]
    [InlineData("wobble<5ms", "there is no metric `wobble`")]
    [InlineData("failures.htp.503<5", "there is no metric `failures.htp.503`")]
    [InlineData("failures.http.5xx<5", "there is no metric `failures.http.5xx`")]
    [InlineData("failures.close.99<5", "there is no metric `failures.close.99`")]
    [InlineData("rtt.p99<5", "`5` has no unit; expected is ns, us, ms, s or m (minutes)")]
    [InlineData("rtt.p99<5%", "`%` is no unit of this figure; expected is ns")]
    [InlineData("rtt.p99<", "a number is missing")]
    [InlineData("rtt.p99<fast", "`fast` does not start with a number")]
    [InlineData("rtt.p99<1.2.3ms", "`1.2.3ms` does not start with a number")]
    [InlineData("connect.fail_rate<0.1", "`0.1` has no unit; expected is %")]
    [InlineData("connect.count>5ms", "`ms` is no unit of this figure; expected is a plain number, with k or M")]
    [InlineData("messages.rate>5/m", "`/m` is no unit of this figure; expected is a number per second, with k or M")]
    [InlineData("via:storm.half<5s", "`storm.half` is of the whole run; leave `via:` out")]
    [InlineData(":rtt.p99<5ms", "nothing stands before the colon; expected is via or direct")]
    public void A_text_that_is_no_threshold_is_refused_with_what_was_seen_and_an_example(string text, string why)
    {
        var fault = Assert.Throws<FormatException>(() => Threshold.Parse(text)).Message;

        Assert.StartsWith($"`{text}` is no threshold: {why}", fault);
        Assert.EndsWith("Examples: rtt.p99<5ms, connect.fail_rate<0.1%, messages.lost==0, via:rtt.p50<1ms.", fault);
    }

    [Fact]
    public void Zero_needs_no_unit() => Assert.True(Threshold.Parse("rtt.min>0").Evaluate(Run).Passed);
}
