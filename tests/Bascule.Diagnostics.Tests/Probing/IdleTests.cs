using Bascule.Protocol;
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
        Assert.Equal("20 of 20 are let in again", report.Step("reconnect").Evidence);
    }

    [Fact]
    public async Task A_recognized_proxy_with_that_limit_is_named_alone()
    {
        var verdict = (await RunAsync(Cut.Silent, "Server: nginx/1.22.1")).AssertFirst("PROBE-IDLE-CUT", "nginx (its limit is 60 s");

        Assert.DoesNotContain("Apache", verdict.Headline, StringComparison.Ordinal);
        Assert.Equal(Severity.Error, verdict.Severity);
    }

    [Fact]
    public async Task A_limit_of_life_is_told_from_one_of_silence() =>
        (await RunAsync(Cut.Everybody, "")).AssertFirst("PROBE-LIFETIME-CUT", "every connection after 60 s");

    [Fact]
    public async Task Pings_that_come_later_than_the_cut_say_nothing_of_a_limit_of_life() =>
        (await IdleLadder.RunAsync(Cut.Everybody, "", Limit, busyEvery: Limit * 2)).AssertFirst("PROBE-IDLE-CUT", "after 60 s of silence; whether pings help is not known: 60 s passed without one");

    [Fact]
    public async Task A_machine_that_stood_still_itself_claims_no_limit_of_life() =>
        (await IdleLadder.RunAsync(Cut.Everybody, "", Limit, stall: Limit * 0.75)).AssertFirst("PROBE-IDLE-CUT", "after 75 s of silence; whether pings help is not known: 45 s passed without one");

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
            ? await ProxyProcess.StartAsync(ProxyConfig.Nginx($"location / {{ proxy_pass http://127.0.0.1:{server.Port}; {ProxyConfig.NginxUpgrade} proxy_read_timeout 700ms; }}"))
            : await ProxyProcess.StartAsync(ProxyConfig.Haproxy($"server echo 127.0.0.1:{server.Port}", "timeout tunnel 700ms"));

        var report = await Probes.RunAsync(new Uri(proxy.WebSocketUrl), options: o => o with { Idle = [TimeSpan.FromSeconds(1)], BusyEvery = TimeSpan.FromMilliseconds(50) });

        // On a machine that stands still for so long, the pinging one is cut too: then it looks like a limit of life.
        Assert.Contains(report.Verdicts[0].RuleId, new[] { "PROBE-IDLE-CUT", "PROBE-LIFETIME-CUT", "PROBE-DIRECTION-IDLE" });
        Assert.NotNull(report.Facts.IdleLimit);
    }

    [Fact]
    public async Task A_server_that_ends_those_who_ping_is_told() =>
        (await RunAsync(Cut.Pinging, "")).AssertFirst("PROBE-BUSY-CUT", "A connection that pings is ended after 60 s");

    [Fact]
    public async Task Those_who_come_back_after_a_cut_and_reach_other_instances_are_told()
    {
        var report = await IdleLadder.RunAsync(Cut.Silent, "", Limit, (number, asked) => asked.EchoAsync(asked.Accept().With("X-Instance", "abc"[number % 3].ToString())));

        var verdict = Assert.Single(report.Verdicts, v => v.RuleId == "PROBE-RECONNECT-SPREAD");
        Assert.Equal((Severity.Info, "Reconnects reach different instances: 3 in 20 tries."), (verdict.Severity, verdict.Headline));
        Assert.StartsWith("20 of 20 are let in again; X-Instance: ", report.Step("reconnect").Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Those_who_come_back_after_a_cut_and_meet_a_limit_are_told()
    {
        var report = await IdleLadder.RunAsync(Cut.Silent, "", Limit, (number, asked) => number < 5 ? asked.EchoAsync() : asked.AnswerAsync("429 Too Many Requests"));

        var verdict = Assert.Single(report.Verdicts, v => v.RuleId == "PROBE-RECONNECT-REFUSED");
        Assert.Contains("15 of 20 reconnects at once are refused (429)", verdict.Headline, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_server_without_pongs_that_says_something_is_alive_and_nobody_ends_its_connections(bool echoes, bool talks)
    {
        await using var server = SmallServer.Start(asked => WithoutPongsAsync(asked, echoes, talks));

        var report = await server.ProbeAsync(options: Hasty);

        report.AssertFirst("PROBE-PONG-MISSING");
        Assert.DoesNotContain(report.Verdicts, v => v.RuleId is "PROBE-IDLE-CUT" or "PROBE-LIFETIME-CUT" or "PROBE-ECHO");
        Assert.Contains("silent for 0.3 s: alive", report.Step("idle").Evidence, StringComparison.Ordinal);
        // What was asked for at the end is no message of its own accord.
        Assert.Equal(talks, report.Step("idle").Evidence.Contains("messages from the server", StringComparison.Ordinal));
        Assert.Null(report.Facts.IdleLimit);
    }

    [Fact]
    public async Task Of_a_server_that_answers_nothing_nobody_knows_whether_silence_ends_its_connections()
    {
        await using var server = SmallServer.Start(asked => WithoutPongsAsync(asked, echoes: false, talks: false));

        var report = await server.ProbeAsync(options: Hasty);

        report.AssertFirst("PROBE-PONG-MISSING");
        Assert.DoesNotContain(report.Verdicts, v => v.RuleId is "PROBE-IDLE-CUT" or "PROBE-LIFETIME-CUT");
        var idle = report.Step("idle");
        Assert.Equal(StepResult.Warn, idle.Result);
        Assert.Contains("no end was seen within 0.3 s", idle.Evidence, StringComparison.Ordinal);
        Assert.Contains("answers neither pings nor messages", idle.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_no_ping_is_answered_nobody_knows_whether_pings_help()
    {
        // It ends those that say nothing at first, and answers nobody.
        await using var server = SmallServer.Start(async asked =>
        {
            if (!asked.IsUpgrade)
            {
                await asked.AnswerAsync("200 OK");
                return;
            }

            await asked.Peer.SendAsync(asked.Accept(), asked.Stop);
            if ((await asked.Peer.ReadAsync(TimeSpan.FromSeconds(1), asked.Stop)).Frame is null)
                asked.Peer.HalfClose();
            await asked.Peer.ReadToEndAsync(answerClose: true, asked.Stop);
        });

        var report = await server.ProbeAsync(options: o => Hasty(o) with { Idle = [TimeSpan.FromSeconds(2)] });

        report.AssertFirst("PROBE-IDLE-CUT", "whether pings help is not known: none is answered");
    }

    private static async Task WithoutPongsAsync(Asked asked, bool echoes, bool talks)
    {
        if (!asked.IsUpgrade)
        {
            await asked.AnswerAsync("200 OK");
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(asked.Stop);
        await asked.Peer.SendAsync(asked.Accept(), asked.Stop);
        // One sender at a time.
        using var turn = new SemaphoreSlim(1);
        var talking = talks ? TalkAsync() : Task.CompletedTask;
        while ((await asked.Peer.ReadAsync(asked.Stop)).Frame is { } frame)
        {
            if (frame.Opcode == (int)Opcode.Close)
                await SayAsync(RawFrame.Close(frame.Payload));
            else if (echoes && !frame.IsControl)
                await SayAsync(new RawFrame(frame.Opcode, frame.Payload) { Final = frame.Final });
        }

        await over.CancelAsync();
        await talking;

        async Task TalkAsync()
        {
            using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20), WorkingTime.Shared);
            try
            {
                while (await ticks.WaitForNextTickAsync(over.Token) && await SayAsync(RawFrame.Text("tick")) == PeerSend.Sent)
                {
                }
            }
            catch (OperationCanceledException)
            {
                // The connection or the test is over.
            }
        }

        async Task<PeerSend> SayAsync(RawFrame frame)
        {
            await turn.WaitAsync(asked.Stop);
            try
            {
                return await asked.Peer.SendAsync(frame, asked.Stop);
            }
            finally
            {
                turn.Release();
            }
        }
    }

    private static ProbeOptions Hasty(ProbeOptions options) => options with
    {
        Clock = options.Clock with { StepLimit = TimeSpan.FromSeconds(3) }, EchoPatience = TimeSpan.FromSeconds(1), Idle = [TimeSpan.FromSeconds(0.3)], BusyEvery = TimeSpan.FromMilliseconds(50),
    };

    private static Task<ProbeReport> RunAsync(Cut cut, string field) => IdleLadder.RunAsync(cut, field, Limit);
}
