namespace Bascule.Load.Tests;

/// <summary>A report says when its figures are about the program that made the load.</summary>
public sealed class ValidityTests
{
    private static readonly LoadEnvironment TwoCores = new("0.1.0", "Debian 12", "6.18", 2, 20_000);

    [Fact]
    public void A_generator_with_room_left_is_fit_to_measure()
    {
        var validity = Judge(Runs.Fit());

        Assert.True(validity.IsValid);
        Assert.Empty(validity.Reasons);
        Assert.Empty(validity.Notes);
    }

    [Fact]
    public void More_than_one_percent_late_is_the_generators_fault() =>
        Assert.Equal("1.1 % of what had a time was more than 10 ms late", Reason(Runs.Fit() with { Late = 1_100 }));

    [Fact]
    public void One_percent_late_is_still_good_and_so_is_a_single_pause_in_a_short_run()
    {
        Assert.True(Judge(Runs.Fit() with { Late = 1_000 }).IsValid);
        Assert.True(Judge(Runs.Fit() with { Late = 9, Planned = 100 }).IsValid);
        Assert.False(Judge(Runs.Fit() with { Late = 10, Planned = 100 }).IsValid);
    }

    [Fact]
    public void A_worker_that_fills_its_cores_is_the_limit() =>
        Assert.Equal("a worker used 1.93 of the 2 cores it can have", Reason(Runs.Fit() with { Processor = 1.93 }));

    [Fact]
    public void Workers_share_the_cores_of_the_machine()
    {
        var busy = Result(Runs.Fit() with { Processor = 0.97 });

        Assert.True(Validity.Of(busy).IsValid);
        Assert.Equal("a worker used 0.97 of the 1 cores it can have", Assert.Single(Validity.Of(busy with { Workers = 2 }).Reasons));
        Assert.True(Validity.Of(busy with { Workers = 2, Environment = TwoCores with { Processors = 8 } }).IsValid);
        Assert.True(Validity.Of(busy with { Workers = 2, Environment = null }).IsValid);
    }

    [Fact]
    public void A_full_machine_alone_is_worth_a_note_since_the_server_may_be_what_fills_it()
    {
        var validity = Judge(Runs.Fit() with { MachineProcessor = 0.99 });

        Assert.True(validity.IsValid);
        Assert.StartsWith("All cores of this machine were busy (99 %)", Assert.Single(validity.Notes));
    }

    [Fact]
    public void On_a_full_machine_a_little_lateness_is_enough() => Assert.Equal(
        "all cores were busy (99 %), and 0.2 % of what had a time was more than 10 ms late",
        Reason(Runs.Fit() with { MachineProcessor = 0.99, Late = 200 }));

    [Fact]
    public void A_closed_loop_on_a_full_machine_is_no_false_alarm()
    {
        var closed = Result(Runs.Fit() with { MachineProcessor = 1, Processor = 1.1, Late = 0, Planned = 0 });

        Assert.True(Validity.Of(closed with { Plan = closed.Plan with { Rate = null, Ramp = null } }).IsValid);
    }

    [Theory]
    [InlineData(1, "this machine had no descriptor or port left once")]
    [InlineData(2_000, "this machine had no descriptor or port left 2,000 times")]
    public void Descriptors_or_ports_that_were_missing_here_are_no_fault_of_the_server(long count, string reason) =>
        Assert.Equal(reason, Reason(Runs.Fit() with { LocalFailures = count }));

    [Fact]
    public void Lag_that_makes_up_much_of_the_round_trip_is_noted_for_planned_messages_only()
    {
        var lagging = Result(Runs.Fit() with { Lag = Runs.Histogram((2_000, Runs.Millisecond)) });

        Assert.Equal(
            "Sending was late by 1.00 ms (p99): that is much of the round trip p99 of 1.40 ms; see the raw one.",
            Assert.Single(Validity.Of(lagging).Notes));
        Assert.Empty(Validity.Of(lagging with { Plan = lagging.Plan with { Rate = null } }).Notes);
        Assert.True(Validity.Of(lagging).IsValid);
    }

    [Fact]
    public void Every_reason_is_told()
    {
        var worst = Judge(Runs.Fit() with { LocalFailures = 1, Processor = 2, Late = 50_000 });

        Assert.Equal(3, worst.Reasons.Count);
    }

    [Theory]
    [InlineData("tcp.refused", 2, 0, true)]
    [InlineData("dns", 2, 0, true)]
    [InlineData("http.503", 2, 0, false)]
    [InlineData("tcp.refused", 2, 1, false)]
    public void Where_nothing_was_reached_there_are_no_figures_to_doubt(string failure, int failed, int opened, bool isValid)
    {
        var late = Runs.Fit() with { Late = 1_000, Planned = 1_002, MachineProcessor = 1, Processor = 2 };
        var target = new TargetResult { Label = "target", Attempts = failed + opened, Opened = opened, FailedAttempts = failed, Failures = [Runs.Tally(failure, failed)] };

        Assert.Equal(isValid, Validity.Of(Runs.Of(target) with { Generator = late, Environment = TwoCores }).IsValid);
    }

    private static LoadResult Result(GeneratorHealth generator) => Runs.Of(Runs.Good()) with { Generator = generator, Environment = TwoCores };

    private static Validity Judge(GeneratorHealth generator) => Validity.Of(Result(generator));

    private static string Reason(GeneratorHealth generator)
    {
        var validity = Judge(generator);
        Assert.False(validity.IsValid);
        return Assert.Single(validity.Reasons);
    }
}
