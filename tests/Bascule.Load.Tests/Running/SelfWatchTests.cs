using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>What the generator says of itself.</summary>
public sealed class SelfWatchTests
{
    private static readonly TimeSpan Work = TimeSpan.FromMilliseconds(20);

    private readonly ManualTime _time = new();

    [Fact]
    public void Where_a_run_is_cut_short_in_its_ramp_the_ramp_counts()
    {
        var watch = new SelfWatch(_time);
        Compute();
        _time.Advance(TimeSpan.FromSeconds(10));

        watch.BeginMeasure();
        watch.EndMeasure();

        Assert.InRange(watch.Judge().Processor, Work / TimeSpan.FromSeconds(10), 1);
    }

    [Fact]
    public void The_ramp_does_not_count_where_something_came_after_it()
    {
        var watch = new SelfWatch(_time);
        _time.Advance(TimeSpan.FromHours(1));

        watch.BeginMeasure();
        Compute();
        _time.Advance(TimeSpan.FromSeconds(1));
        watch.EndMeasure();

        Assert.True(watch.Judge().Processor >= Work / TimeSpan.FromSeconds(1));
    }

    private static void Compute()
    {
        for (var before = Environment.CpuUsage.TotalTime; Environment.CpuUsage.TotalTime - before < Work;)
            Thread.SpinWait(1000);
    }
}
