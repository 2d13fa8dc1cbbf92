using System.Net.Sockets;
using Bascule.Backends;
using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>The gateway's end of a line, whose other end does what it likes.</summary>
public sealed class ShardClientTests
{
    [Fact]
    public async Task A_line_that_breaks_before_the_answer_cuts_the_client_for_both()
    {
        await using var bench = await ShardBench.StartAsync();
        using var client = await SocketPair.TcpAsync();
        var (_, taking) = Take(bench, client);
        var order = await bench.FrameAsync(ShardFrame.Take);
        using var atShard = new Socket(order.Descriptor!);

        bench.Line.Close("it broke");

        var outcome = await taking.Soon();
        Assert.Equal(EndReasons.BackendClosedEarly, outcome.Cut);
        Assert.StartsWith("the line to shard:1 is down: ", outcome.Fault, StringComparison.Ordinal);
        // The shard may have begun to serve it, and cannot go on.
        await client.One.EndsAsync();
        Assert.Throws<SocketException>(() => atShard.Send("101"u8));
    }

    [Fact]
    public async Task A_client_that_the_shard_refuses_is_still_the_gateways()
    {
        await using var bench = await ShardBench.StartAsync();
        using var client = await SocketPair.TcpAsync();
        var (connection, taking) = Take(bench, client);
        (await bench.FrameAsync(ShardFrame.Take)).Descriptor!.Dispose();

        bench.Say(ShardFrame.Taken, new TakenNote(connection.Attempt, "all 10 slots are taken"), ShardJson.Default.TakenNote);

        Assert.Equal(new TakeOutcome("all 10 slots are taken"), await taking.Soon());
        await client.Other.SayAsync("503");
        Assert.Equal("503", await client.One.HearAsync(3));
    }

    [Fact]
    public async Task A_client_that_does_not_fit_on_the_line_is_still_the_gateways_and_so_is_the_line()
    {
        await using var bench = await ShardBench.StartAsync(new HandoverTerms(LinkBench.Token) { MostQueuedDescriptors = 0 });
        using var client = await SocketPair.TcpAsync();

        Assert.Equal(new TakeOutcome("too many clients and orders wait for it"), await Take(bench, client).Taking.Soon());

        Assert.True(bench.Client.Link!.IsOpen);
        await client.Other.SayAsync("503");
        Assert.Equal("503", await client.One.HearAsync(3));
    }

    [Fact]
    public async Task An_attempt_that_is_over_before_the_answer_is_cut_and_the_shard_is_told()
    {
        await using var bench = await ShardBench.StartAsync();
        using var client = await SocketPair.TcpAsync();
        using var deadline = new CancellationTokenSource();
        var (connection, taking) = Take(bench, client, deadline.Token);
        using var atShard = new Socket((await bench.FrameAsync(ShardFrame.Take)).Descriptor!);

        await deadline.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => taking.Soon());
        await client.One.EndsAsync();
        Assert.Equal(connection.Attempt, (await bench.FrameAsync(ShardFrame.Leave, ShardJson.Default.LeaveOrder)).Attempt);
        // What comes late is nothing to anybody.
        bench.Say(ShardFrame.Taken, new TakenNote(connection.Attempt, null), ShardJson.Default.TakenNote);
        bench.Say(ShardFrame.Ended, Ended(connection), ShardJson.Default.EndedNote);
        await bench.SayStatusAsync();
        Assert.True(bench.Client.Link!.IsOpen);
    }

    [Fact]
    public async Task An_end_without_an_answer_before_it_ends_the_client()
    {
        await using var bench = await ShardBench.StartAsync();
        using var client = await SocketPair.TcpAsync();
        var (connection, taking) = Take(bench, client);
        (await bench.FrameAsync(ShardFrame.Take)).Descriptor!.Dispose();

        bench.Say(ShardFrame.Ended, Ended(connection), ShardJson.Default.EndedNote);

        Assert.Equal(default, await taking.Soon());
        Assert.Equal(EndReasons.ClientLost.Label, (await connection.Ended.Soon()).Reason);
    }

    [Theory]
    [InlineData(ShardFrame.Ended, "this side failed: ")]
    [InlineData(ShardFrame.Status, "this side failed: ")]
    [InlineData(99, "it sent a frame of the unknown kind 99")]
    public async Task What_cannot_be_understood_ends_the_line_with_a_reason(byte kind, string reason)
    {
        await using var bench = await ShardBench.StartAsync();
        await bench.SayStatusAsync();
        await Eventually.HoldsAsync(() => bench.Node.IsUsable);

        bench.Line.Send(kind, "no json"u8);

        await Eventually.HoldsAsync(() => bench.Node.State.Condition == NodeCondition.Failing);
        Assert.StartsWith($"its line is down: {reason}", bench.Node.State.Why, StringComparison.Ordinal);
    }

    private static (HandedConnection Connection, Task<TakeOutcome> Taking) Take(ShardBench bench, SocketPair client, CancellationToken cancellation = default)
    {
        var connection = bench.Connection();
        return (connection, bench.Client.TakeAsync(connection, ShardBench.Order(connection), client.Other, cancellation));
    }

    private static EndedNote Ended(HandedConnection connection) => new(connection.Attempt, EndReasons.ClientLost.Label, null, null, 0, "", 0, 0, 0, 0, null, null);
}
