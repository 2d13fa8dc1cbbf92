using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>Whole runs against servers that are well, and such as are not: the classes and counts of a report.</summary>
public sealed class LoadRunTests
{
    [Fact]
    public async Task An_echo_server_that_is_well_loses_nothing_and_has_no_failures()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 20 });

        var target = Assert.Single(result.Targets);
        Assert.Equal((20, 20, 0, 0, 20), (target.Attempts, target.Opened, target.FailedAttempts, target.Lost, target.OpenAtEnd));
        Assert.True(target.Sent >= 20);
        Assert.Equal((target.Sent, 0, 0), (target.Received, target.LostMessages, target.InFlightAtEnd));
        Assert.Equal(target.Received, target.RoundTrip.Count);
        Assert.Equal(target.Received, target.RawRoundTrip.Count);
        Assert.Equal(20, target.Connect.Count);
        Assert.Equal(target.Sent * 128, target.ReceivedBytes);
        Assert.Empty(target.Failures);
        Assert.Equal(target.Received, result.Seconds.Sum(s => s.Received));
        Assert.Equal(target.RoundTrip.Count, result.Seconds.Sum(s => s.RoundTrip.Count));
        Assert.Equal(0, server.Open);
    }

    [Theory]
    [InlineData(Behaviour.Page200, "http.200")]
    [InlineData(Behaviour.Problem403, "http.403")]
    [InlineData(Behaviour.Busy503, "http.503")]
    [InlineData(Behaviour.BadAcceptKey, "ws.handshake")]
    [InlineData(Behaviour.ResetUnanswered, "tcp.reset")]
    [InlineData(Behaviour.Silent, "connect.timeout")]
    public async Task Every_attempt_that_fails_is_counted_in_its_class(Behaviour behaviour, string expected)
    {
        await using var server = BrokenServer.Start(behaviour);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 7, ConnectTimeout = ShortRun.Short });

        var target = result.Targets[0];
        Assert.Equal((7, 0, 7), (target.Attempts, target.Opened, target.FailedAttempts));
        var tally = Assert.Single(target.Failures);
        Assert.Equal((expected, 7, Guilty.Server), (tally.Class, tally.Count, tally.Guilty));
        Assert.NotEmpty(tally.Example);
        Assert.True(tally.First <= tally.Last);
    }

    [Fact]
    public async Task A_closed_port_is_refused()
    {
        using var port = DeadPort.Closed();

        var result = await ShortRun.RunAsync(port.Url, plan => plan with { Connections = 3 });

        Assert.Equal(("tcp.refused", 3), ShortRun.Single(result));
    }

    [Theory]
    [InlineData(Behaviour.ResetWhenOpen, "close.none")]
    [InlineData(Behaviour.EndInsideFrame, "close.none")]
    [InlineData(Behaviour.MaskedFrame, "proto.error")]
    [InlineData(Behaviour.CloseInternalError, "close.1011")]
    [InlineData(Behaviour.CloseBusy, "close.4503")]
    public async Task A_connection_that_is_lost_after_its_101_is_opened_and_lost(Behaviour behaviour, string expected)
    {
        await using var server = BrokenServer.Start(behaviour);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 5, Mode = LoadMode.Idle });

        var target = result.Targets[0];
        Assert.Equal((5, 5, 0), (target.Opened, target.Lost, target.OpenAtEnd));
        Assert.Equal((expected, 5), ShortRun.Single(result));
    }
}
