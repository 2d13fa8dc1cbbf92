using System.Text;
using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>Messages out and back on an open socket, however the server cuts them up.</summary>
public sealed class EchoTests : DialTest
{
    [Theory]
    [InlineData(24)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(2044)]
    [InlineData(2045)]
    [InlineData(4096)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(1 << 20)]
    [InlineData(LoadPlan.LargestMessage)]
    public async Task A_message_of_any_size_comes_back(int size)
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);
        await using var echo = EchoClient.On(await OpenAsync(server));

        for (var i = 0; i < 3; i++)
            await echo.RoundTripAsync(size);

        Assert.True(echo.WasText);
    }

    [Fact]
    public async Task Sizes_in_any_order_come_back_in_order()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);
        await using var echo = EchoClient.On(await OpenAsync(server));
        int[] sizes = [24, 5000, 2040, 30_000, 100, 24, 24, 70_000, 2048, 300, 16_384, 1000];

        foreach (var size in sizes)
            await echo.SendAsync(size);

        for (var i = 0; i < sizes.Length; i++)
            await echo.ExpectAsync((uint)i + 1, sizes[i]);
    }

    [Fact]
    public async Task Senders_at_the_same_time_do_not_mix_their_frames()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);
        await using var echo = EchoClient.On(await OpenAsync(server));

        await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => Task.Run(() => echo.SendAsync(300_000)))).Soon();

        for (var i = 0; i < 24; i++)
            Assert.Equal(StampRead.Good, MessageStamp.Read(await echo.MessageAsync(), out _, out _));
    }

    [Theory]
    [InlineData(24)]
    [InlineData(50_000)]
    public async Task Fragments_are_put_together_and_the_ping_between_them_is_answered(int size)
    {
        await using var server = BrokenServer.Start(Behaviour.FragmentedEcho);
        await using var echo = EchoClient.On(await OpenAsync(server));

        await echo.RoundTripAsync(size);
        await echo.RoundTripAsync(size);

        Assert.Equal("between", await server.PongAsync().Soon());
    }

    [Fact]
    public async Task Bytes_that_come_one_by_one_are_an_echo_too()
    {
        await using var server = BrokenServer.Start(Behaviour.ByteByByte);
        await using var echo = EchoClient.On(await OpenAsync(server));

        await echo.RoundTripAsync(200);
        await echo.Socket.CloseAsync(1000, CancellationToken.None);

        Assert.Null((await echo.Ended.Soon()).Failure);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(3000)]
    public async Task A_frame_in_the_packet_of_the_101_is_not_lost(int size)
    {
        var message = new string('m', size);
        byte[] header = size < 126 ? [0x81, (byte)size] : [0x81, 126, (byte)(size >> 8), (byte)size];
        await using var server = BrokenServer.Start(new ServerScript(Behaviour.Echo, Opening: [.. header, .. Encoding.ASCII.GetBytes(message), 0x81, 2, (byte)'h', (byte)'i']));
        await using var echo = EchoClient.On(await OpenAsync(server));

        Assert.Equal(message, Encoding.ASCII.GetString(await echo.MessageAsync()));
        Assert.Equal("hi"u8.ToArray(), await echo.MessageAsync());
        await echo.RoundTripAsync(100);
    }

    [Theory]
    [InlineData(Behaviour.CorruptedEcho)]
    [InlineData(Behaviour.DoubledEcho)]
    [InlineData(Behaviour.DroppedEcho)]
    [InlineData(Behaviour.ReorderedEcho)]
    public async Task A_faulty_echo_can_be_told(Behaviour behaviour)
    {
        await using var server = BrokenServer.Start(behaviour);
        await using var echo = EchoClient.On(await OpenAsync(server));

        for (var i = 0; i < 6; i++)
            await echo.SendAsync(64);
        List<string> seen = [];
        var expected = Expected(behaviour);
        while (seen.Count < expected.Length)
        {
            var read = MessageStamp.Read(await echo.MessageAsync(), out _, out var sequence);
            seen.Add(read == StampRead.Good ? $"{sequence}" : $"{read}");
        }

        Assert.Equal(expected, seen);
    }

    [Fact]
    public async Task A_ping_is_passed_by_while_a_large_frame_cannot_be_sent()
    {
        // The server reads nothing until it is read: a reader that waited to answer its ping would stand still for ever.
        await using var server = BrokenServer.Start(Behaviour.Deaf);
        var socket = await OpenAsync(server);
        var sending = socket.SendAsync(new byte[64 << 20], CancellationToken.None).AsTask();
        await using var echo = EchoClient.On(socket);

        Assert.Equal("said"u8.ToArray(), await echo.MessageAsync());
        Assert.False(sending.IsCompleted);
        socket.Reset();

        await sending.Soon();
        Assert.Null((await echo.Ended.Soon()).Failure);
    }

    private static string[] Expected(Behaviour behaviour) => behaviour switch
    {
        Behaviour.CorruptedEcho => [.. Enumerable.Repeat("Corrupt", 6)],
        Behaviour.DoubledEcho => ["1", "1", "2", "2", "3", "3", "4", "4", "5", "5", "6", "6"],
        Behaviour.DroppedEcho => ["1", "2", "4", "5"],
        _ => ["2", "1", "4", "3", "6", "5"],
    };
}
