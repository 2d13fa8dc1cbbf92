using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>How open connections end: by the server, by us, by nobody's leave.</summary>
public sealed class EndTests : DialTest
{
    [Theory]
    [InlineData(Behaviour.ResetWhenOpen, "close.none", "connection reset between two messages, without a close frame")]
    [InlineData(Behaviour.EndWhenOpen, "close.none", "end of stream between two messages, without a close frame")]
    [InlineData(Behaviour.EndInsideFrame, "close.none", "end of stream inside a frame, without a close frame")]
    [InlineData(Behaviour.MaskedFrame, "proto.error", "A frame from a server was masked; RFC 6455 §5.1 forbids that. The frame began with 81 86 04 03 (hex).")]
    [InlineData(Behaviour.ReservedBits, "proto.error", "A frame had a reserved bit that no agreed extension uses there")]
    [InlineData(Behaviour.TooLargeMessage, "client.limit", "a message was longer than 16777216 bytes, the most that this program takes")]
    [InlineData(Behaviour.BadCloseCode, "proto.error", "A close frame had a code that may not be sent; RFC 6455 §7.4 allows 1000 to 1003, 1007 to 1014 and 3000 to 4999. The code was 1005.")]
    [InlineData(Behaviour.CloseInternalError, "close.1011", "the server closed with 1011: out of memory")]
    [InlineData(Behaviour.CloseBusy, "close.4503", "the server closed with 4503: queue_full; retry=after 5; attempt=fedcba9876543210fedcba9876543210")]
    [InlineData(Behaviour.CloseWithoutCode, "close.1005", "the server closed with 1005")]
    public async Task Every_end_that_nobody_asked_for_has_its_class(Behaviour behaviour, string expected, string seen)
    {
        await using var server = BrokenServer.Start(behaviour);
        await using var client = EchoClient.On(await OpenAsync(server));

        var end = await client.Ended.Soon();

        Assert.True(end.ByPeer);
        Assert.Equal(expected, end.Failure!.Class);
        Assert.Contains(seen, end.Failure.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_close_frame_of_the_server_is_answered_with_its_code()
    {
        await using var server = BrokenServer.Start(Behaviour.CloseBusy);
        await using var client = EchoClient.On(await OpenAsync(server));

        var end = await client.Ended.Soon();

        Assert.Equal((4503, "fedcba9876543210fedcba9876543210"), (end.Code!.Value, end.Failure!.Attempt));
        Assert.Equal("close 4503", await server.EndAsync().Soon());
    }

    [Fact]
    public async Task A_broken_rule_is_told_to_the_server()
    {
        await using var server = BrokenServer.Start(Behaviour.MaskedFrame);
        await using var client = EchoClient.On(await OpenAsync(server));

        Assert.Equal("close 1002", await server.EndAsync().Soon());
    }

    [Fact]
    public async Task Our_own_close_that_is_answered_is_no_failure()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);
        await using var client = EchoClient.On(await OpenAsync(server));

        await client.Socket.CloseAsync(1000, CancellationToken.None).Soon();

        Assert.Equal(new SocketEnd(1000, "", ByPeer: false, Failure: null), await client.Ended.Soon());
        Assert.Equal("close 1000", await server.EndAsync().Soon());
    }

    [Fact]
    public async Task A_close_code_that_may_not_be_sent_is_refused_and_nothing_has_happened()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);
        await using var client = EchoClient.On(await OpenAsync(server));

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.Socket.CloseAsync(1006, CancellationToken.None));

        await client.RoundTripAsync(100);
    }

    [Fact]
    public async Task After_our_close_nothing_is_sent_any_more()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);
        await using var client = EchoClient.On(await OpenAsync(server));

        await client.Socket.CloseAsync(1000, CancellationToken.None).Soon();
        await client.SendAsync(100);
        await client.Ended.Soon();
        await client.SendAsync(100);
        await client.Socket.CloseAsync(1000, CancellationToken.None).Soon();

        Assert.Equal(0, client.Waiting);
    }

    [Fact]
    public async Task A_close_without_an_answer_is_given_up()
    {
        await using var server = BrokenServer.Start(Behaviour.IgnoredClose);
        await using var client = EchoClient.On(await OpenAsync(server));

        await client.Socket.CloseAsync(1000, CancellationToken.None).Soon();
        Assert.Equal(1, Time.ArmedTimers);
        Time.Advance(LoadSocket.CloseLimit);

        var end = await client.Ended.Soon();
        Assert.Equal(("close.none", "our close frame was not answered within 5 s"), (end.Failure!.Class, end.Failure.Seen));
    }

    [Fact]
    public async Task An_end_in_place_of_the_answer_to_our_close_is_told()
    {
        await using var server = BrokenServer.Start(Behaviour.EndForClose);
        await using var client = EchoClient.On(await OpenAsync(server));

        await client.Socket.CloseAsync(1000, CancellationToken.None).Soon();

        var failure = (await client.Ended.Soon()).Failure!;
        Assert.Equal(("close.none", "end of stream between two messages, in place of an answer to our close frame"), (failure.Class, failure.Seen));
    }

    [Fact]
    public async Task A_reset_of_ours_is_no_failure_and_the_server_sees_one()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);
        await using var client = EchoClient.On(await OpenAsync(server));
        await client.RoundTripAsync(100);

        client.Socket.Reset();

        Assert.Null((await client.Ended.Soon()).Failure);
        Assert.Equal("reset", await server.EndAsync().Soon());
    }

    [Fact]
    public async Task Who_gives_up_reading_resets_the_connection()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);
        using var over = new CancellationTokenSource();
        await using var client = EchoClient.On(await OpenAsync(server), cancellation: over.Token);

        await over.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.Ended.Soon());
        Assert.Equal("reset", await server.EndAsync().Soon());
    }

    [Fact]
    public async Task Who_gives_up_sending_resets_the_connection_and_lets_others_go()
    {
        await using var server = BrokenServer.Start(Behaviour.Deaf);
        using var over = new CancellationTokenSource();
        using var waiting = new CancellationTokenSource();
        var socket = await OpenAsync(server);
        var first = socket.SendAsync(new byte[64 << 20], over.Token).AsTask();
        var second = socket.SendAsync(new byte[100], waiting.Token).AsTask();
        var third = socket.SendAsync(new byte[100], CancellationToken.None).AsTask();

        await waiting.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.Soon());
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Soon());
        await third.Soon();
    }

    [Fact]
    public async Task A_connection_that_is_dropped_unread_is_closed()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);
        var socket = await OpenAsync(server);

        await socket.DisposeAsync();

        Assert.Equal("end of stream", await server.EndAsync().Soon());
    }

    [Fact]
    public async Task A_slow_reader_takes_no_more_than_its_pace()
    {
        await using var server = BrokenServer.Start(Behaviour.Flood);
        var socket = await OpenAsync(Order(server.Url) with { ReceiveBuffer = 4096 });
        // A message of the flood takes 1,004 bytes. What came behind the 101 is there at once: 2 KiB at most.
        await using var client = EchoClient.On(socket, new ReadPace(1004, TimeSpan.FromSeconds(1)));

        var messages = 0;
        for (var turn = 0; messages < 10; turn++)
        {
            await TimerAsync();
            messages += client.TakeAll();
            Assert.True(messages <= turn + 2, $"{messages} messages after {turn} turns");
            Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task A_slow_reader_that_is_reset_does_not_wait_for_its_turn()
    {
        await using var server = BrokenServer.Start(Behaviour.Flood);
        await using var client = EchoClient.On(await OpenAsync(server), new ReadPace(1004, TimeSpan.FromHours(1)));

        client.Socket.Reset();

        Assert.Null((await client.Ended.Soon()).Failure);
    }
}
