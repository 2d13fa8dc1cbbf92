using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>The token of an open connection expires, unless it is renewed.</summary>
public sealed class TokenExpiryTests
{
    private const string Notice = """{"type":"notice","label":"token_lapsed","closesIn":30}""";

    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_connection_ends_when_its_token_expires()
    {
        await using var rig = await StartAsync(TimeSpan.FromSeconds(60));
        rig.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(Notice, await rig.Client.ReceiveTextAsync());
        rig.Time.Advance(TimeSpan.FromSeconds(29));
        await rig.ExchangeAsync();

        rig.Time.Advance(TimeSpan.FromSeconds(1));

        var text = rig.CloseText(EndReasons.TokenLapsed);
        Assert.Equal((4602, text), await rig.Client.AnswerCloseAsync());
        Assert.Equal((CloseCodes.GoingAway, text), await rig.Backend.AnswerCloseAsync());
        var outcome = await rig.Outcome.Soon();
        Assert.Equal($"expired at 2030-01-01T00:01:00Z; POST /api/connections/{rig.Attempt}/token with a new token renews it in time", outcome.Ending.Detail);
    }

    [Fact]
    public async Task A_renewed_token_lets_the_connection_live_and_is_warned_of_in_its_turn()
    {
        await using var rig = await StartAsync(TimeSpan.FromSeconds(60));
        rig.Time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(Notice, await rig.Client.ReceiveTextAsync());

        var until = rig.Time.GetUtcNow() + TimeSpan.FromSeconds(100);
        Assert.True(rig.Relay.RenewUntil(until));
        Assert.Equal(until, rig.Relay.ExpiresAt);
        rig.Time.Advance(TimeSpan.FromSeconds(69));
        await rig.ExchangeAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Notice, await rig.Client.ReceiveTextAsync());
        rig.Time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(4602, (await rig.Client.ReceiveCloseAsync()).Code);
        rig.Client.Dispose();
    }

    [Fact]
    public async Task A_token_that_has_expired_already_renews_nothing()
    {
        await using var rig = await StartAsync(TimeSpan.FromSeconds(60));
        var before = rig.Relay.ExpiresAt;

        Assert.False(rig.Relay.RenewUntil(rig.Time.GetUtcNow()));

        Assert.Equal(before, rig.Relay.ExpiresAt);
    }

    [Fact]
    public async Task A_connection_that_is_ending_is_not_renewed()
    {
        await using var rig = await StartAsync(TimeSpan.FromSeconds(60));

        rig.Relay.End(new Ending(EndReasons.Draining));

        Assert.False(rig.Relay.RenewUntil(null));
    }

    [Fact]
    public async Task A_token_without_an_end_never_expires()
    {
        await using var rig = await StartAsync(TimeSpan.FromSeconds(60));
        Assert.True(rig.Relay.RenewUntil(null));
        Assert.Null(rig.Relay.ExpiresAt);

        rig.Time.Advance(TimeSpan.FromHours(2));

        await rig.ExchangeAsync();
    }

    [Fact]
    public async Task A_client_that_does_not_know_notices_gets_none()
    {
        await using var rig = await StartAsync(TimeSpan.FromSeconds(60), speaksBascule: false);

        rig.Time.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal((4602, rig.CloseText(EndReasons.TokenLapsed)), await rig.Client.AnswerCloseAsync());
        await rig.Backend.AnswerCloseAsync();
    }

    private Task<RelayRig> StartAsync(TimeSpan life, bool speaksBascule = true) => RelayRig.StartAsync(
        RelayRig.Terms with
        {
            Heartbeat = new HeartbeatSettings { Interval = TimeSpan.Zero, Stale = TimeSpan.Zero },
            ExpiresAt = _time.GetUtcNow() + life,
            SpeaksBascule = speaksBascule,
        },
        time: _time);
}
