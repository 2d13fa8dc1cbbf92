using Bascule.Model;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>A message of a client that is larger than it may be, or has more fragments, ends the connection before it passes.</summary>
public sealed class MessageSizeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    [InlineData(32_760)]
    [InlineData(100_000)]
    public async Task A_message_of_the_limit_passes_and_one_more_byte_does_not(int limit)
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(MessageLimits.None with { MessageBytes = limit }));
        await rig.Client.SendAsync(rig.Client.Frame(Opcode.Binary, new byte[limit]));
        Assert.Equal(limit, (await rig.Backend.ReceiveAsync()).Payload.Length);

        // The payload never comes: its header says enough.
        var more = rig.Client.Frame(Opcode.Binary, new byte[limit + 1]);
        await rig.Client.SendAsync(more.Bytes.AsMemory(0, more.Header.HeaderLength));

        var facts = $"limit={limit}B; seen={limit + 1}B";
        await RefusedAsync(rig, facts, $"a message of {limit + 1} bytes or more; the limit is {limit}");
    }

    [Fact]
    public async Task What_a_client_goes_on_sending_is_dropped_and_the_connection_ends_in_order()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(MessageLimits.None with { MessageBytes = 1000 }));

        await rig.Client.SendAsync(rig.Client.Frame(Opcode.Binary, new byte[5_000_000]));
        await rig.Client.SendTextAsync("small, but too late");

        await RefusedAsync(rig, "limit=1000B; seen=5000000B", "a message of 5000000 bytes or more; the limit is 1000");
    }

    [Fact]
    public async Task A_message_that_came_before_in_the_same_piece_still_passes()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(MessageLimits.None with { MessageBytes = 10 }));

        await rig.Client.SendAsync((byte[])[.. rig.Client.Frame(Opcode.Text, "0123456789").Bytes, .. rig.Client.Frame(Opcode.Text, "0123456789a").Bytes]);

        Assert.Equal("0123456789", await rig.Backend.ReceiveTextAsync());
        await RefusedAsync(rig, "limit=10B; seen=11B", "a message of 11 bytes or more; the limit is 10");
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(3)]
    public async Task Fragments_count_together_with_pings_between_them_however_they_are_cut(int pieceBytes)
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(MessageLimits.None with { MessageBytes = 30 }));
        WireFrame[] frames =
        [
            rig.Client.Frame(Opcode.Text, "0123456789", final: false), rig.Client.Frame(Opcode.Ping, "not counted"),
            rig.Client.Frame(Opcode.Continuation, "0123456789", final: false), rig.Client.Frame(Opcode.Continuation, "0123456789"),
            rig.Client.Frame(Opcode.Text, "another message", final: false), rig.Client.Frame(Opcode.Continuation, "0123456789012345"),
        ];

        foreach (var piece in frames.SelectMany(f => f.Bytes).Chunk(pieceBytes))
            await rig.Client.SendAsync(piece);

        foreach (var frame in frames[..^1])
            Assert.Equal(frame.Bytes, (await rig.Backend.ReceiveAsync()).Bytes);
        await RefusedAsync(rig, "limit=30B; seen=31B", "a message of 31 bytes or more; the limit is 30");
    }

    [Fact]
    public async Task A_back_end_that_saw_whole_fragments_is_told_between_two_of_them()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(MessageLimits.None with { MessageBytes = 100_000 }));
        var first = rig.Client.Frame(Opcode.Binary, new byte[60_000], final: false);

        await rig.Client.SendAsync(first);
        Assert.Equal(first.Bytes, (await rig.Backend.ReceiveAsync()).Bytes);
        await rig.Client.SendAsync(rig.Client.Frame(Opcode.Continuation, new byte[60_000]).Bytes.AsMemory(0, 10_000));

        await RefusedAsync(rig, "limit=100000B; seen=120000B", "a message of 120000 bytes or more; the limit is 100000");
    }

    [Fact]
    public async Task A_length_that_no_number_holds_is_no_way_around_the_limit()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(MessageLimits.None with { MessageBytes = 1000 }));

        await rig.Client.SendAsync(rig.Client.Frame(Opcode.Binary, new byte[500], final: false));
        await rig.Backend.ReceiveAsync();
        await rig.Client.SendAsync((byte[])[0x80, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4]);

        Assert.Equal((4413, rig.CloseText(EndReasons.MessageTooBig, $"limit=1000B; seen={long.MaxValue}B")), await rig.Client.ReceiveCloseAsync());
    }

    [Fact]
    public async Task A_message_may_have_so_many_fragments_and_no_more()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(MessageLimits.None with { Fragments = 3 }));
        for (var message = 0; message < 2; message++)
        {
            await rig.Client.SendAsync(rig.Client.Frame(Opcode.Text, "a", final: false));
            await rig.Client.SendAsync(rig.Client.Frame(Opcode.Continuation, "b", final: false));
            await rig.Client.SendAsync(rig.Client.Frame(Opcode.Continuation, "c", final: message == 0));
            for (var i = 0; i < 3; i++)
                await rig.Backend.ReceiveAsync();
        }

        await rig.Client.SendAsync(rig.Client.Frame(Opcode.Continuation, "d"));

        await RefusedAsync(rig, "limit=3 frames; seen=4 frames", "a message of 4 frames or more; the limit is 3");
    }

    [Fact]
    public async Task A_compressed_message_counts_as_it_is_on_the_wire()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(MessageLimits.None with { MessageBytes = 100 }), reservedBits: FrameHeader.Reserved1);
        await rig.Client.SendAsync(rig.Client.Frame(Opcode.Text, new byte[100], reserved: FrameHeader.Reserved1));
        Assert.Equal(FrameHeader.Reserved1, (await rig.Backend.ReceiveAsync()).Header.Reserved);

        await rig.Client.SendAsync(rig.Client.Frame(Opcode.Text, new byte[101], reserved: FrameHeader.Reserved1));

        await RefusedAsync(rig, "limit=100B; seen=101B", "a message of 101 bytes or more; the limit is 100");
    }

    [Fact]
    public async Task A_large_message_after_the_back_end_has_closed_does_not_swallow_the_answer_to_it()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(MessageLimits.None with { MessageBytes = 10 }));

        await rig.Backend.SendCloseAsync(4000, "enough");
        Assert.Equal((4000, "enough"), await rig.Client.ReceiveCloseAsync());
        await rig.Client.SendAsync((byte[])[.. rig.Client.Frame(Opcode.Text, new byte[11]).Bytes, .. rig.Client.CloseFrame(4000, "enough").Bytes]);

        Assert.Equal((4000, "enough"), (await rig.Backend.ReceiveToCloseAsync())[^1].Close);
        await rig.Client.LeaveAsync();
        await rig.Backend.LeaveAsync();
        Assert.Equal(EndReasons.BackendClosed, (await rig.Outcome.Soon()).Ending.Reason);
    }

    private static async Task RefusedAsync(RelayRig rig, string facts, string detail)
    {
        var text = rig.CloseText(EndReasons.MessageTooBig, facts);
        Assert.Equal((CloseCodes.GoingAway, text), await rig.Backend.AnswerCloseAsync());
        Assert.Equal((4413, text), await rig.Client.ReceiveCloseAsync());
        rig.Client.Dispose();
        var outcome = await rig.RunOutAsync();
        Assert.Equal((new Ending(EndReasons.MessageTooBig, detail, facts), 4413, text), (outcome.Ending, outcome.Code, outcome.CloseReason));
    }
}
