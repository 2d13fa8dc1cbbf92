using System.Security.Cryptography;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>What one side sends is what the other side gets, byte for byte.</summary>
public sealed class FrameTests
{
    public static TheoryData<int> Lengths => [0, 1, 125, 126, 127, 65_535, 65_536, 32 * 1024 - 15, 32 * 1024 - 8, 32 * 1024 - 4, 32 * 1024, 100_000];

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task A_frame_of_any_length_passes_untouched_in_both_directions(int length)
    {
        await using var rig = await RelayRig.StartAsync();
        var payload = RandomNumberGenerator.GetBytes(length);

        await PassesAsync(rig.Client, rig.Backend, rig.Client.Frame(Opcode.Binary, payload), rig.Client.Frame(Opcode.Text, payload));
        await PassesAsync(rig.Backend, rig.Client, rig.Backend.Frame(Opcode.Binary, payload), rig.Backend.Frame(Opcode.Text, payload));
    }

    [Fact]
    public async Task A_message_of_16_MiB_passes_untouched_in_both_directions()
    {
        await using var rig = await RelayRig.StartAsync();
        var payload = RandomNumberGenerator.GetBytes(16 * 1024 * 1024);

        await PassesAsync(rig.Client, rig.Backend, rig.Client.Frame(Opcode.Binary, payload));
        await PassesAsync(rig.Backend, rig.Client, rig.Backend.Frame(Opcode.Binary, payload));
    }

    [Fact]
    public async Task Fragments_with_pings_between_them_pass_untouched()
    {
        await using var rig = await RelayRig.StartAsync();

        foreach (var (from, to) in new[] { (rig.Client, rig.Backend), (rig.Backend, rig.Client) })
        {
            await PassesAsync(
                from, to, from.Frame(Opcode.Text, "frag", final: false), from.Frame(Opcode.Ping, "still there?"), from.Frame(Opcode.Continuation, "", final: false),
                from.Frame(Opcode.Pong, "unasked"), from.Frame(Opcode.Continuation, new byte[70_000], final: false), from.Frame(Opcode.Ping, ""),
                from.Frame(Opcode.Continuation, "ment"));
        }
    }

    [Fact]
    public async Task A_ping_of_the_client_reaches_the_back_end_and_its_pong_comes_back()
    {
        await using var rig = await RelayRig.StartAsync();

        await PassesAsync(rig.Client, rig.Backend, rig.Client.Frame(Opcode.Ping, "12345678"));
        await PassesAsync(rig.Backend, rig.Client, rig.Backend.Frame(Opcode.Pong, "12345678"));
    }

    [Fact]
    public async Task Frames_that_come_byte_by_byte_arrive_whole()
    {
        await using var rig = await RelayRig.StartAsync();

        foreach (var (from, to) in new[] { (rig.Client, rig.Backend), (rig.Backend, rig.Client) })
        {
            WireFrame[] frames = [from.Frame(Opcode.Text, "slow"), from.Frame(Opcode.Ping, "?"), from.Frame(Opcode.Binary, new byte[300]), from.Frame(Opcode.Text, "")];
            foreach (var value in frames.SelectMany(f => f.Bytes))
                await from.SendAsync(new[] { value });
            await ArriveAsync(to, frames);
        }
    }

    [Fact]
    public async Task Compressed_messages_pass_with_their_reserved_bit_when_that_was_agreed()
    {
        await using var rig = await RelayRig.StartAsync(reservedBits: FrameHeader.Reserved1);

        foreach (var (from, to) in new[] { (rig.Client, rig.Backend), (rig.Backend, rig.Client) })
            await PassesAsync(from, to, from.Frame(Opcode.Text, [0xAA, 0x00], reserved: FrameHeader.Reserved1), from.Frame(Opcode.Text, "plain"));
    }

    [Fact]
    public async Task The_frames_that_came_with_the_answer_of_the_back_end_come_first()
    {
        var hello = WireFrame.Of(Opcode.Text, "hello"u8, maskKey: null);
        var rest = WireFrame.Of(Opcode.Binary, new byte[1000], maskKey: null);
        await using var rig = await RelayRig.StartAsync(early: [.. hello.Bytes, .. rest.Bytes[..10]]);

        await rig.Backend.SendAsync(rest.Bytes.AsMemory(10));

        await ArriveAsync(rig.Client, hello, rest);
    }

    [Fact]
    public async Task What_each_side_sent_is_counted()
    {
        await using var rig = await RelayRig.StartAsync();

        var text = rig.Client.Frame(Opcode.Text, "a");
        var binary = rig.Client.Frame(Opcode.Binary, new byte[50_000], final: false);
        var end = rig.Client.Frame(Opcode.Continuation, "b");
        var ping = rig.Client.Frame(Opcode.Ping, "p");
        await PassesAsync(rig.Client, rig.Backend, text, binary, ping, end);
        await PassesAsync(rig.Backend, rig.Client, rig.Backend.Frame(Opcode.Pong, "p"));
        await rig.Client.SendCloseAsync(1000);
        await rig.Backend.AnswerCloseAsync();
        await rig.Client.ReceiveAsync();
        await rig.Client.LeaveAsync();

        var facts = (await rig.Outcome.Soon()).Facts;
        var bytes = text.Bytes.Length + binary.Bytes.Length + end.Bytes.Length + ping.Bytes.Length + 8;
        Assert.Equal(new DirectionCounts { Texts = 1, Binaries = 1, Pings = 1, Closes = 1, Bytes = bytes }, facts.Client.Received);
        Assert.Equal(new DirectionCounts { Pongs = 1, Closes = 1, Bytes = 3 + 4 }, facts.Backend.Received);
    }

    private static async Task PassesAsync(WirePeer from, WirePeer to, params WireFrame[] frames)
    {
        var sending = from.SendAsync(frames.SelectMany(f => f.Bytes).ToArray());
        await ArriveAsync(to, frames);
        await sending;
    }

    private static async Task ArriveAsync(WirePeer to, params WireFrame[] frames)
    {
        foreach (var frame in frames)
            Assert.True((await to.ReceiveAsync()).Bytes.AsSpan().SequenceEqual(frame.Bytes), $"{frame.Header} was changed");
    }
}
