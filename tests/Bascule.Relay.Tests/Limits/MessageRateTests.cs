using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>A client that sends more than it may in a second is read more slowly.</summary>
public sealed class MessageRateTests
{
    private static readonly MessageLimits Ten = MessageLimits.None with { MessagesPerSecond = 10 };

    [Fact]
    public async Task One_seconds_worth_passes_at_once_and_the_next_message_waits_its_turn()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(Ten));
        await SendTextsAsync(rig, 12);
        await ReceiveTextsAsync(rig, 10);
        var next = rig.Backend.ReceiveTextAsync();

        await rig.HeldAsync();
        rig.Time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(next.IsCompleted);
        rig.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("10", await next);

        await rig.HeldAsync();
        next = rig.Backend.ReceiveTextAsync();
        Assert.False(next.IsCompleted);
        rig.Time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal("11", await next);
        Assert.Equal((TimeSpan.FromMilliseconds(200), 1), (rig.Relay.Facts.ThrottledTime, rig.Relay.Facts.Throttled));
    }

    [Fact]
    public async Task A_client_that_sends_exactly_what_it_may_is_never_held_back()
    {
        // 10 frames of 6 + 4 bytes: both limits are met to the last message and the last byte.
        await using var rig = await RelayRig.StartAsync(RelayRig.With(Ten with { BytesPerSecond = 100 }));
        for (var second = 0; second < 5; second++)
        {
            await rig.Client.SendAsync(Enumerable.Range(0, 10).SelectMany(_ => rig.Client.Frame(Opcode.Text, "1234").Bytes).ToArray());
            for (var i = 0; i < 10; i++)
                await rig.Backend.ReceiveTextAsync();
            rig.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((TimeSpan.Zero, 0), (rig.Relay.Facts.ThrottledTime, rig.Relay.Facts.Throttled));
    }

    [Fact]
    public async Task A_rate_of_one_message_lets_one_pass_each_second()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(MessageLimits.None with { MessagesPerSecond = 1 }));
        await SendTextsAsync(rig, 4);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal($"{i}", await rig.Backend.ReceiveTextAsync());
            if (i < 3)
                await rig.StayHeldAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        }

        Assert.Equal(TimeSpan.FromSeconds(3), rig.Relay.Facts.ThrottledTime);
    }

    [Fact]
    public async Task Bytes_count_with_headers_and_what_was_too_much_is_paid_before_the_next_one()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(MessageLimits.None with { BytesPerSecond = 100 }));
        var frame = rig.Client.Frame(Opcode.Binary, new byte[244]);
        Assert.Equal(252, frame.Bytes.Length);
        await rig.Client.SendAsync(frame);
        await rig.Backend.ReceiveAsync();
        await rig.Client.SendTextAsync("later");
        var next = rig.Backend.ReceiveTextAsync();

        await rig.HeldAsync();
        rig.Time.Advance(TimeSpan.FromMilliseconds(1529));
        Assert.False(next.IsCompleted);
        rig.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal("later", await next);
        Assert.Equal(TimeSpan.FromMilliseconds(1530), rig.Relay.Facts.ThrottledTime);
    }

    [Fact]
    public async Task A_large_frame_is_slowed_down_inside_and_arrives_untouched()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(MessageLimits.None with { BytesPerSecond = 50_000 }));
        var frame = rig.Client.Frame(Opcode.Binary, new byte[200_000]);
        var sending = rig.Client.SendAsync(frame);
        var arriving = rig.Backend.ReceiveAsync();
        var started = rig.Time.GetTimestamp();

        await rig.HeldAsync();
        Assert.True(rig.Relay.Facts.Backend.MidFrame);
        Assert.False(rig.Relay.Facts.Backend.WriteBlocked);
        while (!arriving.IsCompleted)
        {
            rig.Time.Advance(TimeSpan.FromMilliseconds(100));
            await Moment.PassAsync();
        }

        await sending;
        Assert.True((await arriving).Bytes.AsSpan().SequenceEqual(frame.Bytes));
        // The last part may be owed: 32 KiB.
        Assert.True(rig.Time.GetElapsedTime(started) >= TimeSpan.FromSeconds((200_014 - 50_000 - RelayRig.BufferBytes) / 50_000.0));
    }

    [Theory]
    [InlineData(Opcode.Ping)]
    [InlineData(Opcode.Pong)]
    public async Task Control_frames_count_as_messages(Opcode opcode)
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(Ten));
        for (var i = 0; i < 11; i++)
            await rig.Client.SendAsync(rig.Client.Frame(opcode, "unasked"));
        for (var i = 0; i < 10; i++)
            Assert.Equal(opcode, (await rig.Backend.ReceiveAsync()).Opcode);
        var next = rig.Backend.ReceiveAsync();

        await rig.HeldAsync();
        Assert.False(next.IsCompleted);
        rig.Time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(opcode, (await next).Opcode);
    }

    [Fact]
    public async Task The_answer_to_a_ping_of_ours_is_free()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(Ten));
        rig.Time.Advance(TimeSpan.FromSeconds(25));
        var ping = await rig.Client.ReceiveAsync();
        await rig.Client.SendAsync(rig.Client.Frame(Opcode.Pong, ping.Payload));

        await SendTextsAsync(rig, 10);

        Assert.Equal(Opcode.Ping, (await rig.Backend.ReceiveAsync()).Opcode);
        await ReceiveTextsAsync(rig, 10);
        Assert.Equal(0, rig.Relay.Facts.Throttled);
    }

    [Fact]
    public async Task Fragments_of_one_message_count_once()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(MessageLimits.None with { MessagesPerSecond = 1 }));

        await rig.Client.SendAsync(rig.Client.Frame(Opcode.Text, "a", final: false));
        for (var i = 0; i < 20; i++)
            await rig.Client.SendAsync(rig.Client.Frame(Opcode.Continuation, "b", final: i == 19));

        for (var i = 0; i < 21; i++)
            await rig.Backend.ReceiveAsync();
        Assert.Equal(0, rig.Relay.Facts.Throttled);
    }

    [Fact]
    public async Task The_way_from_the_back_end_to_the_client_is_not_limited()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(new MessageLimits(1, 100, null, null, 100, 1, MessageLimits.DefaultPatience)));
        await SendTextsAsync(rig, 3);
        await rig.HeldAsync();

        for (var i = 0; i < 50; i++)
        {
            await rig.Backend.SendAsync(rig.Backend.Frame(Opcode.Binary, new byte[1000], final: false));
            await rig.Backend.SendAsync(rig.Backend.Frame(Opcode.Continuation, new byte[1000]));
            Assert.Equal(1000, (await rig.Client.ReceiveAsync()).Payload.Length);
            Assert.Equal(1000, (await rig.Client.ReceiveAsync()).Payload.Length);
        }
    }

    [Fact]
    public async Task A_client_that_is_held_back_is_neither_pinged_nor_called_dead_nor_idle()
    {
        var limits = MessageLimits.None with { BytesPerSecond = 1, Patience = TimeSpan.FromHours(1) };
        await using var rig = await RelayRig.StartAsync(RelayRig.With(limits) with { Idle = TimeSpan.FromSeconds(60) });
        await rig.Client.SendTextAsync(new string('a', 900));
        await rig.Backend.ReceiveTextAsync();
        await rig.Client.SendTextAsync("at last");
        await rig.HeldAsync();

        for (var passed = 0; passed < 920; passed += 20)
        {
            rig.Time.Advance(TimeSpan.FromSeconds(20));
            // The back end is still asked, and answers.
            await AnswerPingAsync(rig);
        }

        Assert.Equal("at last", await rig.Backend.ReceiveTextAsync());
        await rig.Backend.SendTextAsync("the first frame since then");
        Assert.Equal("the first frame since then", await rig.Client.ReceiveTextAsync());
        Assert.False(rig.Outcome.IsCompleted);
    }

    [Fact]
    public async Task An_ending_reaches_a_client_that_is_held_back_and_its_back_end()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(Ten));
        await SendTextsAsync(rig, 100);
        await ReceiveTextsAsync(rig, 10);
        await rig.HeldAsync();

        rig.Relay.End(new Ending(EndReasons.Draining));

        Assert.Equal((4600, rig.CloseText(EndReasons.Draining)), await rig.Client.AnswerCloseAsync());
        Assert.Equal(CloseCodes.GoingAway, (await rig.Backend.ReceiveToCloseAsync())[^1].Close.Code);
        await rig.Backend.SendCloseAsync(CloseCodes.GoingAway);
        await rig.Backend.LeaveAsync();
        Assert.Equal(EndReasons.Draining, (await rig.Outcome.Soon()).Ending.Reason);
    }

    [Fact]
    public async Task A_back_end_that_closes_is_heard_by_a_client_that_is_held_back_and_gets_its_answer()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.With(Ten));
        await SendTextsAsync(rig, 100);
        await ReceiveTextsAsync(rig, 10);
        await rig.HeldAsync();

        await rig.Backend.SendCloseAsync(4000, "enough");
        Assert.Equal((4000, "enough"), await rig.Client.AnswerCloseAsync());

        // What had waited comes at once: it was sent before.
        var rest = await rig.Backend.ReceiveToCloseAsync();
        Assert.Equal((91, 4000), (rest.Count, rest[^1].Close.Code));
        await rig.Backend.LeaveAsync();
        Assert.Equal(EndReasons.BackendClosed, (await rig.Outcome.Soon()).Ending.Reason);
    }

    internal static Task SendTextsAsync(RelayRig rig, int count) =>
        rig.Client.SendAsync(Enumerable.Range(0, count).SelectMany(i => rig.Client.Frame(Opcode.Text, $"{i}").Bytes).ToArray());

    internal static async Task ReceiveTextsAsync(RelayRig rig, int count)
    {
        for (var i = 0; i < count; i++)
            Assert.Equal($"{i}", await rig.Backend.ReceiveTextAsync());
    }

    private static async Task AnswerPingAsync(RelayRig rig)
    {
        if (rig.Relay.Facts.Backend.Silence < new HeartbeatSettings().Interval)
            return;
        var ping = await rig.Backend.ReceiveAsync();
        Assert.Equal(Opcode.Ping, ping.Opcode);
        await rig.Backend.SendAsync(rig.Backend.Frame(Opcode.Pong, ping.Payload));
        await Patience.UntilAsync(() => rig.Relay.Facts.Backend.Silence == TimeSpan.Zero);
    }
}
