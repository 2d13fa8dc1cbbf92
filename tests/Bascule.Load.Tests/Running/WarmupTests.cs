using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>What comes before every run of the program.</summary>
public sealed class WarmupTests
{
    /// <summary>The clock stands still: a warm-up that only its time limit ends would never end.</summary>
    [Theory]
    [InlineData(LoadMode.Echo)]
    [InlineData(LoadMode.Idle)]
    public async Task A_warm_up_is_over_when_it_is_done_and_leaves_nothing_in_the_result(LoadMode mode)
    {
        using var port = DeadPort.Closed();
        var plan = ShortRun.Plan(port.Url) with { Connections = 3, Mode = mode };

        var result = await Warmup.RunWarmAsync(plan, null, new ManualTime(), CancellationToken.None).Soon();

        Assert.Equal((3, 0, 0), (result.Targets[0].Attempts, result.Targets[0].Opened, result.Targets[0].Sent));
        Assert.Equal(("tcp.refused", 3), ShortRun.Single(result));
    }
}
