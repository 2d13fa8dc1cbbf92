using Bascule.System.Tests;
using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>The idle ladder finds the silence that ends connections, and tells it from a limit of life. The clock stands still until the test moves it.</summary>
public sealed class IdleTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_server_that_cuts_silent_connections_is_told_by_the_pings_that_keep_others()
    {
        var report = await RunAsync(Cut.Silent, "");

        var verdict = report.AssertFirst("PROBE-IDLE-CUT", "60 s of silence", "with pings they live on");
        Assert.Contains("nginx", verdict.Headline, StringComparison.Ordinal);
        Assert.Contains("without a close frame", report.Step("idle").Evidence, StringComparison.Ordinal);
        Assert.Equal(Limit, report.Facts.IdleLimit);
    }

    [Fact]
    public async Task A_recognized_proxy_with_that_limit_is_named_alone()
    {
        var verdict = (await RunAsync(Cut.Silent, "nginx/1.22.1")).AssertFirst("PROBE-IDLE-CUT", "nginx (its limit is 60 s");

        Assert.DoesNotContain("Apache", verdict.Headline, StringComparison.Ordinal);
        Assert.Equal(Severity.Error, verdict.Severity);
    }

    [Fact]
    public async Task A_limit_of_life_is_told_from_one_of_silence() =>
        (await RunAsync(Cut.Everybody, "")).AssertFirst("PROBE-LIFETIME-CUT", "every connection after 60 s");

    [Fact]
    public async Task A_hop_that_does_not_count_pings_is_told() =>
        (await RunAsync(Cut.AllButTalkers, "")).AssertFirst("PROBE-DIRECTION-IDLE", "Pings of the client do not keep");

    [Fact]
    public async Task A_server_that_closes_idle_connections_itself_is_named() =>
        (await RunAsync(Cut.SilentWithClose, "")).AssertFirst("PROBE-IDLE-CUT", "The server ends connections after 60 s");

    [Fact]
    public async Task A_path_that_cuts_nobody_is_no_finding()
    {
        var report = await RunAsync(Cut.Nobody, "");

        report.AssertGood();
        Assert.Null(report.Facts.IdleLimit);
        Assert.Contains("silent for 90 s: alive", report.Step("idle").Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task A_real_proxy_with_a_short_limit_is_found(string name)
    {
        await using var server = SmallServer.Healthy();
        await using var proxy = name == "nginx"
            ? await Proxies.NginxAsync($"proxy_pass http://127.0.0.1:{server.Port}; {Proxies.NginxUpgrade} proxy_read_timeout 700ms;")
            : await Proxies.HaproxyAsync($"server echo 127.0.0.1:{server.Port}", "timeout tunnel 700ms");

        var report = await Probes.RunAsync(new Uri(proxy.WebSocketUrl), options: o => o with { Idle = [TimeSpan.FromSeconds(1)], BusyEvery = TimeSpan.FromMilliseconds(50) });

        // On a machine that stands still for so long, the pinging one is cut too: then it looks like a limit of life.
        Assert.Contains(report.Verdicts[0].RuleId, new[] { "PROBE-IDLE-CUT", "PROBE-LIFETIME-CUT", "PROBE-DIRECTION-IDLE" });
        Assert.NotNull(report.Facts.IdleLimit);
    }

    private static async Task<ProbeReport> RunAsync(Cut cut, string server)
    {
        // Two silent ones, one that pings and one that talks wait for the clock.
        const int waiting = 4;
        var time = new ManualTime();
        await using var cutter = new Cutter(cut, server);
        // Whatever the test's clock does, no step runs out of patience.
        var probing = Probes.RunAsync(cutter.Server.Url(), options: o => o with
        {
            Clock = new PeerClock(time, TimeSpan.FromHours(5)), EchoPatience = TimeSpan.FromHours(5), Idle = [TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(90)],
        });

        await UntilAsync(() => cutter.IsReady && time.ArmedTimers == waiting);
        time.Advance(Limit / 2);
        await UntilAsync(() => cutter.SilentOver == 1);
        time.Advance(Limit / 2);
        await cutter.CutAsync();
        await UntilAsync(() => cutter.AreCutsSeen);
        while (!probing.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.WhenAny(probing, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken));
        }

        return await probing;
    }

    private static Task<bool> UntilAsync(Func<bool> isSo) => Waiting.UntilAsync(() => Task.FromResult(isSo()), so => so, () => "");
}
