namespace Bascule.Load.Tests;

/// <summary>The highest rate that keeps a latency is found in few runs, and the answer says what stopped it.</summary>
public sealed class RateSearchTests
{
    private static readonly LatencyTarget Target = LatencyTarget.Parse("p99=50ms");

    [Theory]
    [InlineData(0.3)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(777)]
    public void A_server_with_a_limit_is_found_within_five_percent(double limit)
    {
        var answer = Search(rate => Server(rate, limit));

        Assert.InRange(answer.Best!.Rate, limit * 0.95, limit);
        Assert.Equal(RateOutcome.Kept, answer.Best.Outcome);
        Assert.Equal(answer.Best.Rate * 100, answer.Best.PerSecond);
        Assert.InRange(answer.Tries.Count, 2, RateSearch.MostTries);
        Assert.Matches("^at .*/s it was p99 80.0 ms$", answer.Why);
    }

    [Fact]
    public void The_rate_doubles_until_it_fails_and_then_the_gap_is_halved()
    {
        var answer = Search(rate => Server(rate, 10));

        Assert.Equal([1, 2, 4, 8, 16, 12, 10, 11, 10.5], answer.Tries.Select(each => each.Rate));
        Assert.Equal(10, answer.Best!.Rate);
    }

    [Fact]
    public void A_first_rate_that_is_too_high_is_halved()
    {
        var answer = Search(rate => Server(rate, 10), firstRate: 100);

        Assert.Equal([100, 50, 25, 12.5, 6.25], answer.Tries.Select(each => each.Rate).Take(5));
        Assert.InRange(answer.Best!.Rate, 9.5, 10);
    }

    [Fact]
    public void Where_the_generator_is_the_limit_the_server_may_do_more()
    {
        var answer = Search(rate => rate > 1_200 ? Server(rate, 10_000) with { Generator = Runs.Fit() with { LocalFailures = 1 } } : Server(rate, 10_000));

        Assert.InRange(answer.Best!.Rate, 1_140, 1_200);
        Assert.Matches(@"^the generator was the limit at 12\d,\d{3}/s \(this machine had no descriptor or port left once\); the server may do more$", answer.Why);
        Assert.Matches(@"^p99 <= 50.0 ms holds up to 1[12]\d,\d{3}/s \(1,1\d\d/s on each connection, p99 5.00 ms\); the generator was the limit", answer.ToString());
    }

    [Fact]
    public void Failures_end_it_like_latency_does()
    {
        var answer = Search(rate => rate > 5 ? Runs.Of(Runs.Good() with { Failures = [Runs.Tally("msg.gap", 3), Runs.Tally("aborted.deadline", 9)] }) : Server(rate, 100));

        Assert.InRange(answer.Best!.Rate, 4.75, 5);
        Assert.Matches("there were failures: 3 failures, most of them msg.gap$", answer.Why);
    }

    [Fact]
    public void What_the_end_of_a_run_cut_short_is_no_failure() =>
        Assert.NotNull(Search(rate => Server(rate, 10) with { Targets = [Server(rate, 10).Targets[0] with { Failures = [Runs.Tally("aborted.deadline", 9)] }] }).Best);

    [Fact]
    public void Too_few_samples_at_low_rates_only_ask_for_higher_ones()
    {
        var answer = Search(rate => rate < 3 ? Runs.Of(Runs.Good() with { RoundTrip = Runs.Histogram((99, 1)) }) : Server(rate, 10));

        Assert.Equal(RateOutcome.TooFewSamples, answer.Tries[0].Outcome);
        Assert.Equal("1.00/s on each connection, 100/s in all: not known, only 99 samples; p99 needs 1,000", answer.Tries[0].ToString());
        Assert.InRange(answer.Best!.Rate, 9.5, 10);
    }

    [Fact]
    public void When_nothing_is_ever_known_no_rate_is_claimed()
    {
        var answer = Search(rate => rate < 3 ? Runs.Of(Runs.Good() with { RoundTrip = Runs.Histogram((99, 1)) }) : Server(rate, 1));

        Assert.Null(answer.Best);
        Assert.StartsWith("No rate was found that keeps p99 <= 50.0 ms: at ", answer.ToString());
    }

    [Fact]
    public void A_server_without_a_limit_ends_it_after_a_bounded_number_of_runs()
    {
        var answer = Search(rate => Server(rate, double.MaxValue));

        Assert.Equal(RateSearch.MostTries, answer.Tries.Count);
        Assert.Equal(524_288, answer.Best!.Rate);
        Assert.Equal("20 runs were made, and even the last one kept it", answer.Why);
    }

    [Fact]
    public void A_server_that_never_keeps_it_ends_it_too()
    {
        var answer = Search(rate => Server(rate, 0));

        Assert.Null(answer.Best);
        Assert.Equal(RateSearch.MostTries, answer.Tries.Count);
        Assert.EndsWith("20 runs were made.", answer.ToString());
    }

    [Fact]
    public void An_interrupted_run_ends_it_with_what_is_known()
    {
        var answer = Search(rate => Server(rate, 100) with { Interrupted = rate > 2 });

        Assert.Equal((3, "the search was interrupted"), (answer.Tries.Count, answer.Why));
    }

    [Theory]
    [InlineData("p99=50ms", 99, 50)]
    [InlineData(" p99.9 = 1.5s ", 99.9, 1500)]
    public void A_target_is_a_percentile_and_a_duration(string text, double percent, double milliseconds) =>
        Assert.Equal(new LatencyTarget(percent, TimeSpan.FromMilliseconds(milliseconds)), LatencyTarget.Parse(text));

    [Theory]
    [InlineData("", "it is not a percentile and a duration")]
    [InlineData("99=50ms", "it is not a percentile and a duration")]
    [InlineData("p100=50ms", "it is not a percentile and a duration")]
    [InlineData("p99<50ms", "it is not a percentile and a duration")]
    [InlineData("p99=50", "`50` has no unit; expected is ns, us, ms, s or m (minutes)")]
    [InlineData("p99=0", "the latency is not between 100 ns and one hour")]
    [InlineData("p99=-5ms", "the latency is not between 100 ns and one hour")]
    public void A_text_that_is_no_target_is_refused(string text, string why) =>
        Assert.Equal($"`{text}` is no target for the latency: {why}. Example: p99=50ms.", Assert.Throws<FormatException>(() => LatencyTarget.Parse(text)).Message);

    [Fact]
    public void A_rate_of_nothing_cannot_be_doubled() => Assert.Throws<ArgumentOutOfRangeException>(() => new RateSearch(Target, 0));

    private static LoadResult Server(double rate, double limit) =>
        Runs.Of(Runs.Good() with { RoundTrip = Runs.Histogram((1_000, (rate <= limit ? 5 : 80) * Runs.Millisecond)) });

    private static RateAnswer Search(Func<double, LoadResult> run, double firstRate = 1)
    {
        var search = new RateSearch(Target, firstRate);
        while (true)
            if (search.Add(run(search.Rate)) is { } answer)
                return answer;
    }
}
