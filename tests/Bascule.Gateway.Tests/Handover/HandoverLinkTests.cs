using System.Net.Sockets;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>A link that works: frames both ways, sockets with them, and callers that never wait.</summary>
public sealed class HandoverLinkTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_530)]
    [InlineData(65_536)]
    [InlineData(3_000_000)]
    [InlineData(HandoverLink.MostFrameBytes - 1)]
    public async Task A_frame_of_any_length_arrives_as_it_was_sent_in_both_directions(int length)
    {
        await using var bench = new LinkBench();
        var (gateway, shard) = await bench.LinkAsync();
        var payload = new byte[length];
        new Random(length).NextBytes(payload);

        Assert.Equal(HandoverSend.Queued, gateway.Send(7, payload));
        Assert.Equal(HandoverSend.Queued, shard.Send(127, payload));

        var atShard = await bench.Shard.FrameAsync();
        Assert.Equal(7, atShard.Kind);
        Assert.Equal(payload, atShard.Payload);
        var atGateway = await bench.Gateway.FrameAsync();
        Assert.Equal(127, atGateway.Kind);
        Assert.Equal(payload, atGateway.Payload);
    }

    [Fact]
    public async Task Frames_of_all_lengths_keep_their_order()
    {
        await using var bench = new LinkBench();
        var (gateway, _) = await bench.LinkAsync();
        var random = new Random(5);
        var lengths = Enumerable.Range(0, 2000).Select(i => random.Next(i % 50 == 0 ? 100_000 : 300)).ToList();

        foreach (var length in lengths)
        {
            var payload = Enumerable.Repeat((byte)length, length).ToArray();
            while (gateway.Send(1, payload) == HandoverSend.Full)
                await gateway.FlushAsync(CancellationToken.None).Soon();
        }

        foreach (var length in lengths)
        {
            var frame = await bench.Shard.FrameAsync();
            Assert.Equal(length, frame.Payload.Length);
            Assert.All(frame.Payload, b => Assert.Equal((byte)length, b));
        }
    }

    [Fact]
    public async Task A_client_does_not_notice_that_its_socket_changes_hands()
    {
        await using var bench = new LinkBench();
        var (gateway, _) = await bench.LinkAsync();
        using var connection = await SocketPair.TcpAsync();
        // As the gateway's listener does: a read of nothing, then the request is taken; more lies unread.
        var waiting = connection.Other.ReceiveAsync(Memory<byte>.Empty).AsTask();
        await connection.One.SayAsync("request");
        await waiting.Soon();
        Assert.Equal("request", await connection.Other.HearAsync(7));
        await connection.One.SayAsync("early");

        gateway.Send(1, "terms"u8, connection.Other.SafeHandle);
        var taken = await bench.Shard.FrameAsync();
        SocketRelease.LetGo(connection.Other);

        using var atShard = new Socket(taken.Descriptor!);
        Assert.Equal("early", await atShard.HearAsync(5));
        await atShard.SayAsync("101");
        Assert.Equal("101", await connection.One.HearAsync(3));
        await connection.One.SayAsync("late");
        Assert.Equal("late", await atShard.HearAsync(4));
        connection.One.Dispose();
        await atShard.EndsAsync();
    }

    [Fact]
    public async Task Each_frame_gets_its_own_socket_among_frames_without()
    {
        await using var bench = new LinkBench();
        var (gateway, _) = await bench.LinkAsync();
        var pairs = Enumerable.Range(0, 100).Select(_ => SocketPair.Unix()).ToList();

        for (var i = 0; i < pairs.Count; i++)
        {
            gateway.Send(1, [(byte)i], pairs[i].Other.SafeHandle);
            // Sent already or not: the caller's own is the caller's.
            pairs[i].Other.Dispose();
            for (var j = 0; j < i % 3; j++)
                gateway.Send(2, new byte[i * 10]);
        }

        for (var i = 0; i < pairs.Count; i++)
        {
            var frame = await bench.Shard.FrameAsync();
            Assert.Equal([(byte)i], frame.Payload);
            using (var socket = new Socket(frame.Descriptor!))
                socket.Send([(byte)i]);
            var got = new byte[1];
            pairs[i].One.Receive(got);
            Assert.Equal(i, got[0]);
            Assert.Equal(0, pairs[i].One.Receive(got));
            for (var j = 0; j < i % 3; j++)
                Assert.Null((await bench.Shard.FrameAsync()).Descriptor);
            pairs[i].Dispose();
        }
    }

    [Fact]
    public async Task A_side_that_does_not_read_makes_the_queue_full_and_nobody_wait()
    {
        using var goOn = new ManualResetEventSlim();
        await using var bench = new LinkBench { Shard = new KeepingReceiver { Before = _ => goOn.Wait() }, Terms = new HandoverTerms(LinkBench.Token) { MostQueuedBytes = 100_000 } };
        var (gateway, _) = await bench.LinkAsync();
        var payload = new byte[10_000];

        var sent = 0;
        while (gateway.Send(1, payload) == HandoverSend.Queued)
            sent++;

        Assert.Equal(HandoverSend.Full, gateway.Send(1, payload));
        goOn.Set();
        for (var i = 0; i < sent; i++)
            await bench.Shard.FrameAsync();
        await gateway.FlushAsync(CancellationToken.None).Soon();
        Assert.Equal(HandoverSend.Queued, gateway.Send(1, payload));
    }

    [Fact]
    public async Task Descriptors_have_a_bound_of_their_own_in_the_queue()
    {
        using var goOn = new ManualResetEventSlim();
        await using var bench = new LinkBench { Shard = new KeepingReceiver { Before = _ => goOn.Wait() }, Terms = new HandoverTerms(LinkBench.Token) { MostQueuedDescriptors = 10 } };
        var (gateway, _) = await bench.LinkAsync();
        using var pair = SocketPair.Unix();

        var sent = 0;
        while (gateway.Send(1, [], pair.Other.SafeHandle) == HandoverSend.Queued)
            sent++;

        Assert.True(sent >= 10);
        Assert.Equal(HandoverSend.Full, gateway.Send(1, [], pair.Other.SafeHandle));
        Assert.Equal(HandoverSend.Queued, gateway.Send(1, []));
        goOn.Set();
        for (var i = 0; i < sent; i++)
            (await bench.Shard.FrameAsync()).Descriptor!.Dispose();
    }

    [Fact]
    public async Task A_socket_that_is_closed_already_is_told_at_once()
    {
        await using var bench = new LinkBench();
        var (gateway, _) = await bench.LinkAsync();
        using var pair = SocketPair.Unix();
        var handle = pair.Other.SafeHandle;
        pair.Other.Dispose();

        Assert.Equal(HandoverSend.NoDescriptor, gateway.Send(1, [], handle));

        gateway.Send(2, []);
        Assert.Equal(2, (await bench.Shard.FrameAsync()).Kind);
    }

    [Fact]
    public async Task What_cannot_be_a_frame_is_the_callers_fault()
    {
        await using var bench = new LinkBench();
        var (gateway, _) = await bench.LinkAsync();

        Assert.Throws<ArgumentException>(() => gateway.Send(128, []));
        Assert.Throws<ArgumentException>(() => gateway.Send(1, new byte[HandoverLink.MostFrameBytes]));
    }

    [Fact]
    public async Task The_end_is_told_to_both_with_its_reason_and_sending_fails_at_once()
    {
        await using var bench = new LinkBench();
        var (gateway, shard) = await bench.LinkAsync();

        gateway.Close("enough");
        gateway.Close("a later reason");

        Assert.Equal(HandoverSend.Closed, gateway.Send(1, []));
        Assert.Equal("enough", await bench.Gateway.ClosedAsync());
        Assert.Equal("the other side closed it", await bench.Shard.ClosedAsync());
        await shard.Ended.Soon();
        Assert.Equal(HandoverSend.Closed, shard.Send(1, []));
        Assert.False(shard.IsOpen);
        await gateway.FlushAsync(CancellationToken.None).Soon();
    }

    [Fact]
    public async Task What_was_flushed_before_the_end_arrives()
    {
        await using var bench = new LinkBench();
        var (gateway, _) = await bench.LinkAsync();

        for (var i = 0; i < 500; i++)
            gateway.Send(1, new byte[i]);
        await gateway.FlushAsync(CancellationToken.None).Soon();
        gateway.Close("done");

        for (var i = 0; i < 500; i++)
            Assert.Equal(i, (await bench.Shard.FrameAsync()).Payload.Length);
        await bench.Shard.ClosedAsync();
    }

    [Fact]
    public async Task Sockets_that_still_wait_when_the_link_ends_are_closed()
    {
        using var goOn = new ManualResetEventSlim();
        await using var bench = new LinkBench { Shard = new KeepingReceiver { Before = _ => goOn.Wait() } };
        var (gateway, shard) = await bench.LinkAsync();
        using var pair = SocketPair.Unix();
        for (var i = 0; i < 1000; i++)
            gateway.Send(1, new byte[1000], pair.Other.SafeHandle);
        pair.Other.Dispose();

        gateway.Close("enough");
        shard.Close("enough");
        goOn.Set();
        await shard.Ended.Soon();
        while (!bench.Shard.NothingCame)
            (await bench.Shard.FrameAsync()).Descriptor!.Dispose();

        // The last of all copies is closed.
        await pair.One.EndsAsync();
    }

    [Fact]
    public async Task A_receiver_that_fails_ends_its_link_and_nothing_else()
    {
        await using var bench = new LinkBench { Shard = new KeepingReceiver { Before = f => throw new InvalidOperationException($"kind {f.Kind}") } };
        var (gateway, _) = await bench.LinkAsync();

        gateway.Send(9, []);

        Assert.Equal("this side failed: kind 9", await bench.Shard.ClosedAsync());
        await bench.Log.SeenAsync(e => e.Event == "HandoverFault");
        await bench.Gateway.ClosedAsync();
        // The dialer makes a new one.
        Assert.True((await bench.Gateway.OpenedAsync()).IsOpen);
    }

    [Fact]
    public async Task Several_gateways_have_links_to_one_shard()
    {
        await using var bench = new LinkBench();
        var (first, _) = await bench.LinkAsync();
        bench.Dial();
        var second = await bench.Gateway.OpenedAsync();
        await bench.Shard.OpenedAsync();

        first.Send(1, []);
        Assert.Equal(1, (await bench.Shard.FrameAsync()).Kind);
        second.Send(2, []);
        Assert.Equal(2, (await bench.Shard.FrameAsync()).Kind);

        Assert.Equal(2, bench.Listener.Links.Count);
        Assert.Equal(Environment.ProcessId, bench.Listener.Links[0].PeerProcess);
    }

    [Fact]
    public async Task Many_threads_send_over_one_link()
    {
        await using var bench = new LinkBench();
        var (gateway, _) = await bench.LinkAsync();

        Parallel.For(0, 8, thread =>
        {
            for (var i = 0; i < 500; i++)
                gateway.Send((byte)thread, BitConverter.GetBytes(i));
        });

        var next = new int[8];
        for (var i = 0; i < 8 * 500; i++)
        {
            var frame = await bench.Shard.FrameAsync();
            Assert.Equal(next[frame.Kind]++, BitConverter.ToInt32(frame.Payload));
        }
    }
}
