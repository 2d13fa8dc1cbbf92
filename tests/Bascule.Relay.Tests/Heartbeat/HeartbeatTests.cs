using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>A side that falls silent is asked, and then given up.</summary>
public sealed class HeartbeatTests
{
    [Fact]
    public async Task A_silent_client_is_pinged_and_its_pong_stays_here()
    {
        await using var rig = await RelayRig.StartAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(20));
        await rig.Backend.SendTextAsync("awake");
        await rig.Client.ReceiveTextAsync();

        rig.Time.Advance(TimeSpan.FromSeconds(5));
        var ping = await rig.Client.ReceiveAsync();
        Assert.Equal(Opcode.Ping, ping.Opcode);
        rig.Time.Advance(TimeSpan.FromMilliseconds(120));
        await rig.Client.SendAsync(rig.Client.Frame(Opcode.Pong, ping.Payload));

        // The next frame on either side is the exchange: the back end saw neither ping nor pong.
        await rig.ExchangeAsync();
        Assert.Equal(TimeSpan.FromMilliseconds(120), rig.Relay.Facts.Client.PingRoundTrip);
        Assert.Null(rig.Relay.Facts.Backend.PingRoundTrip);
    }

    [Fact]
    public async Task A_silent_back_end_is_pinged_with_a_mask_and_its_pong_stays_here()
    {
        await using var rig = await RelayRig.StartAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(20));
        await rig.Client.SendTextAsync("awake");
        await rig.Backend.ReceiveTextAsync();

        rig.Time.Advance(TimeSpan.FromSeconds(5));
        var ping = await rig.Backend.ReceiveAsync();
        Assert.True(ping is { Opcode: Opcode.Ping, Header.Masked: true });
        await rig.Backend.SendAsync(rig.Backend.Frame(Opcode.Pong, ping.Payload));

        await rig.ExchangeAsync();
        Assert.Equal(TimeSpan.Zero, rig.Relay.Facts.Backend.PingRoundTrip);
    }

    [Fact]
    public async Task A_client_that_answers_nothing_is_given_up_and_both_sides_are_told()
    {
        await using var rig = await RelayRig.StartAsync();

        for (var i = 0; i < 3; i++)
        {
            rig.Time.Advance(TimeSpan.FromSeconds(25));
            await rig.Backend.SendTextAsync("awake");
        }

        var client = await rig.Client.ReceiveToCloseAsync();
        var backend = await rig.Backend.ReceiveToCloseAsync();
        var text = rig.CloseText(EndReasons.ClientHeartbeatLost);
        Assert.Equal((4606, text), client[^1].Close);
        Assert.Equal((CloseCodes.GoingAway, text), backend[^1].Close);
        Assert.Equal(2, client.Count(f => f.Opcode == Opcode.Ping));
        Assert.Equal(EndReasons.ClientHeartbeatLost, (await rig.RunOutAsync()).Ending.Reason);
    }

    [Fact]
    public async Task Nobody_is_given_up_who_was_not_asked()
    {
        // The sweep comes once a second: at the second one both limits have passed.
        var heartbeat = new HeartbeatSettings { Interval = TimeSpan.FromSeconds(1.5), Timeout = TimeSpan.FromSeconds(2) };
        await using var rig = await RelayRig.StartAsync(RelayRig.Terms with { Heartbeat = heartbeat });
        rig.Time.Advance(TimeSpan.FromSeconds(2));

        var ping = await rig.Client.ReceiveAsync();
        Assert.Equal(Opcode.Ping, ping.Opcode);
        await rig.Client.SendAsync(rig.Client.Frame(Opcode.Pong, ping.Payload));
        await rig.Backend.SendAsync(rig.Backend.Frame(Opcode.Pong, (await rig.Backend.ReceiveAsync()).Payload));
        await rig.ExchangeAsync();

        rig.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(EndReasons.ClientHeartbeatLost, (await rig.RunOutAsync()).Ending.Reason);
    }

    [Fact]
    public async Task While_the_gateway_itself_stood_still_nobody_was_silent()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.Terms with { Idle = TimeSpan.FromMinutes(2) });

        // Longer than every limit: what the sides said in this time waits unread.
        rig.Time.Stall(TimeSpan.FromHours(1));
        await rig.ExchangeAsync();

        // From here on they are silent.
        rig.Time.Advance(TimeSpan.FromSeconds(30));
        rig.Time.Stall(TimeSpan.FromHours(1));
        rig.Time.Advance(TimeSpan.FromSeconds(50));

        var ending = (await rig.RunOutAsync()).Ending;
        Assert.Equal(EndReasons.ClientHeartbeatLost, ending.Reason);
        Assert.StartsWith("silent for 75 s", ending.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_back_end_that_answers_nothing_is_given_up_and_both_sides_are_told()
    {
        await using var rig = await RelayRig.StartAsync();

        for (var i = 0; i < 3; i++)
        {
            await rig.Client.SendTextAsync("awake");
            await Patience.UntilAsync(() => rig.Relay.Facts.Client is { Silence.Ticks: 0 });
            rig.Time.Advance(TimeSpan.FromSeconds(25));
        }

        var text = rig.CloseText(EndReasons.BackendHeartbeatLost);
        Assert.Equal((4504, text), (await rig.Client.ReceiveToCloseAsync())[^1].Close);
        Assert.Equal((CloseCodes.GoingAway, text), (await rig.Backend.ReceiveToCloseAsync())[^1].Close);
        var outcome = await rig.RunOutAsync();
        Assert.Equal((EndReasons.BackendHeartbeatLost, 4504), (outcome.Ending.Reason, outcome.Code));
    }

    [Fact]
    public async Task Any_byte_is_a_sign_of_life()
    {
        await using var rig = await RelayRig.StartAsync();
        var frame = rig.Client.Frame(Opcode.Binary, new byte[1000]).Bytes;

        // Not one whole frame, not one pong: but bytes come.
        for (var i = 0; i < 10; i++)
        {
            var sent = i + 1L;
            await rig.Client.SendAsync(frame.AsMemory(i, 1));
            await rig.Backend.SendTextAsync("awake");
            await Patience.UntilAsync(() => rig.Relay.Facts is { } f && f.Client.Received.Bytes == sent && f.Backend.Received.Texts == sent);
            rig.Time.Advance(TimeSpan.FromSeconds(70));
        }

        Assert.False(rig.Outcome.IsCompleted);
    }

    [Fact]
    public async Task A_ping_waits_for_the_end_of_a_large_frame()
    {
        await using var rig = await RelayRig.StartAsync();
        var large = rig.Backend.Frame(Opcode.Binary, new byte[200_000]);
        await rig.Backend.SendAsync(large.Bytes.AsMemory(0, 100_000));
        await Patience.UntilAsync(() => rig.Relay.Facts.Client.MidFrame);

        rig.Time.Advance(TimeSpan.FromSeconds(60));
        await rig.Backend.SendAsync((byte[])[.. large.Bytes[100_000..], .. rig.Backend.Frame(Opcode.Text, "after").Bytes]);

        Assert.True((await rig.Client.ReceiveAsync()).Bytes.AsSpan().SequenceEqual(large.Bytes));
        Assert.Equal(Opcode.Ping, (await rig.Client.ReceiveAsync()).Opcode);
        Assert.Equal("after", await rig.Client.ReceiveTextAsync());
    }

    [Fact]
    public async Task A_ping_that_waits_does_not_follow_a_close_frame()
    {
        await using var rig = await RelayRig.StartAsync();
        var large = rig.Backend.Frame(Opcode.Binary, new byte[200_000]);
        await rig.Backend.SendAsync(large.Bytes.AsMemory(0, 100_000));
        await Patience.UntilAsync(() => rig.Relay.Facts.Client.MidFrame);

        rig.Time.Advance(TimeSpan.FromSeconds(60));
        await rig.Backend.SendAsync((byte[])[.. large.Bytes[100_000..], .. rig.Backend.CloseFrame(1000).Bytes]);

        Assert.Equal((1000, ""), (await rig.Client.ReceiveToCloseAsync())[^1].Close);
        await rig.Client.SendCloseAsync(1000);
        await rig.Client.LeaveAsync();
    }

    [Fact]
    public async Task The_pong_for_another_gateway_behind_this_one_passes()
    {
        await using var outer = await RelayRig.StartAsync();
        await using var inner = await RelayRig.StartAsync();
        inner.Time.Advance(TimeSpan.FromSeconds(25));
        var innerPing = await inner.Backend.ReceiveAsync();
        await inner.Backend.SendAsync(inner.Backend.Frame(Opcode.Pong, innerPing.Payload));

        // The outer gateway takes the inner one for its back end.
        outer.Time.Advance(TimeSpan.FromSeconds(25));
        var ping = await outer.Backend.ReceiveAsync();
        Assert.Equal(Opcode.Ping, (await inner.Client.ReceiveAsync()).Opcode);
        await inner.Client.SendAsync(ping);
        var passed = await inner.Backend.ReceiveAsync();
        await inner.Backend.SendAsync(inner.Backend.Frame(Opcode.Pong, passed.Payload));

        Assert.Equal(ping.Payload, (await inner.Client.ReceiveAsync()).Payload);
    }

    [Fact]
    public async Task Without_a_heartbeat_nobody_is_pinged_or_given_up()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.Terms with { Heartbeat = new HeartbeatSettings { Interval = TimeSpan.Zero, Stale = TimeSpan.Zero } });

        rig.Time.Advance(TimeSpan.FromDays(1));

        await rig.ExchangeAsync();
        Assert.False(rig.Outcome.IsCompleted);
    }
}
