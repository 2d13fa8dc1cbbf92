using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>What the modes and options of a run do.</summary>
public sealed class LoadModeTests
{
    [Fact]
    public async Task An_open_loop_sends_as_many_messages_as_its_rate_and_time_say()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 10, Rate = 50, Hold = TimeSpan.FromSeconds(1) });

        var target = result.Targets[0];
        Assert.Equal(target.Sent, target.Received);
        Assert.Equal(target.Sent, result.Generator.Planned);
        Assert.InRange(target.Sent, 400, 50 * 10 * 60);
        Assert.Empty(target.Failures);
    }

    [Fact]
    public async Task Retries_bring_a_connection_in_that_was_refused_at_first()
    {
        await using var server = BrokenServer.Start(n => new ServerScript(n < 2 ? Behaviour.Busy503 : Behaviour.Echo));

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 1, Mode = LoadMode.Idle, Retries = 5 });

        var target = result.Targets[0];
        Assert.Equal((3, 1, 2, 2, 1), (target.Attempts, target.Opened, target.FailedAttempts, target.Retried, target.OpenAtEnd));
    }

    [Fact]
    public async Task Churn_closes_each_connection_properly_and_comes_again()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 4, Mode = LoadMode.Churn });

        var target = result.Targets[0];
        Assert.True(target.Opened > 4);
        Assert.InRange(target.Attempts - target.Opened, 0, 4);
        Assert.Empty(target.Failures);
    }

    [Fact]
    public async Task A_storm_drops_all_and_waits_until_they_are_back()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 30, Mode = LoadMode.Storm, Hold = TimeSpan.FromSeconds(30) });

        var storm = Assert.IsType<StormResult>(result.Storm);
        Assert.Equal((30, 30), (storm.Dropped, storm.Restored));
        Assert.True(storm.Half <= storm.NinetyPercent && storm.NinetyPercent <= storm.All);
        Assert.Equal((60, 30), (result.Targets[0].Opened, result.Targets[0].OpenAtEnd));
        Assert.Empty(result.Targets[0].Failures);
    }

    [Fact]
    public async Task A_slow_reader_takes_what_it_says_and_no_more()
    {
        await using var server = BrokenServer.Start(Behaviour.Flood);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 1, Mode = LoadMode.SlowReader, Size = 1024, Rate = 20, Hold = TimeSpan.FromSeconds(1) });

        Assert.InRange(result.Targets[0].ReceivedBytes, 0, 1024 * 20 * 8);
        Assert.Equal(1, result.Targets[0].Opened);
    }

    [Fact]
    public async Task A_listener_counts_what_comes()
    {
        await using var server = BrokenServer.Start(Behaviour.Flood);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 2, Mode = LoadMode.Receive });

        Assert.True(result.Targets[0].Received > 2);
        Assert.Equal(result.Targets[0].Received * 1000, result.Targets[0].ReceivedBytes);
    }

    [Fact]
    public async Task Two_targets_are_measured_in_the_same_windows()
    {
        // So slow that not every echo of the fast one can be slower, however busy the machine is.
        await using var slow = BrokenServer.Start(new ServerScript(Behaviour.Echo, Pause: TimeSpan.FromMilliseconds(250)));
        await using var fast = BrokenServer.Start(Behaviour.Echo);

        var result = await ShortRun.RunAsync(slow.Url, plan => plan with
        {
            Targets = [new LoadTarget("via", [slow.Url]), new LoadTarget("direct", [fast.Url])], Connections = 8, Rate = 3, Hold = TimeSpan.FromSeconds(2),
        });

        Assert.Equal(["via", "direct"], result.Targets.Select(t => t.Label));
        Assert.All(result.Targets, t => Assert.Equal(4, t.Opened));
        Assert.Equal(result.Targets[0].Windows.Count, result.Targets[1].Windows.Count);
        Assert.All(result.Targets, t => Assert.True(t.Windows.Sum(w => w.Count) > 0));
        Assert.True(result.Targets[0].RoundTrip.Min > result.Targets[1].RoundTrip.Min);
    }

    [Fact]
    public async Task An_interrupted_run_still_tells_what_it_found()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);
        using var interruption = new CancellationTokenSource();
        var plan = ShortRun.Plan(server.Url) with { Connections = 5, Hold = TimeSpan.FromHours(1) };

        var result = await new LoadRun(plan, TimeProvider.System).RunAsync(_ => interruption.Cancel(), interruption.Token).Soon();

        Assert.True(result.Interrupted);
        Assert.Equal(5, result.Targets[0].Opened);
        Assert.DoesNotContain(result.Targets[0].Failures, f => f.Guilty != Guilty.Nobody);
    }

    [Fact]
    public async Task A_ramp_starts_attempts_on_time_and_stays_within_its_handshakes_under_way()
    {
        await using var server = BrokenServer.Start(Behaviour.Silent);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 6, InFlight = 2, ConnectTimeout = ShortRun.Short });

        Assert.Equal(6, result.Targets[0].FailedAttempts);
        Assert.All(result.Seconds, s => Assert.InRange(s.InFlight, 0, 2));
    }

    [Fact]
    public async Task Tokens_and_addresses_are_used_in_turn_and_no_token_is_in_the_result()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with
        {
            Connections = 2, Mode = LoadMode.Idle, InFlight = 1, Tokens = ["secret-one", "secret-two"], Headers = [KeyValuePair.Create("X-Key", "secret-three")],
        });

        string[] requests = [await server.RequestAsync(), await server.RequestAsync()];
        Assert.Contains(requests, r => r.Contains("Bearer secret-one", StringComparison.Ordinal));
        Assert.Contains(requests, r => r.Contains("Bearer secret-two", StringComparison.Ordinal));
        Assert.All(requests, r => Assert.Contains("X-Key: secret-three", r));
        Assert.DoesNotContain("secret", LoadJson.Write(result));
    }
}
