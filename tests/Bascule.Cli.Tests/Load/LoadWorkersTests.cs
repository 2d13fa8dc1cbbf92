using Bascule.Load;

namespace Bascule.Cli.Tests;

/// <summary>A run in several processes: what each gets, what they say, and how it is added up.</summary>
public sealed class LoadWorkersTests
{
    private static readonly LoadPlan Plan = new() { Targets = [new LoadTarget("target", [new Uri("ws://127.0.0.1:1/")])], Connections = 30_001, Ramp = 100, InFlight = 100, Rate = 3 };

    [Theory]
    [InlineData(1, 1)]
    [InlineData(30_001, 2)]
    [InlineData(100, 7)]
    [InlineData(64, 64)]
    public void Every_connection_has_exactly_one_worker(int connections, int workers)
    {
        var shares = LoadWorkers.Shares(Plan with { Connections = connections }, workers).ToArray();

        var numbers = shares.SelectMany(s => Enumerable.Range(s.FirstConnection, s.Connections));
        Assert.Equal(Enumerable.Range(0, connections), numbers);
        Assert.Equal(workers, shares.Length);
        Assert.InRange(shares.Max(s => s.Connections) - shares.Min(s => s.Connections), 0, 1);
    }

    [Fact]
    public void The_rates_of_all_workers_are_that_of_the_run()
    {
        var shares = LoadWorkers.Shares(Plan, 4).ToArray();

        Assert.Equal(100, shares.Sum(s => s.Ramp!.Value), precision: 9);
        Assert.Equal(100, shares.Sum(s => s.InFlight));
        Assert.All(shares, s => Assert.Equal(3, s.Rate));
    }

    [Fact]
    public void A_plan_is_the_same_behind_the_channel()
    {
        var plan = Plan with { Mode = LoadMode.SlowReader, Tokens = ["a", "b\n\"c"], Headers = [KeyValuePair.Create("X-A", "1")], Hold = TimeSpan.FromSeconds(1.5), Sources = ["127.0.0.2"] };

        var line = WorkerChannel.Of(plan);
        var read = WorkerChannel.ReadPlan(line);

        Assert.DoesNotContain('\n', line);
        Assert.Equal(line, WorkerChannel.Of(read));
        Assert.Equal((plan.Mode, plan.Hold, plan.Targets[0].Urls[0]), (read.Mode, read.Hold, read.Targets[0].Urls[0]));
        Assert.Equal(plan.Tokens, read.Tokens);
        Assert.Equal(plan.Headers, read.Headers);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("load")]
    public void What_is_no_plan_is_refused(string line) => Assert.Throws<InvalidDataException>(() => WorkerChannel.ReadPlan(line));

    [Fact]
    public void Progress_is_the_same_behind_the_channel_and_other_lines_are_neither()
    {
        var progress = Progress(LoadPhase.Hold, seconds: 3, open: 7, failures: 2);

        var line = WorkerChannel.Of(progress);

        var (read, result) = WorkerChannel.Read(line);
        Assert.Null(result);
        Assert.DoesNotContain('\n', line);
        Assert.Equal(line, WorkerChannel.Of(read!));
        Assert.Equal((3, 7, 2), (read!.Elapsed.TotalSeconds, read.Second.Open, read.Failures[0].Count));
        Assert.Equal(progress.RoundTrip.Percentile(50), read.RoundTrip.Percentile(50));
        Assert.Equal((null, null), WorkerChannel.Read("bascule failed: it broke"));
    }

    [Fact]
    public void A_result_is_the_same_behind_the_channel()
    {
        var result = new LoadResult
        {
            Plan = Plan,
            Started = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero),
            Duration = TimeSpan.FromSeconds(2),
            Targets = [new TargetResult { Label = "target", Attempts = 3, Opened = 2, RoundTrip = Times(100), Failures = [Tally("tcp.refused", 1)] }],
            Seconds = [Progress(LoadPhase.Hold, 1, 2, 0).Second],
            Generator = new GeneratorHealth(0.5, 0.7, 1, 100, Times(10), TimeSpan.FromMilliseconds(3), 0, 99, 20_000),
        };

        var line = WorkerChannel.Of(result);

        var read = WorkerChannel.Read(line).Result!;
        Assert.Equal(line, WorkerChannel.Of(read));
        Assert.Equal((3, 2, 100), (read.Targets[0].Attempts, read.Targets[0].Opened, read.Targets[0].RoundTrip.Count));
        Assert.Equal(result.Generator with { Lag = read.Generator.Lag }, read.Generator);
    }

    [Fact]
    public void The_progress_of_all_is_summed_and_the_slowest_says_where_the_run_is()
    {
        var sum = ProgressSum.Of([Progress(LoadPhase.Hold, 3, 7, 2), Progress(LoadPhase.Ramp, 4, 5, 4)]);

        Assert.Equal((LoadPhase.Ramp, 4.0, 12, 40), (sum.Phase, sum.Elapsed.TotalSeconds, sum.Second.Open, sum.Attempts));
        Assert.Equal((2, 4, 6, 8, 10), (sum.Second.InFlight, sum.Second.Opened, sum.Second.Failed, sum.Second.Sent, sum.Second.Received));
        Assert.Equal((200, 200), (sum.RoundTrip.Count, sum.Second.RoundTrip.Count));
        Assert.Equal(6, Assert.Single(sum.Failures).Count);
    }

    [Fact]
    public void Failures_of_one_class_are_one_with_the_first_example_and_the_most_frequent_stands_first()
    {
        var failures = ProgressSum.Failures([Tally("dns", 1), Tally("tcp.refused", 3, first: 5, "later"), Tally("tcp.refused", 4, first: 2, "earlier")]);

        Assert.Equal([("tcp.refused", 7, 2.0, 6.0, "earlier"), ("dns", 1, 1.0, 2.0, "seen")], failures.Select(f => (f.Class, f.Count, f.First.TotalSeconds, f.Last.TotalSeconds, f.Example)));
    }

    private static LoadProgress Progress(LoadPhase phase, int seconds, int open, int failures) => new(
        phase, TimeSpan.FromSeconds(seconds), new LoadSecond(seconds, open, 1, 2, 3, 4, 5, Times(100)), 20, failures == 0 ? [] : [Tally("tcp.refused", failures)], Times(100));

    private static FailureTally Tally(string failureClass, int count, int first = 1, string example = "seen") =>
        new(failureClass, Guilty.Server, count, TimeSpan.FromSeconds(first), TimeSpan.FromSeconds(first + 1), example);

    private static LatencyHistogram Times(int count)
    {
        var times = new LatencyHistogram();
        for (var i = 1; i <= count; i++)
            times.Record(i * 1_000_000);
        return times;
    }
}
