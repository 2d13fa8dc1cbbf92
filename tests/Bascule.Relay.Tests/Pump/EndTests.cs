using Bascule.Model;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>The gateway ends a connection: both sides get one close frame each, between two frames.</summary>
public sealed class EndTests
{
    [Theory]
    [InlineData(true, 4600)]
    [InlineData(false, CloseCodes.GoingAway)]
    public async Task A_drained_client_is_told_in_the_code_that_it_knows(bool speaksBascule, int code)
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.Terms with { SpeaksBascule = speaksBascule });
        await rig.ExchangeAsync();

        rig.Relay.End(new Ending(EndReasons.Draining));

        var text = rig.CloseText(EndReasons.Draining);
        Assert.Equal((code, text), await rig.Client.AnswerCloseAsync());
        Assert.Equal((CloseCodes.GoingAway, text), await rig.Backend.AnswerCloseAsync());
        var outcome = await rig.Outcome.Soon();
        Assert.Equal((EndReasons.Draining, code, text), (outcome.Ending.Reason, outcome.Code, outcome.CloseReason));
    }

    [Fact]
    public async Task The_answer_of_one_side_never_takes_the_place_of_our_own_close_frame()
    {
        for (var round = 0; round < 300; round++)
        {
            await using var rig = await RelayRig.StartAsync();
            var client = rig.Client.AnswerCloseAsync();
            var backend = rig.Backend.AnswerCloseAsync();

            rig.Relay.End(new Ending(EndReasons.Draining));

            Assert.Equal((4600, CloseCodes.GoingAway), ((await client).Code, (await backend).Code));
        }
    }

    [Fact]
    public async Task The_first_ending_counts()
    {
        await using var rig = await RelayRig.StartAsync();

        rig.Relay.End(new Ending(EndReasons.Draining, "first"));
        rig.Relay.End(new Ending(EndReasons.MaximumAge, "second"));
        rig.Relay.End(new Ending(EndReasons.Draining, "third"));

        await rig.Client.AnswerCloseAsync();
        await rig.Backend.AnswerCloseAsync();
        Assert.Equal(new Ending(EndReasons.Draining, "first"), (await rig.Outcome.Soon()).Ending);
    }

    [Fact]
    public async Task Data_after_our_close_frame_is_read_and_dropped()
    {
        await using var rig = await RelayRig.StartAsync();

        rig.Relay.End(new Ending(EndReasons.Draining));
        await rig.Client.ReceiveCloseAsync();
        await rig.Backend.ReceiveCloseAsync();
        await rig.Client.SendAsync(rig.Client.Frame(Opcode.Binary, new byte[5_000_000]));
        await rig.Client.SendCloseAsync(1000);
        await rig.Backend.SendTextAsync("not heard any more");
        await rig.Backend.SendCloseAsync(1000);

        await rig.Client.LeaveAsync();
        await rig.Backend.LeaveAsync();
        Assert.Equal(EndReasons.Draining, (await rig.Outcome.Soon()).Ending.Reason);
    }

    [Fact]
    public async Task The_close_frame_waits_for_the_end_of_a_large_frame()
    {
        await using var rig = await RelayRig.StartAsync();
        var frame = rig.Backend.Frame(Opcode.Binary, new byte[300_000]);

        await rig.Backend.SendAsync(frame.Bytes.AsMemory(0, 100_000));
        await Patience.UntilAsync(() => rig.Relay.Facts.Client.MidFrame);
        rig.Relay.End(new Ending(EndReasons.Draining));
        await rig.Backend.ReceiveCloseAsync();
        await rig.Backend.SendAsync((byte[])[.. frame.Bytes[100_000..], .. rig.Backend.Frame(Opcode.Text, "dropped").Bytes]);

        Assert.Equal(300_000, (await rig.Client.ReceiveAsync()).Payload.Length);
        Assert.Equal((4600, rig.CloseText(EndReasons.Draining)), await rig.Client.AnswerCloseAsync());
        await rig.Backend.SendCloseAsync(1000);
        await rig.Backend.LeaveAsync();
        Assert.Equal(EndReasons.Draining, (await rig.Outcome.Soon()).Ending.Reason);
    }

    [Fact]
    public async Task The_close_frame_finds_its_place_in_an_endless_stream_of_large_frames()
    {
        await using var rig = await RelayRig.StartAsync();
        var sending = SendUntilClosedAsync(rig.Backend, 100_003);
        var receiving = rig.Client.ReceiveToCloseAsync();
        await Patience.UntilAsync(() => rig.Relay.Facts.Backend.Received.Binaries > 10);

        rig.Relay.End(new Ending(EndReasons.Draining));

        Assert.Equal((4600, rig.CloseText(EndReasons.Draining)), (await receiving)[^1].Close);
        await rig.Client.SendCloseAsync(4600);
        await rig.Client.LeaveAsync();
        await sending;
        Assert.Equal(EndReasons.Draining, (await rig.Outcome.Soon()).Ending.Reason);
    }

    [Fact]
    public async Task Heavy_traffic_in_both_directions_ends_without_a_broken_frame()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var rig = await RelayRig.StartAsync();
            var client = ConverseAsync(rig.Client, seed: round);
            var backend = ConverseAsync(rig.Backend, seed: -round);
            await Patience.UntilAsync(() => rig.Relay.Facts is { Client.Received.Binaries: > 20, Backend.Received.Binaries: > 20 });

            rig.Relay.End(new Ending(EndReasons.Draining));

            var text = rig.CloseText(EndReasons.Draining);
            Assert.Equal((4600, text), await client);
            Assert.Equal((CloseCodes.GoingAway, text), await backend);
            Assert.Equal(EndReasons.Draining, (await rig.Outcome.Soon()).Ending.Reason);
        }
    }

    [Fact]
    public async Task Two_sides_that_never_answer_are_cut_after_the_deadline()
    {
        await using var rig = await RelayRig.StartAsync();

        rig.Relay.End(new Ending(EndReasons.Draining));
        var outcome = await rig.RunOutAsync();

        Assert.Equal(EndReasons.Draining, outcome.Ending.Reason);
        await rig.Client.ReceiveCloseAsync();
        await rig.Client.ReceiveEndAsync();
        await rig.Backend.ReceiveCloseAsync();
        await rig.Backend.ReceiveEndAsync();
    }

    /// <summary>Sends frames of all sizes and reads all that comes; answers the close frame and leaves.</summary>
    private static async Task<(int Code, string Reason)> ConverseAsync(WirePeer peer, int seed)
    {
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            var random = new Random(seed);
            while (!stop.IsCancellationRequested)
                await peer.SendAsync(peer.Frame(Opcode.Binary, new byte[random.Next(4) == 0 ? random.Next(200_000) : random.Next(2_000)]));
        });
        var close = (await peer.ReceiveToCloseAsync())[^1].Close;
        await stop.CancelAsync();
        await sending;
        await peer.SendCloseAsync(1000);
        await peer.LeaveAsync();
        return close;
    }

    private static async Task SendUntilClosedAsync(WirePeer peer, int length)
    {
        var frame = peer.Frame(Opcode.Binary, new byte[length]);
        var close = peer.ReceiveAsync();
        while (!close.IsCompleted)
            await peer.SendAsync(frame);
        await peer.SendCloseAsync(1000);
        await peer.LeaveAsync();
    }
}
