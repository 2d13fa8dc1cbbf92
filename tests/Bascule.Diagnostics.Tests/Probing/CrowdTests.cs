namespace Bascule.Diagnostics.Tests;

/// <summary>What only many handshakes at once show.</summary>
public sealed class CrowdTests
{
    private const int Crowd = 40;

    [Fact]
    public async Task A_server_that_refuses_half_of_the_handshakes_under_load_is_a_limit_under_load()
    {
        var open = 0;
        await using var server = SmallServer.Start(async asked =>
        {
            if (!asked.IsUpgrade)
            {
                await asked.AnswerAsync("200 OK");
                return;
            }

            var mine = Interlocked.Increment(ref open);
            try
            {
                await (mine > Crowd / 2 ? asked.AnswerAsync("503 Service Unavailable\r\nServer: nginx") : asked.EchoAsync());
            }
            finally
            {
                Interlocked.Decrement(ref open);
            }
        });

        var report = await server.ProbeAsync(options: o => o with { Handshakes = Crowd });

        var verdict = report.AssertFirst("PROBE-CAPACITY", "% of the handshakes fail when 40 come at once (HTTP 503)", "a limit under load");
        Assert.Contains("503", verdict.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_broken_instance_among_two_fails_with_and_without_a_crowd()
    {
        var upgrades = 0;
        await using var server = SmallServer.Start(asked =>
            !asked.IsUpgrade ? asked.AnswerAsync("200 OK") : Interlocked.Increment(ref upgrades) % 2 == 0 && upgrades > 20 ? asked.AnswerAsync("502 Bad Gateway") : asked.EchoAsync());

        (await server.ProbeAsync(options: o => o with { Handshakes = Crowd })).AssertFirst("PROBE-CAPACITY", "HTTP 502", "one of several instances");
    }

    [Fact]
    public async Task A_limit_that_the_crowd_shows_takes_back_what_a_few_seemed_to_show()
    {
        var upgrades = 0;
        // Of the first and the five again, of the five one after the other, and of the crowd some are refused; those that talk and the last are not.
        await using var server = SmallServer.Start(asked =>
            !asked.IsUpgrade ? asked.AnswerAsync("200 OK")
            : asked.Origin is null || asked.Head.Path != "/ws" || Interlocked.Increment(ref upgrades) is not ((>= 4 and <= 6) or (>= 9 and <= 11) or (>= 26 and <= 55)) ? asked.EchoAsync() : asked.AnswerAsync("503 Service Unavailable"));

        var report = await server.ProbeAsync(options: o => o with { Handshakes = Crowd });

        report.AssertFirst("PROBE-CAPACITY", "a limit");
        Assert.DoesNotContain(report.Verdicts, v => v.RuleId == "PROBE-INSTANCES");
        Assert.Contains("one after the other 2 of 5", report.Step("upgrade-again").Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_breaks_down_under_the_crowd_is_told()
    {
        var upgrades = 0;
        await using var server = SmallServer.Start(asked =>
            !asked.IsUpgrade ? asked.AnswerAsync("200 OK") : Interlocked.Increment(ref upgrades) > 30 ? asked.AnswerAsync("500 Out of memory") : asked.EchoAsync());

        (await server.ProbeAsync(options: o => o with { Handshakes = Crowd })).AssertFirst("PROBE-CAPACITY", "afterwards all fail");
    }

    [Fact]
    public async Task A_server_with_room_for_all_is_no_finding()
    {
        await using var server = SmallServer.Healthy();

        var report = await server.ProbeAsync(options: o => o with { Handshakes = Crowd });

        report.AssertGood();
        Assert.Contains("40 of 40 opened", report.Step("handshakes").Evidence, StringComparison.Ordinal);
    }
}
