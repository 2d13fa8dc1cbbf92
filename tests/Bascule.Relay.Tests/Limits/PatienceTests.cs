using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>A client that goes on sending too much is warned, and then closed.</summary>
public sealed class PatienceTests
{
    private static readonly MessageLimits Ten = MessageLimits.None with { MessagesPerSecond = 10 };

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task A_client_of_ours_is_warned_after_half_of_the_patience_and_closed_after_all_of_it()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(Ten));
        await MessageRateTests.SendTextsAsync(rig, 200);

        await rig.StayHeldAsync(TimeSpan.FromSeconds(5) - Step, Step);
        var notice = rig.Client.ReceiveTextAsync();
        await rig.HeldAsync();
        Assert.False(notice.IsCompleted);
        rig.Time.Advance(Step);
        Assert.Equal("""{"type":"notice","label":"message_rate","limit":10,"unit":"messages/s","closesIn":5}""", await notice);

        await rig.StayHeldAsync(TimeSpan.FromSeconds(5), Step);
        var text = rig.CloseText(EndReasons.MessageRate, "limit=10/s; seen=200/s");
        Assert.Equal($"message_rate; limit=10/s; seen=200/s; retry=backoff; attempt={rig.Attempt}", text);
        Assert.Equal((4429, text), await rig.Client.AnswerCloseAsync());
        Assert.Equal((CloseCodes.GoingAway, text), (await rig.Backend.ReceiveToCloseAsync())[^1].Close);
        await rig.Backend.SendCloseAsync(CloseCodes.GoingAway);
        await rig.Backend.LeaveAsync();
        var outcome = await rig.Outcome.Soon();
        Assert.Equal("held back for 10 s without a break; when that began, 200 messages/s came; the limit is 10", outcome.Ending.Detail);
        Assert.Equal((TimeSpan.FromSeconds(10), 1, false), (outcome.Facts.ThrottledTime, outcome.Facts.Throttled, outcome.BackendFailed));
    }

    [Fact]
    public async Task Another_client_is_closed_without_a_warning()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(Ten) with { SpeaksBascule = false });
        await MessageRateTests.SendTextsAsync(rig, 200);

        await rig.StayHeldAsync(TimeSpan.FromSeconds(10), Step);

        Assert.Equal((4429, rig.CloseText(EndReasons.MessageRate, "limit=10/s; seen=200/s")), await rig.Client.AnswerCloseAsync());
        rig.Backend.Dispose();
    }

    [Fact]
    public async Task Too_many_bytes_are_told_in_bytes()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(MessageLimits.None with { BytesPerSecond = 1000, Patience = TimeSpan.FromSeconds(2) }));
        var frame = rig.Client.Frame(Opcode.Binary, new byte[9992]).Bytes;

        await rig.Client.SendAsync(frame);
        await rig.Backend.ReceiveAsync();
        await rig.Client.SendTextAsync("one more");
        await rig.HeldAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("""{"type":"notice","label":"message_rate","limit":1000,"unit":"bytes/s","closesIn":1}""", await rig.Client.ReceiveTextAsync());
        rig.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((4429, rig.CloseText(EndReasons.MessageRate, "limit=1000B/s; seen=10014B/s")), await rig.Client.AnswerCloseAsync());
        rig.Backend.Dispose();
    }

    [Fact]
    public async Task A_client_that_stops_when_it_is_slowed_down_is_never_closed()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(Ten) with { Heartbeat = new HeartbeatSettings { Interval = TimeSpan.Zero } });
        for (var round = 0; round < 40; round++)
        {
            // Half a second too much every two seconds: 20 s of holding back altogether.
            await MessageRateTests.SendTextsAsync(rig, 15);
            await MessageRateTests.ReceiveTextsAsync(rig, 10);
            for (var i = 10; i < 15; i++)
            {
                await rig.HeldAsync();
                rig.Time.Advance(Step);
                Assert.Equal($"{i}", await rig.Backend.ReceiveTextAsync());
            }

            rig.Time.Advance(TimeSpan.FromSeconds(1.5));
        }

        await rig.ExchangeAsync();
        Assert.Equal(TimeSpan.FromSeconds(20), rig.Relay.Facts.ThrottledTime);
        Assert.False(rig.Outcome.IsCompleted);
    }

    [Fact]
    public async Task What_came_is_told_over_all_the_time_since_the_client_was_last_far_from_its_limit()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(Ten with { Patience = TimeSpan.FromSeconds(1) }) with { SpeaksBascule = false });

        // Six messages every half second: one more than comes back in that time, so that the ten of the beginning last for 2.5 s.
        for (var round = 0; round < 5; round++)
        {
            await MessageRateTests.SendTextsAsync(rig, 6);
            await MessageRateTests.ReceiveTextsAsync(rig, 6);
            rig.Time.Advance(TimeSpan.FromSeconds(0.5));
        }

        Assert.Equal(0, rig.Relay.Facts.Throttled);
        await MessageRateTests.SendTextsAsync(rig, 55);
        await rig.StayHeldAsync(TimeSpan.FromSeconds(1.5), Step);

        // 30 before and 55 now.
        Assert.Equal((4429, rig.CloseText(EndReasons.MessageRate, "limit=10/s; seen=34/s")), await rig.Client.AnswerCloseAsync());
        rig.Backend.Dispose();
    }

    [Theory]
    [InlineData(1016, true)]
    [InlineData(1016, false)]
    [InlineData(1000, true)]
    [InlineData(1000, false)]
    public async Task A_flood_of_many_reads_is_one_time_of_holding_back(int payloadBytes, bool socketStream)
    {
        // 1016 bytes and a header of 8 fill what is read at once to the last byte; 1000 do not.
        await using var rig = await RelayRig.StartAsync(RelayRig.With(MessageLimits.None with { MessagesPerSecond = 20 }), socketStream: socketStream);
        var frame = rig.Client.Frame(Opcode.Binary, new byte[payloadBytes]).Bytes;
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 300; i++)
                await rig.Client.SendAsync(frame);
        });
        var receiving = rig.Backend.ReceiveToCloseAsync();
        await sending;

        await rig.StayHeldAsync(TimeSpan.FromSeconds(10), step: TimeSpan.FromMilliseconds(50));

        // The last one may still pass at the moment of the end.
        Assert.InRange((await receiving).Count, 20 + 199 + 1, 20 + 200 + 1);
        Assert.Equal(CloseCodes.GoingAway, (await receiving)[^1].Close.Code);
        rig.Client.Dispose();
        rig.Backend.Dispose();
        var outcome = await rig.RunOutAsync();
        Assert.Equal((EndReasons.MessageRate, 1), (outcome.Ending.Reason, outcome.Facts.Throttled));
    }

    [Fact]
    public async Task A_warning_waits_for_the_end_of_the_message_that_the_back_end_has_begun()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(Ten));
        await rig.Backend.SendAsync(rig.Backend.Frame(Opcode.Text, "to be ", final: false));
        Assert.Equal("to be ", (await rig.Client.ReceiveAsync()).Text);
        await MessageRateTests.SendTextsAsync(rig, 200);
        await rig.StayHeldAsync(TimeSpan.FromSeconds(6), Step);

        // A ping may stand between two fragments, a text may not.
        await rig.Backend.SendAsync((byte[])[.. rig.Backend.Frame(Opcode.Continuation, "contin", final: false).Bytes, .. rig.Backend.Frame(Opcode.Ping, "?").Bytes]);
        await rig.Backend.SendAsync((byte[])[.. rig.Backend.Frame(Opcode.Continuation, "ued").Bytes, .. rig.Backend.Frame(Opcode.Text, "next").Bytes]);

        Assert.Equal("contin", (await rig.Client.ReceiveAsync()).Text);
        Assert.Equal(Opcode.Ping, (await rig.Client.ReceiveAsync()).Opcode);
        Assert.Equal("ued", (await rig.Client.ReceiveAsync()).Text);
        Assert.StartsWith("{\"type\":\"notice\"", await rig.Client.ReceiveTextAsync(), StringComparison.Ordinal);
        Assert.Equal("next", await rig.Client.ReceiveTextAsync());
    }

    [Fact]
    public async Task A_back_end_inside_a_large_frame_of_a_client_that_is_closed_gets_the_rest_and_then_is_told()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(MessageLimits.None with { BytesPerSecond = 1000, Patience = TimeSpan.FromSeconds(2) }));
        var frame = rig.Client.Frame(Opcode.Binary, new byte[100_000]);
        await rig.Client.SendAsync((byte[])[.. frame.Bytes, .. rig.Client.Frame(Opcode.Text, "dropped").Bytes]);
        await rig.HeldAsync();
        Assert.True(rig.Relay.Facts.Backend.MidFrame);

        rig.Time.Advance(TimeSpan.FromSeconds(2));

        var seen = await rig.Backend.ReceiveToCloseAsync();
        Assert.Equal((2, 100_000, CloseCodes.GoingAway), (seen.Count, seen[0].Payload.Length, seen[1].Close.Code));
        Assert.Equal(4429, (await rig.Client.ReceiveToCloseAsync())[^1].Close.Code);
        rig.Client.Dispose();
        rig.Backend.Dispose();
    }
}
