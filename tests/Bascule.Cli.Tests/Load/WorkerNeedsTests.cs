namespace Bascule.Cli.Tests;

/// <summary>How many processes a run takes, and when a person is asked first.</summary>
public sealed class WorkerNeedsTests
{
    private const int MostUnasked = 8;
    private const int Most = 64;

    [Theory]
    [InlineData(100, 1_024, 1)]
    [InlineData(30_000, 20_000, 2)]
    [InlineData(1_000_000, 20_000, 51)]
    [InlineData(1_000_000, long.MaxValue, 1)]
    [InlineData(1_000_000, 0, 1)]
    public void As_many_as_the_files_that_each_may_open_ask_for(int connections, long limit, int expected) => Assert.Equal(expected, WorkerNeeds.Of(connections, limit));

    [Theory]
    [InlineData(30_000, 20_000, null)]
    [InlineData(30_000, 20_000, 2)]
    [InlineData(30_000, 20_000, 40)]
    [InlineData(1_000_000, 20_000, 51)]
    public void What_is_small_or_was_asked_for_is_done(int connections, long limit, int? wanted) =>
        Assert.Null(WorkerNeeds.FaultOf(connections, limit, wanted, MostUnasked, Most));

    [Theory]
    [InlineData(1_000_000, 20_000, null, "1000000 connections need 51 processes: one may open 20000 files here. Write --workers 51 if that is meant; with a higher `ulimit -n` fewer are needed.")]
    [InlineData(1_000_000, 20_000, 50, "--workers is 50, but 1000000 connections need 51 processes: one may open 20000 files here. Raise `ulimit -n`, or leave --workers out.")]
    [InlineData(1_000_000, 1_024, null, "1000000 connections need 1382 processes: one may open 1024 files here, and 64 are the most. Raise `ulimit -n`, or take fewer --connections.")]
    [InlineData(10, 64, null, "A process may open 64 files here, and needs 300 beside its connections. Raise the limit: ulimit -n 4096")]
    public void What_is_too_much_is_told_with_what_it_would_take(int connections, long limit, int? wanted, string fault) =>
        Assert.Equal(fault, WorkerNeeds.FaultOf(connections, limit, wanted, MostUnasked, Most));
}
