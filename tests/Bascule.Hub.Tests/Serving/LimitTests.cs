using System.Text;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>What a client may send, alone and together with the other connections of its user.</summary>
public sealed class LimitTests
{
    private static readonly byte[] Ping = HubGuest.Frame(Opcode.Text, """{"type":"ping"}"""u8.ToArray());

    [Fact]
    public async Task A_client_above_its_rate_is_held_back_then_warned_then_closed()
    {
        await using var house = new HubHouse(time: new ManualTime());
        await using var guest = await ConnectAsync(house, MessageLimits.None with { MessagesPerSecond = 10 });

        await guest.SendRawAsync(Pings(500));
        await PongsAsync(guest, 10);
        var (notice, close) = await ReadToCloseAsync(house, guest);

        Assert.Contains("""{"type":"notice","label":"message_rate","limit":10,"unit":"messages/s","closesIn":""", notice, StringComparison.Ordinal);
        Assert.Equal(4429, close.Code);
        Assert.StartsWith("message_rate; limit=10/s; seen=", close.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_catches_up_is_forgiven()
    {
        await using var house = new HubHouse(time: new ManualTime());
        await using var guest = await ConnectAsync(house, MessageLimits.None with { BytesPerSecond = 100 });
        var large = $$"""{"type":"ping","x":"{{new string('x', 400)}}"}""";
        await guest.SendAsync(large);
        await guest.ReadAsync("pong");

        // Altogether that is longer than its patience, but each time all of it gets through.
        for (var i = 0; i < 3; i++)
        {
            await guest.SendAsync(large);
            await HeldBackAsync(guest, true);
            house.Time.Advance(TimeSpan.FromSeconds(4));
            await guest.ReadAsync("pong");
            await HeldBackAsync(guest, false);
        }
    }

    [Fact]
    public async Task All_connections_of_a_user_share_his_rate_and_no_other_user_does()
    {
        await using var house = new HubHouse(time: new ManualTime());
        var limits = MessageLimits.None with { UserMessagesPerSecond = 10 };
        await using var first = await ConnectAsync(house, limits, "user:ann");
        await using var second = await ConnectAsync(house, limits, "user:ann");
        await using var other = await ConnectAsync(house, limits, "user:bob");

        await first.SendRawAsync(Pings(10));
        await PongsAsync(first, 10);
        await second.SendRawAsync(Ping);
        await HeldBackAsync(second, true).Soon();
        await other.SendRawAsync(Pings(10));
        await PongsAsync(other, 10);

        house.Time.Advance(TimeSpan.FromSeconds(1));
        await PongsAsync(second, 1);
    }

    [Fact]
    public async Task A_user_above_his_rate_is_closed_with_his_limit()
    {
        await using var house = new HubHouse(time: new ManualTime());
        await using var guest = await ConnectAsync(house, MessageLimits.None with { UserBytesPerSecond = 100 }, "user:ann");

        await guest.SendRawAsync(Pings(500));
        var (notice, close) = await ReadToCloseAsync(house, guest);

        Assert.Contains("\"limit\":100,\"unit\":\"bytes/s\"", notice, StringComparison.Ordinal);
        Assert.Equal(4429, close.Code);
        Assert.StartsWith("message_rate; limit=100B/s; seen=", close.Reason, StringComparison.Ordinal);
        await house.AdvanceUntilAsync(guest.End);
        Assert.Contains("from all connections of the user", (await guest.End).Ending.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_client_is_closed_without_a_word_before()
    {
        await using var house = new HubHouse(time: new ManualTime());
        await using var guest = await house.ConnectAsync(new HubTerms(new AttemptId(1, 2), "session-1", SpeaksBascule: false)
        {
            Limits = MessageLimits.None with { MessagesPerSecond = 10 },
            Heartbeat = new HeartbeatSettings { Interval = TimeSpan.Zero },
        });

        await guest.SendRawAsync(Pings(500));
        var (notice, close) = await ReadToCloseAsync(house, guest);

        Assert.Equal(("", 4429), (notice, close.Code));
    }

    [Fact]
    public async Task A_message_in_more_fragments_than_allowed_is_refused()
    {
        await using var house = new HubHouse();
        await using var guest = await ConnectAsync(house, MessageLimits.None with { Fragments = 3 });

        await guest.SendAsync(Opcode.Text, "{\"type\""u8.ToArray(), final: false);
        await guest.SendAsync(Opcode.Continuation, ":"u8.ToArray(), final: false);
        await guest.SendAsync(Opcode.Continuation, "\"ping\"}"u8.ToArray());
        await guest.ReadAsync("pong");
        await guest.SendAsync(Opcode.Text, "{"u8.ToArray(), final: false);
        for (var i = 0; i < 3; i++)
            await guest.SendAsync(Opcode.Continuation, " "u8.ToArray(), final: false);

        var close = await guest.LeaveAsync();
        Assert.Equal(4413, close.Code);
        Assert.StartsWith("message_too_big; limit=3 frames; seen=4 frames", close.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_to_our_pings_cost_nothing()
    {
        await using var house = new HubHouse(time: new ManualTime());
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { Limits = MessageLimits.None with { MessagesPerSecond = 1 } });

        house.Time.Advance(TimeSpan.FromSeconds(25));
        var ping = await guest.ReadFrameAsync();
        await guest.SendRawAsync([.. HubGuest.Frame(Opcode.Pong, ping!.Payload), .. Ping]);

        await guest.ReadAsync("pong");
        Assert.False(guest.Connection.Facts.HeldBack);
    }

    [Fact]
    public async Task A_client_that_is_held_back_can_be_told_to_leave()
    {
        await using var house = new HubHouse(time: new ManualTime());
        await using var guest = await ConnectAsync(house, MessageLimits.None with { MessagesPerSecond = 1 });
        await guest.SendRawAsync(Pings(100));
        await PongsAsync(guest, 1);
        await HeldBackAsync(guest, true);

        guest.Connection.End(new Ending(EndReasons.Draining));

        Assert.Equal(4600, (await guest.LeaveAsync()).Code);
        Assert.Equal("draining", (await guest.End).Ending.Reason.Label);
    }

    private static Task<HubGuest> ConnectAsync(HubHouse house, MessageLimits limits, string? user = null) => house.ConnectWelcomedAsync(HubHouse.Terms with
    {
        Limits = limits,
        UserKey = user,
        Heartbeat = new HeartbeatSettings { Interval = TimeSpan.Zero },
    });

    private static byte[] Pings(int count) => [.. Enumerable.Repeat(Ping, count).SelectMany(frame => frame)];

    private static async Task PongsAsync(HubGuest guest, int count)
    {
        for (var i = 0; i < count; i++)
            await guest.ReadAsync("pong");
    }

    private static Task HeldBackAsync(HubGuest guest, bool isHeld) => Patience.UntilAsync(() => guest.Connection.Facts.HeldBack == isHeld);

    /// <summary>Moves the clock until the client is closed; the notices that came before, and the close frame.</summary>
    private static async Task<(string Notice, (int Code, string Reason) Close)> ReadToCloseAsync(HubHouse house, HubGuest guest)
    {
        var reading = ReadAsync();
        await house.AdvanceUntilAsync(reading, TimeSpan.FromMilliseconds(100));
        return await reading;

        async Task<(string, (int, string))> ReadAsync()
        {
            var notices = new StringBuilder();
            while (true)
            {
                var frame = await guest.ReadFrameAsync();
                if (frame!.Opcode == Opcode.Close)
                    return (notices.ToString(), frame.Close);
                if (frame.Text.StartsWith("{\"type\":\"notice\"", StringComparison.Ordinal))
                    notices.Append(frame.Text);
            }
        }
    }
}
