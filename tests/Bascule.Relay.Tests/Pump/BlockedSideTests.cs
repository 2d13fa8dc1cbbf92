using System.Net.Sockets;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>A side that does not read: the other one waits, is never called dead for it, and hears of the end.</summary>
public sealed class BlockedSideTests
{
    private const int SmallBuffers = 4096;

    [Fact]
    public async Task A_client_is_told_when_the_gateway_drains_although_the_back_end_does_not_read()
    {
        await using var rig = await RelayRig.StartAsync(bufferBytes: SmallBuffers);
        var flood = FloodAsync(rig.Client);
        await StopsAsync(rig, () => rig.Relay.Facts.Backend.WriteBlocked);

        rig.Relay.End(new Ending(EndReasons.Draining));
        var outcome = await rig.RunOutAsync();

        Assert.Equal((EndReasons.Draining, true), (outcome.Ending.Reason, outcome.Facts.Backend.WriteBlocked));
        Assert.Equal((4600, rig.CloseText(EndReasons.Draining)), await rig.Client.ReceiveCloseAsync());
        rig.Client.Cut();
        await flood;
    }

    [Fact]
    public async Task Two_sides_that_send_and_never_read_are_cut_in_the_end()
    {
        await using var rig = await RelayRig.StartAsync(bufferBytes: SmallBuffers);
        var floods = Task.WhenAll(FloodAsync(rig.Client), FloodAsync(rig.Backend));
        await StopsAsync(rig, () => rig.Relay.Facts is { Backend.WriteBlocked: true, Client.WriteBlocked: true });

        rig.Relay.End(new Ending(EndReasons.Draining));
        var outcome = await rig.RunOutAsync();

        Assert.Equal(EndReasons.Draining, outcome.Ending.Reason);
        await floods.Soon();
    }

    [Fact]
    public async Task A_client_that_neither_reads_nor_speaks_is_named_and_its_paused_back_end_is_not()
    {
        await using var rig = await RelayRig.StartAsync(bufferBytes: SmallBuffers);
        var flood = FloodAsync(rig.Backend);
        await StopsAsync(rig, () => rig.Relay.Facts.Client.WriteBlocked);

        rig.Time.Advance(TimeSpan.FromSeconds(80));
        var close = rig.Backend.ReceiveAsync();
        var outcome = await rig.RunOutAsync();

        Assert.Equal(EndReasons.ClientHeartbeatLost, outcome.Ending.Reason);
        Assert.Equal((CloseCodes.GoingAway, rig.CloseText(EndReasons.ClientHeartbeatLost)), (await close).Close);
        rig.Backend.Cut();
        await flood;
    }

    [Fact]
    public async Task A_back_end_that_was_paused_for_long_is_asked_before_it_is_called_dead()
    {
        await using var rig = await RelayRig.StartAsync(bufferBytes: SmallBuffers);
        var frame = rig.Backend.Frame(Opcode.Binary, new byte[30_000]);
        await rig.Backend.SendAsync(frame);
        await StopsAsync(rig, () => rig.Relay.Facts.Client.WriteBlocked);

        // The client speaks all the time, it only does not read.
        for (var i = 0; i < 10; i++)
        {
            await rig.Client.SendTextAsync("busy");
            await rig.Backend.ReceiveTextAsync();
            rig.Time.Advance(TimeSpan.FromSeconds(15));
        }

        Assert.Equal(30_000, (await rig.Client.ReceiveAsync()).Payload.Length);
        await Patience.UntilAsync(() => !rig.Relay.Facts.Client.WriteBlocked);
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        await rig.ExchangeAsync();
        Assert.False(rig.Outcome.IsCompleted);
    }

    [Fact]
    public async Task A_client_inside_a_large_frame_is_not_called_dead_because_no_ping_could_be_sent()
    {
        await using var rig = await RelayRig.StartAsync();
        var frame = rig.Backend.Frame(Opcode.Binary, new byte[10 * 40_000]);

        // The back end sends a large frame slowly, and the client has nothing to say.
        for (var part = 0; part < 10; part++)
        {
            var sent = (part + 1) * 40_000L;
            await rig.Backend.SendAsync(frame.Bytes.AsMemory(part * 40_000, 40_000));
            await Patience.UntilAsync(() => rig.Relay.Facts.Backend.Received.Bytes == sent && rig.Relay.Facts.Client.MidFrame);
            rig.Time.Advance(TimeSpan.FromSeconds(20));
        }

        await rig.Backend.SendAsync(frame.Bytes.AsMemory(400_000));
        Assert.Equal(400_000, (await rig.Client.ReceiveAsync()).Payload.Length);
        var ping = await rig.Client.ReceiveAsync();
        Assert.Equal(Opcode.Ping, ping.Opcode);
        await rig.Client.SendAsync(rig.Client.Frame(Opcode.Pong, ping.Payload));
        await rig.ExchangeAsync();
        Assert.False(rig.Outcome.IsCompleted);
    }

    /// <summary>Waits until the sockets are full: the clock of the relay creeps on meanwhile, as a block shows after a second.</summary>
    private static Task StopsAsync(RelayRig rig, Func<bool> blocked) => Patience.UntilAsync(() =>
    {
        rig.Time.Advance(TimeSpan.FromMilliseconds(10));
        return blocked();
    });

    private static async Task FloodAsync(WirePeer peer)
    {
        try
        {
            while (true)
                await peer.SendAsync(peer.Frame(Opcode.Binary, new byte[10_000]));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The relay has cut this side: that is how a flood ends.
            return;
        }
    }
}
