using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>Idle, stale and maximum age.</summary>
public sealed class LifeLimitTests
{
    private static readonly HeartbeatSettings Off = new() { Interval = TimeSpan.Zero };

    [Fact]
    public async Task A_connection_without_messages_is_ended_as_idle()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.Terms with { Heartbeat = Off, Idle = TimeSpan.FromSeconds(60) });
        rig.Time.Advance(TimeSpan.FromSeconds(50));
        await rig.ExchangeAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(59));
        await rig.Client.SendAsync(rig.Client.Frame(Opcode.Ping, "not a message"));
        await rig.Backend.ReceiveAsync();

        rig.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((4408, rig.CloseText(EndReasons.Idle)), await rig.Client.AnswerCloseAsync());
        Assert.Equal((CloseCodes.GoingAway, rig.CloseText(EndReasons.Idle)), await rig.Backend.AnswerCloseAsync());
        Assert.Equal(new Ending(EndReasons.Idle, "no message for 60 s; the limit is 60 s"), (await rig.Outcome.Soon()).Ending);
    }

    [Fact]
    public async Task A_large_message_under_way_is_not_idle()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.Terms with { Heartbeat = Off, Idle = TimeSpan.FromSeconds(60) });
        var frame = rig.Client.Frame(Opcode.Binary, new byte[400_000]).Bytes;

        for (var part = 0; part < 10; part++)
        {
            var sent = (part + 1) * 40_000L;
            await rig.Client.SendAsync(frame.AsMemory(part * 40_000, 40_000));
            await Patience.UntilAsync(() => rig.Relay.Facts.Client.Received.Bytes == sent && rig.Relay.Facts.Backend.MidFrame);
            rig.Time.Advance(TimeSpan.FromSeconds(50));
        }

        Assert.False(rig.Outcome.IsCompleted);
    }

    [Fact]
    public async Task A_stale_connection_is_found_only_when_it_is_time_to_clean_up()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.Terms with { Heartbeat = Off with { Stale = TimeSpan.FromSeconds(200) } });

        // It is stale after 200 s, and looked at after 180 s and 360 s.
        rig.Time.Advance(TimeSpan.FromSeconds(359));
        var close = rig.Client.AnswerCloseAsync();
        Assert.False(close.IsCompleted);
        rig.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((4408, rig.CloseText(EndReasons.Stale)), await close);
        await rig.Backend.AnswerCloseAsync();
        Assert.Equal(new Ending(EndReasons.Stale, "no byte for 360 s; the limit is 200 s"), (await rig.Outcome.Soon()).Ending);
    }

    [Fact]
    public async Task A_connection_ends_at_its_maximum_age_however_busy_it_is()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.Terms with { MaximumAge = TimeSpan.FromSeconds(30) });
        for (var i = 0; i < 29; i++)
        {
            rig.Time.Advance(TimeSpan.FromSeconds(1));
            await rig.ExchangeAsync();
        }

        rig.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((4607, rig.CloseText(EndReasons.MaximumAge)), await rig.Client.AnswerCloseAsync());
        await rig.Backend.AnswerCloseAsync();
        Assert.Equal(EndReasons.MaximumAge, (await rig.Outcome.Soon()).Ending.Reason);
    }
}
