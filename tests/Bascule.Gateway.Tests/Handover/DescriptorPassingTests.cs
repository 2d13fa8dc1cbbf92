using System.Net.Sockets;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>Descriptors travel with bytes, between processes or, here, within one.</summary>
public sealed class DescriptorPassingTests
{
    private readonly byte[] _buffer = new byte[64];

    [Fact]
    public async Task A_descriptor_comes_with_the_first_byte_of_what_it_was_sent_with()
    {
        using var link = SocketPair.Unix();
        using var connection = await SocketPair.TcpAsync();

        Assert.Equal(3, new DescriptorPassing(link.One).Send([1, 2, 3], 0, 3, connection.Other.Number()));
        var arrival = new DescriptorPassing(link.Other).Receive(_buffer, 0, 1);

        Assert.Equal((1, false), (arrival.Count, arrival.Lost));
        using var copy = new Socket(new SafeSocketHandle(Assert.Single(arrival.Descriptors), ownsHandle: true));
        await copy.SayAsync("hello");
        Assert.Equal("hello", await connection.One.HearAsync(5));
    }

    [Fact]
    public void Bytes_alone_bring_no_descriptor_and_begin_where_they_should()
    {
        using var link = SocketPair.Unix();

        Assert.Equal(2, new DescriptorPassing(link.One).Send([1, 2, 3, 4], 1, 2));
        var arrival = new DescriptorPassing(link.Other).Receive(_buffer, 5, 10);

        Assert.Equal(2, arrival.Count);
        Assert.Empty(arrival.Descriptors);
        Assert.Equal([0, 2, 3, 0], _buffer[4..8]);
    }

    [Fact]
    public void Each_descriptor_comes_in_the_order_in_which_it_was_sent()
    {
        using var link = SocketPair.Unix();
        using var first = SocketPair.Unix();
        using var second = SocketPair.Unix();
        var sender = new DescriptorPassing(link.One);
        sender.Send([1], 0, 1, first.Other.Number());
        sender.Send([2], 0, 1, second.Other.Number());

        var receiver = new DescriptorPassing(link.Other);
        using var one = Take(receiver);
        using var two = Take(receiver);
        one.Send("1"u8);
        two.Send("2"u8);

        Assert.Equal("1", first.One.HearInPlace(1));
        Assert.Equal("2", second.One.HearInPlace(1));
    }

    [Fact]
    public void A_descriptor_that_came_is_not_passed_on_to_children()
    {
        using var link = SocketPair.Unix();
        new DescriptorPassing(link.One).Send([1], 0, 1, link.One.Number());

        using var copy = Take(new DescriptorPassing(link.Other));

        var flags = File.ReadAllLines($"/proc/self/fdinfo/{copy.Number()}").Single(l => l.StartsWith("flags:", StringComparison.Ordinal)).Split('\t')[1];
        Assert.NotEqual(0, Convert.ToInt32(flags, 8) & Convert.ToInt32("2000000", 8));
    }

    [Fact]
    public void Sending_a_closed_descriptor_sends_nothing()
    {
        using var link = SocketPair.Unix();

        Assert.Equal(-9, new DescriptorPassing(link.One).Send([1], 0, 1, int.MaxValue));
        new DescriptorPassing(link.One).Send([2], 0, 1);

        Assert.Equal(1, new DescriptorPassing(link.Other).Receive(_buffer, 0, 10).Count);
        Assert.Equal(2, _buffer[0]);
    }

    [Fact]
    public void The_end_of_the_other_side_is_told_and_ends_no_process()
    {
        using var link = SocketPair.Unix();
        link.Other.Dispose();
        var passing = new DescriptorPassing(link.One);

        Assert.Equal(0, passing.Receive(_buffer, 0, 10).Count);
        Assert.Equal(-32, passing.Send([1], 0, 1));
    }

    [Fact]
    public async Task A_socket_that_did_not_block_before_blocks()
    {
        using var link = SocketPair.Unix();
        link.Other.Blocking = false;
        var passing = new DescriptorPassing(link.Other);

        var receiving = Task.Factory.StartNew(() => passing.Receive(_buffer, 0, 10).Count, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        link.One.Send([1]);

        Assert.Equal(1, await receiving.Soon());
    }

    [Fact]
    public void What_lies_outside_the_buffer_is_not_touched()
    {
        using var link = SocketPair.Unix();
        var passing = new DescriptorPassing(link.One);

        Assert.Throws<ArgumentOutOfRangeException>(() => passing.Send([1], 0, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => passing.Receive(_buffer, 60, 5));
    }

    private Socket Take(DescriptorPassing receiver) =>
        new(new SafeSocketHandle(Assert.Single(receiver.Receive(_buffer, 0, _buffer.Length).Descriptors), ownsHandle: true));
}
