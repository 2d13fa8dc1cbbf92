using Bascule.Protocol;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>Limits of time, on a clock that the test moves.</summary>
public sealed class LifeTests
{
    private static readonly HeartbeatSettings Off = new() { Interval = TimeSpan.Zero, Stale = TimeSpan.Zero };

    [Fact]
    public async Task A_quiet_client_is_pinged_and_its_answer_measured()
    {
        await using var house = new HubHouse(time: new ManualTime());
        await using var guest = await house.ConnectWelcomedAsync();

        house.Time.Advance(TimeSpan.FromSeconds(25));
        var ping = await guest.ReadFrameAsync();
        Assert.Equal(Opcode.Ping, ping!.Opcode);
        house.Time.Advance(TimeSpan.FromMilliseconds(300));
        await guest.SendAsync(Opcode.Pong, ping.Payload);
        await guest.SendAsync("""{"type":"ping"}""");
        await guest.ReadAsync("pong");

        Assert.Equal(TimeSpan.FromMilliseconds(300), guest.Connection.Facts.PingRoundTrip);
        Assert.Equal(TimeSpan.Zero, guest.Connection.Facts.Silence);
    }

    [Fact]
    public async Task A_silent_client_is_told_why_it_is_closed()
    {
        await using var house = new HubHouse(time: new ManualTime());
        await using var guest = await house.ConnectWelcomedAsync();

        house.Time.Advance(TimeSpan.FromSeconds(76));

        for (var i = 0; i < 2; i++)
            Assert.Equal(Opcode.Ping, (await guest.ReadFrameAsync())!.Opcode);
        Assert.Equal(4606, (await guest.LeaveAsync()).Code);
        var end = await guest.End;
        Assert.Equal(("client_heartbeat_lost", 1), (end.Ending.Reason.Label, end.Facts.MissedPongs));
    }

    [Fact]
    public async Task No_client_is_given_up_that_was_not_asked()
    {
        var terms = HubHouse.Terms with { Heartbeat = new HeartbeatSettings { Interval = TimeSpan.FromSeconds(1.5), Timeout = TimeSpan.FromSeconds(2) } };
        await using var house = new HubHouse(time: new ManualTime());
        await using var guest = await house.ConnectWelcomedAsync(terms);

        // The sweep comes once a second: at the second one both limits have passed.
        house.Time.Advance(TimeSpan.FromSeconds(2));
        var ping = await guest.ReadFrameAsync();
        Assert.Equal(Opcode.Ping, ping!.Opcode);
        await guest.SendAsync(Opcode.Pong, ping.Payload);
        await guest.SendAsync("""{"type":"ping"}""");
        await guest.ReadAsync("pong");

        house.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(Opcode.Ping, (await guest.ReadFrameAsync())!.Opcode);
        Assert.Equal(4606, (await guest.LeaveAsync()).Code);
    }

    [Fact]
    public async Task While_the_gateway_itself_stood_still_no_client_was_silent()
    {
        await using var house = new HubHouse(time: new ManualTime());
        await using var guest = await house.ConnectWelcomedAsync();

        house.Time.Stall(TimeSpan.FromHours(1));
        await guest.SendAsync("""{"type":"ping"}""");
        await guest.ReadAsync("pong");
        house.Time.Advance(TimeSpan.FromSeconds(30));
        house.Time.Stall(TimeSpan.FromHours(1));
        // Not the 5 s longer that a client has for its own close frame.
        house.Time.Advance(TimeSpan.FromSeconds(45));

        for (var i = 0; i < 2; i++)
            Assert.Equal(Opcode.Ping, (await guest.ReadFrameAsync())!.Opcode);
        Assert.Equal(4606, (await guest.LeaveAsync()).Code);
        Assert.StartsWith("silent for 75 s", (await guest.End).Ending.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_byte_is_a_sign_of_life()
    {
        await using var house = new HubHouse(time: new ManualTime());
        await using var guest = await house.ConnectWelcomedAsync();

        for (var i = 0; i < 10; i++)
        {
            house.Time.Advance(TimeSpan.FromSeconds(20));
            await guest.SendAsync("""{"type":"ping"}""");
            await guest.ReadAsync("pong");
        }

        Assert.Equal(200, guest.Connection.Facts.Age.TotalSeconds);
    }

    [Fact]
    public async Task The_heartbeat_can_be_off()
    {
        await using var house = new HubHouse(time: new ManualTime());
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { Heartbeat = Off });

        house.Time.Advance(TimeSpan.FromHours(1));
        await guest.SendAsync("""{"type":"ping"}""");

        await guest.ReadAsync("pong");
    }

    [Theory]
    [InlineData(true, 4408, "idle")]
    [InlineData(false, 4607, "maximum_age")]
    public async Task Idle_time_and_age_have_limits(bool idle, int code, string label)
    {
        await using var house = new HubHouse(time: new ManualTime());
        var limit = TimeSpan.FromSeconds(20);
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { Life = idle ? new LifeSettings { Idle = limit } : new LifeSettings { MaximumAge = limit } });

        house.Time.Advance(TimeSpan.FromSeconds(15));
        await guest.SendAsync(Opcode.Pong, []);
        house.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(code, (await guest.LeaveAsync()).Code);
        Assert.Equal(label, (await guest.End).Ending.Reason.Label);
    }

    [Fact]
    public async Task A_token_that_expires_is_announced_and_ends_the_connection()
    {
        var time = new ManualTime();
        await using var house = new HubHouse(time: time);
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { ExpiresAt = time.GetUtcNow().AddSeconds(60), Heartbeat = Off });

        time.Advance(TimeSpan.FromSeconds(60));

        var notice = await guest.ReadAsync("notice");
        Assert.Equal(("token_lapsed", 30), (notice.GetProperty("label").GetString(), notice.GetProperty("closesIn").GetInt32()));
        Assert.Equal(4602, (await guest.LeaveAsync()).Code);
    }

    [Fact]
    public async Task A_new_token_renews_the_connection()
    {
        var time = new ManualTime();
        await using var house = new HubHouse(time: time);
        var until = time.GetUtcNow().AddHours(2);
        house.Door.Renew = (token, _) => new(new RenewResult(token == "new" ? until : time.GetUtcNow(), HubHouse.Terms.Grants));
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { ExpiresAt = time.GetUtcNow().AddSeconds(60), Heartbeat = Off });

        await guest.SendAsync("""{"type":"token","id":1,"token":"new"}""");
        Assert.Equal("2030-01-01T02:00:00Z", (await guest.ReadAsync("renewed")).GetProperty("expires").GetString());
        time.Advance(TimeSpan.FromMinutes(30));
        await guest.SendAsync("""{"type":"token","id":2,"token":"old"}""");

        Assert.Equal(ClientFault.TokenRefused, (await guest.ReadAsync("error")).GetProperty("code").GetString());
        Assert.Equal(until, guest.Connection.ExpiresAt);
    }

    [Fact]
    public async Task What_a_new_token_does_not_allow_ends_with_a_gap()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { Topics = [new TopicStart("a"), new TopicStart("b")] });
        await guest.ReadAsync("subscribed");
        await guest.ReadAsync("subscribed");

        Assert.True(guest.Connection.Renew(null, new HubGrants(new TopicGrants(["b"]), TopicGrants.Nothing)));

        var gap = await guest.ReadAsync("gap");
        Assert.Equal(("a", "forbidden", "ignore"), (gap.GetProperty("topic").GetString(), gap.GetProperty("reason").GetString(), gap.GetProperty("advice").GetString()));
        await guest.SendAsync("""{"type":"subscribe","topic":"a"}""");
        Assert.Equal(ClientFault.Forbidden, (await guest.ReadAsync("error")).GetProperty("code").GetString());
        Assert.Equal(["b"], guest.Connection.Topics);
    }

    [Fact]
    public async Task A_client_of_which_nothing_comes_and_to_which_nothing_goes_is_stale()
    {
        await using var house = new HubHouse(time: new ManualTime());
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { Heartbeat = new HeartbeatSettings { Interval = TimeSpan.Zero, Stale = TimeSpan.FromMinutes(15) } });

        for (var i = 2; i < 4; i++)
        {
            house.Time.Advance(TimeSpan.FromMinutes(14));
            await guest.SendAsync("""{"type":"ping"}""");
            await guest.ReadAsync("pong");
            // The sender notes when it wrote, and that may be after the guest has read it.
            var written = i;
            await Patience.UntilAsync(() => guest.Connection.Facts.Counts.MessagesOut >= written);
        }

        house.Time.Advance(TimeSpan.FromMinutes(15));

        Assert.Equal(4408, (await guest.LeaveAsync()).Code);
        var end = await guest.End;
        Assert.Equal(("stale", "no byte for 900 s; the limit is 900 s"), (end.Ending.Reason.Label, end.Ending.Detail));
    }
}
