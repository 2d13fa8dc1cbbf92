namespace Bascule.Load.Tests;

/// <summary>What several worker processes did is told as one run.</summary>
public sealed class ResultMergeTests
{
    [Fact]
    public void Counts_are_added_and_histograms_merged()
    {
        var one = Runs.Of(Runs.Good() with { FailedAttempts = 3, Lost = 1, Retried = 2, InFlightAtEnd = 4 });
        var merged = LoadResult.Merge([one, one, Runs.Of(Runs.Good())]);

        var all = Assert.Single(merged.Targets);
        Assert.Equal("target", all.Label);
        Assert.Equal((300, 300, 6, 2, 4, 8), (all.Attempts, all.Opened, all.FailedAttempts, all.Lost, all.Retried, all.InFlightAtEnd));
        Assert.Equal((300, 300), (all.OpenAtEnd, all.MostOpen));
        Assert.Equal((216_000, 216_000, 216_000 * 128, 216_000 * 128), (all.Sent, all.Received, all.SentBytes, all.ReceivedBytes));
        Assert.Equal(216_000, all.RoundTrip.Count);
        Assert.Equal(216_000, all.RawRoundTrip.Count);
        Assert.Equal((300, 300, 0, 300), (all.Connect.Count, all.Tcp.Count, all.Tls.Count, all.Upgrade.Count));
        Assert.Equal(2 * Runs.Millisecond, all.Connect.Max);
    }

    [Fact]
    public void The_run_is_as_long_as_all_of_them_and_interrupted_when_one_was()
    {
        var early = Runs.Of(Runs.Good()) with { Duration = TimeSpan.FromSeconds(10) };
        var late = early with { Started = Runs.Start.AddSeconds(0.5), Interrupted = true };

        var merged = LoadResult.Merge([late, early]);

        Assert.Equal((Runs.Start, TimeSpan.FromSeconds(10.5), true, 2), (merged.Started, merged.Duration, merged.Interrupted, merged.Workers));
    }

    [Fact]
    public void The_plan_is_that_of_the_whole_run()
    {
        var one = Runs.Of(Runs.Good());
        var other = one with { Plan = one.Plan with { FirstConnection = 100, Connections = 50 } };

        var plan = LoadResult.Merge([other, one]).Plan;

        Assert.Equal((150, 200.0, 200, 0, 10.0), (plan.Connections, plan.Ramp, plan.InFlight, plan.FirstConnection, plan.Rate));
    }

    [Fact]
    public void A_ramp_without_a_rate_stays_so()
    {
        var part = Runs.Of(Runs.Good()) with { Plan = Runs.Plan() with { Ramp = null } };

        Assert.Null(LoadResult.Merge([part, part]).Plan.Ramp);
    }

    [Fact]
    public void Targets_are_merged_by_label_in_the_order_of_the_plan()
    {
        var merged = LoadResult.Merge([Runs.Of(Runs.Good("via"), Runs.Good("direct")), Runs.Of(Runs.Good("via"), Runs.Good("direct"))]);

        Assert.Equal([("via", 200L), ("direct", 200L)], merged.Targets.Select(target => (target.Label, target.Opened)));
    }

    [Fact]
    public void Seconds_and_windows_are_merged_by_index()
    {
        var longer = Runs.Of(Runs.Good() with { Windows = [Runs.Histogram((5, 1)), Runs.Histogram((5, 2))] })
            with { Seconds = [Runs.Second(0, 10, opened: 10), Runs.Second(1, 20, received: 7, failed: 1)] };
        var shorter = Runs.Of(Runs.Good() with { Windows = [Runs.Histogram((3, 1))] }) with { Seconds = [Runs.Second(1, 5, received: 1)] };

        var merged = LoadResult.Merge([shorter, longer]);

        Assert.Equal([(0, 10, 10, 0, 0, 10), (1, 25, 0, 1, 8, 20)], merged.Seconds.Select(s => (s.Second, s.Open, s.Opened, s.Failed, s.Received, s.RoundTrip.Count)));
        Assert.Equal([8, 5], merged.Targets[0].Windows.Select(window => window.Count));
    }

    [Fact]
    public void Failures_are_merged_by_class_with_what_was_seen_first()
    {
        var one = Runs.Of(Runs.Good() with { Failures = [Runs.Tally("http.503", 5, first: 2, last: 3, "second"), Runs.Tally("dns", 1)] });
        var other = Runs.Of(Runs.Good() with { Failures = [Runs.Tally("http.503", 7, first: 1, last: 2, "first")] });

        var failures = LoadResult.Merge([one, other]).Targets[0].Failures;

        Assert.Equal([Runs.Tally("http.503", 12, first: 1, last: 3, "first"), Runs.Tally("dns", 1)], failures);
    }

    [Fact]
    public void An_explanation_is_kept_even_when_a_later_example_has_it()
    {
        var first = Runs.Tally("close.4503", 1, first: 1) with { Attempt = "early" };
        var later = Runs.Tally("close.4503", 1, first: 2) with { Attempt = "late", Explanation = "the queue was full" };

        var merged = LoadResult.Merge([Runs.Of(Runs.Good() with { Failures = [later] }), Runs.Of(Runs.Good() with { Failures = [first] })]);

        Assert.Equal((first.First, "late", "the queue was full"), (merged.Targets[0].Failures[0].First, merged.Targets[0].Failures[0].Attempt, merged.Targets[0].Failures[0].Explanation));
    }

    [Fact]
    public void The_busiest_worker_and_the_fullest_table_of_descriptors_stand_for_all()
    {
        var one = Runs.Of(Runs.Good()) with { Generator = Runs.Fit() with { Processor = 1.2, Descriptors = 900, DescriptorLimit = 1000 } };
        var other = Runs.Of(Runs.Good()) with { Generator = Runs.Fit() with { MachineProcessor = 0.9, LocalFailures = 3, Descriptors = 1900, DescriptorLimit = 20_000 } };

        var generator = LoadResult.Merge([one, other]).Generator;

        Assert.Equal((1.2, 0.9, 4, 200_000, 3), (generator.Processor, generator.MachineProcessor, generator.Late, generator.Planned, generator.LocalFailures));
        Assert.Equal((900, 1000), (generator.Descriptors, generator.DescriptorLimit));
        Assert.Equal((2000, TimeSpan.FromMilliseconds(24)), (generator.Lag.Count, generator.Pauses));
    }

    [Fact]
    public void A_storm_is_over_when_the_slowest_worker_is_back()
    {
        var fast = Storm(new(100, 100, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3), 80));
        var slow = Storm(new(100, 95, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), null, 40));
        var without = Storm(new(0, 0, null, null, null, 0));

        Assert.Equal(
            new StormResult(200, 195, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), null, 120),
            LoadResult.Merge([fast, slow, without]).Storm);
        Assert.Null(LoadResult.Merge([Runs.Of(Runs.Good()), Runs.Of(Runs.Good())]).Storm);
    }

    [Fact]
    public void One_part_is_the_whole_and_none_is_an_error()
    {
        var one = Runs.Of(Runs.Good());

        Assert.Same(one, LoadResult.Merge([one]));
        Assert.Contains("No worker", Assert.Throws<ArgumentException>(() => LoadResult.Merge([])).Message);
    }

    private static LoadResult Storm(StormResult storm) => Runs.Of(Runs.Good()) with { Storm = storm };
}
