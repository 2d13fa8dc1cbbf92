using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Bascule.Load.Tests;

/// <summary>Durations are counted to three digits, whatever their size and whoever counts.</summary>
public sealed class LatencyHistogramTests
{
    // Half a bucket: 1 in 2,048.
    private const double ThreeDigits = 0.0005;

    private static readonly Gen<long> Durations = Gen.OneOf(
        Gen.Choose(0, 5_000).Select(n => (long)n),
        Gen.Choose(0, int.MaxValue).Select(n => (long)n),
        from seconds in Gen.Choose(0, 3599)
        from rest in Gen.Choose(0, 999_999_999)
        select (seconds * 1_000_000_000L) + rest);

    [Fact]
    public void Every_duration_up_to_an_hour_is_kept_to_three_digits() => Prop.ForAll(Durations.ToArbitrary(), duration =>
    {
        // A second, larger sample keeps the limits from telling the exact value.
        var histogram = Runs.Histogram((20, duration), (1, LatencyHistogram.LongestNanoseconds), (1, 0));

        var told = histogram.Percentile(50)!.Value;

        Assert.InRange(Math.Abs(told - duration), 0, Math.Max(0.5, duration * ThreeDigits));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Small_durations_are_exact_and_neighbours_differ()
    {
        foreach (var duration in new long[] { 0, 1, 999, 1_000, 1_001, 2_047 })
            Assert.Equal(duration, Runs.Histogram((20, duration), (1, 5_000)).Percentile(50));
    }

    [Fact]
    public void Percentiles_are_those_of_the_sorted_list()
    {
        var list = from values in Durations.NonEmptyListOf() from percent in Gen.Elements(1.0, 25, 50, 75, 90, 99, 99.9) select (Values: values, Percent: percent);
        Prop.ForAll(list.Resize(300).ToArbitrary(), drawn =>
        {
            var histogram = new LatencyHistogram();
            foreach (var value in drawn.Values)
                histogram.Record(value);
            var sorted = drawn.Values.Order().ToList();
            // Exact: percent as tenths of a percent.
            var rank = Math.Max(1, ((sorted.Count * (long)(drawn.Percent * 10)) + 999) / 1000);

            var told = histogram.Percentile(drawn.Percent);

            if (sorted.Count - rank < LatencyHistogram.SamplesAbove)
                Assert.Null(told);
            else
                Assert.InRange(Math.Abs(told!.Value - sorted[(int)rank - 1]), 0, Math.Max(0.5, sorted[(int)rank - 1] * ThreeDigits));
            Assert.Equal(sorted[^1], histogram.Percentile(100));
            Assert.Equal((sorted.Count, sorted[0], sorted[^1]), (histogram.Count, histogram.Min!.Value, histogram.Max!.Value));
            Assert.InRange(histogram.Mean()!.Value, sorted.Average() * (1 - ThreeDigits) - 0.5, (sorted.Average() * (1 + ThreeDigits)) + 0.5);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(50, 20)]
    [InlineData(90, 100)]
    [InlineData(99, 1_000)]
    [InlineData(99.9, 10_000)]
    [InlineData(99.99, 100_000)]
    public void A_percentile_is_told_from_ten_samples_above_it(double percent, int samples)
    {
        Assert.Equal(samples, LatencyHistogram.SamplesFor(percent));
        Assert.Null(Runs.Histogram((samples - 1, 5)).Percentile(percent));
        Assert.Equal(5, Runs.Histogram((samples, 5)).Percentile(percent));
    }

    [Fact]
    public void Nothing_counted_is_nothing_told()
    {
        var empty = new LatencyHistogram();

        Assert.Equal(0, empty.Count);
        Assert.Null(empty.Min);
        Assert.Null(empty.Max);
        Assert.Null(empty.Mean());
        Assert.Null(empty.StandardDeviation());
        Assert.Null(empty.Percentile(50));
        Assert.Null(empty.Percentile(100));
    }

    [Fact]
    public void What_is_out_of_range_counts_at_its_end()
    {
        var histogram = new LatencyHistogram();

        histogram.Record(-1);
        histogram.Record(TimeSpan.MinValue);
        histogram.Record(TimeSpan.MaxValue);
        histogram.Record(long.MaxValue);

        Assert.Equal((4, 0, LatencyHistogram.LongestNanoseconds), (histogram.Count, histogram.Min, histogram.Max));
    }

    [Fact]
    public void A_time_span_is_counted_in_nanoseconds()
    {
        var histogram = new LatencyHistogram();

        histogram.Record(TimeSpan.FromTicks(1_234_567));

        Assert.Equal(123_456_700, histogram.Max);
    }

    [Fact]
    public void The_standard_deviation_is_that_of_the_samples() =>
        Assert.Equal(400, Runs.Histogram((10, 200), (10, 1_000)).StandardDeviation()!.Value, 0.001);

    [Fact]
    public void Many_threads_record_and_nothing_is_lost()
    {
        const int Threads = 4;
        const int Each = 50_000;
        var histogram = new LatencyHistogram();
        using var together = new Barrier(Threads + 1);

        // Threads of their own: a pool would start them one after the other.
        var recording = Enumerable.Range(0, Threads).Select(number => new Thread(() =>
        {
            together.SignalAndWait();
            for (var i = 0; i < Each; i++)
                histogram.Record((long)i * (number + 1) * 37);
        })).ToList();
        recording.ForEach(thread => thread.Start());
        together.SignalAndWait();
        // Whoever reads meanwhile sees limits that hold what it counts, and no exception.
        while (recording.Exists(thread => thread.IsAlive))
            Assert.True(histogram.Percentile(50) is not { } told || (told >= histogram.Min && told <= histogram.Max));

        Assert.Equal(Threads * Each, histogram.Count);
        Assert.Equal((0, (Each - 1) * Threads * 37L), (histogram.Min, histogram.Max));
    }

    [Fact]
    public void A_sum_of_two_is_as_if_one_had_counted_all() => Prop.ForAll(Durations.ListOf().Two().ToArbitrary(), drawn =>
    {
        var (one, other, all) = (new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram());
        foreach (var value in drawn.Item1)
            one.Record(value);
        foreach (var value in drawn.Item2)
            other.Record(value);
        foreach (var value in drawn.Item1.Concat(drawn.Item2))
            all.Record(value);

        one.Add(other);

        Same(all, one);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_sum_keeps_the_exact_limits()
    {
        var sum = new LatencyHistogram();

        sum.Add(Runs.Histogram((1, 3_000_001)));

        Assert.Equal((3_000_001, 3_000_001), (sum.Min, sum.Max));
    }

    [Fact]
    public void Its_json_is_read_back_whole() => Prop.ForAll(Durations.ListOf().ToArbitrary(), values =>
    {
        var histogram = new LatencyHistogram();
        foreach (var value in values)
            histogram.Record(value);

        Same(histogram, JsonSerializer.Deserialize<LatencyHistogram>(JsonSerializer.Serialize(histogram))!);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Its_json_tells_percentiles_that_have_enough_samples() =>
        Assert.Equal(
            """{"count":100,"minNs":7,"meanNs":7,"stddevNs":0,"p50Ns":7,"p75Ns":7,"p90Ns":7,"maxNs":7,"buckets":[[7,100]]}""",
            JsonSerializer.Serialize(Runs.Histogram((100, 7))));

    [Theory]
    [InlineData("7", "needs `buckets`")]
    [InlineData("""{"buckets":7}""", "needs `buckets`")]
    [InlineData("""{"minNs":1,"maxNs":1,"buckets":[[-1,1]]}""", "[-1,1]")]
    [InlineData("""{"minNs":1,"maxNs":1,"buckets":[[1,0]]}""", "[1,0]")]
    [InlineData("""{"minNs":1,"maxNs":1,"buckets":[[9223372036854775807,1]]}""", "expected is [nanoseconds, count]")]
    [InlineData("""{"minNs":1,"maxNs":1,"buckets":[[1]]}""", "[1]")]
    [InlineData("""{"buckets":[[1,1]]}""", "`minNs`")]
    public void A_broken_json_is_refused_with_what_was_seen(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<LatencyHistogram>(json)).Message);

    private static void Same(LatencyHistogram expected, LatencyHistogram actual)
    {
        Assert.Equal(expected.Buckets(), actual.Buckets());
        Assert.Equal((expected.Min, expected.Max), (actual.Min, actual.Max));
    }
}
