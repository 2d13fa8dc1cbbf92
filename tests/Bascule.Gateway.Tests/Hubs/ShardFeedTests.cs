using Bascule.Backends;
using Bascule.Hub;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>What is published goes to a shard as fast as it reads: the line holds little of it, and never ends for it.</summary>
public sealed class ShardFeedTests
{
    private const int LargeBytes = 50_000;
    private const int LargeMessages = 200;

    // Far less than what is published in these tests.
    private static readonly HandoverTerms Narrow = new(LinkBench.Token) { MostQueuedBytes = 2 * ShardFeed.MostWaitingBytes };

    [Fact]
    public async Task A_shard_that_reads_late_gets_all_that_is_remembered_through_a_line_that_holds_little()
    {
        using var goOn = new ManualResetEventSlim();
        await using var bench = await ShardBench.StartAsync(Narrow, before: _ => goOn.Wait());

        var log = Publish(bench);
        goOn.Set();

        Assert.Equal(0, (await bench.FrameAsync(ShardFrame.Log, ShardJson.Default.LogOrder)).From);
        Assert.Equal(Enumerable.Range(0, LargeMessages).Select(i => (long)i), await OffsetsAsync(bench, log.Next - 1));
        Assert.True(bench.Client.Link!.IsOpen);
        log.Publish("news", null, "after"u8.ToArray(), null);
        Assert.Equal([LargeMessages], await OffsetsAsync(bench, LargeMessages));
    }

    [Fact]
    public async Task What_was_forgotten_before_it_could_be_read_is_a_gap_and_not_the_end_of_the_line()
    {
        using var goOn = new ManualResetEventSlim(initialState: true);
        await using var bench = await ShardBench.StartAsync(
            Narrow, new HubSettings { History = new HistorySettings { Bytes = 10 * LargeBytes } }, before: _ => goOn.Wait());
        Assert.Equal(0, (await bench.FrameAsync(ShardFrame.Log, ShardJson.Default.LogOrder)).From);

        goOn.Reset();
        var log = Publish(bench);
        goOn.Set();

        List<long> offsets = [];
        long from = 0;
        while (offsets.Count == 0 || offsets[^1] < log.Next - 1)
        {
            var frame = await bench.Shard.FrameAsync();
            if (frame.Kind == ShardFrame.Log)
                from = ShardLine.Read(frame.Payload, ShardJson.Default.LogOrder).From;
            else
                offsets.AddRange(MessageFrames.Read(frame.Payload).Select(m => m.Position.Offset));
        }

        // After the gap, which the shard is told, nothing is missing.
        Assert.InRange(from, 1, log.Next - 1);
        Assert.Contains(from, offsets);
        Assert.Equal(log.Next - from, offsets.Count(offset => offset >= from));
        Assert.Contains(bench.Log.All, e => e.Event == "MessagesNotGiven");
        Assert.True(bench.Client.Link!.IsOpen);
    }

    [Fact]
    public async Task A_shard_that_hung_gets_clients_when_it_has_what_was_published_meanwhile()
    {
        using var goOn = new ManualResetEventSlim();
        await using var bench = await ShardBench.StartAsync(Narrow, before: _ => goOn.Wait());
        await bench.SayStatusAsync();
        await Eventually.HoldsAsync(() => bench.Node.IsUsable);
        Publish(bench);
        bench.Client.FellSilent("it hangs");

        await bench.SayStatusAsync();

        Assert.Equal((NodeCondition.Failing, "it has not read up to now yet what was published here"), (bench.Node.State.Condition, bench.Node.State.Why));
        goOn.Set();
        await Eventually.HoldsAsync(() => bench.Node.IsUsable);
    }

    [Fact]
    public async Task A_message_that_no_line_can_carry_is_left_out_with_a_gap()
    {
        await using var bench = await ShardBench.StartAsync();
        var log = bench.Gateway.Rooms.Hub.Log;
        log.Publish("news", null, new byte[HandoverLink.MostFrameBytes], null);
        log.Publish("news", null, "small"u8.ToArray(), null);

        Assert.Equal([1L], await OffsetsAsync(bench, 1));
        Assert.True(bench.Client.Link!.IsOpen);
    }

    private static LocalLog Publish(ShardBench bench)
    {
        var log = bench.Gateway.Rooms.Hub.Log;
        for (var i = 0; i < LargeMessages; i++)
            log.Publish("news", null, new byte[LargeBytes], null);
        return log;
    }

    private static async Task<List<long>> OffsetsAsync(ShardBench bench, long last)
    {
        List<long> offsets = [];
        while (offsets.Count == 0 || offsets[^1] < last)
            offsets.AddRange(MessageFrames.Read((await bench.FrameAsync(ShardFrame.Messages)).Payload).Select(m => m.Position.Offset));
        return offsets;
    }
}
