using Bascule.Testing;

namespace Bascule.Protocol.Tests;

public sealed class StandstillsTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();
    private readonly Standstills _still;

    public StandstillsTests() => _still = new Standstills(Period, _time);

    [Fact]
    public void A_machine_that_runs_loses_no_time()
    {
        var start = _time.GetTimestamp();
        foreach (var late in new[] { 0, 0.4, 0, 0.49 })
            Pass(Period + TimeSpan.FromSeconds(late));

        Assert.Equal(TimeSpan.FromSeconds(4.89), _still.TimeSince(start));
    }

    [Fact]
    public void Of_a_standstill_only_the_period_in_which_it_began_counts()
    {
        var start = _time.GetTimestamp();
        Pass(Period);
        Pass(TimeSpan.FromHours(1));
        var after = _time.GetTimestamp();
        Pass(Period);

        Assert.Equal(Period * 3, _still.TimeSince(start));
        Assert.Equal(Period, _still.TimeSince(after));
    }

    [Fact]
    public void Who_spoke_during_a_standstill_is_only_given_the_rest_of_it()
    {
        _time.Advance(TimeSpan.FromSeconds(40));
        var spoken = _time.GetTimestamp();
        Pass(TimeSpan.FromSeconds(20));
        Pass(Period);

        Assert.Equal(Period, _still.TimeSince(spoken));
    }

    [Fact]
    public void A_machine_that_hardly_runs_does_not_keep_silence_short_for_ever()
    {
        var start = _time.GetTimestamp();
        for (var i = 0; i < 100; i++)
            Pass(Period * 2);

        Assert.Equal(Period * (200 - 32), _still.TimeSince(start));
    }

    [Fact]
    public void What_begins_after_a_look_is_found_by_the_next_one()
    {
        var start = _time.GetTimestamp();
        Pass(Period);
        _time.Advance(TimeSpan.FromHours(1));
        var later = _time.GetTimestamp();

        Assert.Equal(Period, _still.TimeSince(start));
        Assert.Equal(TimeSpan.Zero, _still.TimeSince(later));
        _still.Look();
        Assert.Equal(Period * 2, _still.TimeSince(start));
    }

    private void Pass(TimeSpan time)
    {
        _time.Advance(time);
        _still.Look();
    }
}
