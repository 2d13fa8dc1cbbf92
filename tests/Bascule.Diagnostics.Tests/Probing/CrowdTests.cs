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
