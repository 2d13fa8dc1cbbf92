using System.Text.Json;
using Bascule.Admission;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>Tokens of open connections: renewed in time, expired, revoked.</summary>
public sealed class RenewalTests : GatewayTest
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>Nobody pings, so that only the token can end a connection.</summary>
    private BasculeSettings Quiet => Settings with { Heartbeat = Settings.Heartbeat with { Interval = TimeSpan.Zero } };

    [Fact]
    public async Task A_client_of_ours_is_warned_and_goes_on_when_it_renews()
    {
        await StartAsync(Quiet);
        var (client, backend, attempt) = await JoinAsync("bascule.v1");

        Gateway.Time.Advance(Minute);
        var notice = (await client.ReadFrameAsync()).Text;
        Assert.Equal("""{"type":"notice","label":"token_lapsed","closesIn":30}""", notice);
        var (answer, body) = await RenewAsync(attempt, "alice");
        Gateway.Time.Advance(Minute);

        Assert.Equal(200, (int)answer.StatusCode);
        // An hour from the renewal, and the tolerance of clocks.
        Assert.Equal(Gateway.Clock.GetUtcNow() - Minute + TimeSpan.FromHours(1) + TimeSpan.FromSeconds(30), JsonDocument.Parse(body).RootElement.GetProperty("expiresAt").GetDateTimeOffset());
        await client.SendTextAsync("still here", masked: true);
        Assert.Equal("still here", (await backend.ReadFrameAsync()).Text);
    }

    [Fact]
    public async Task Without_a_new_token_it_ends_with_4602()
    {
        await StartAsync(Quiet);
        var (client, _, _) = await JoinAsync();

        Gateway.Time.Advance(TimeSpan.FromSeconds(90));

        var close = await client.ReadCloseAsync();
        Assert.Equal((4602, "token_lapsed"), (close.CloseCode, close.CloseReason.Split(';')[0]));
    }

    [Fact]
    public async Task Nobody_else_can_renew_it()
    {
        await StartAsync(Quiet);
        var (client, _, attempt) = await JoinAsync();

        Assert.Equal(404, (int)(await RenewAsync(attempt, "bob")).Answer.StatusCode);
        Assert.Equal(404, (int)(await RenewAsync(attempt, "alice", issuer: "somebody-else.test")).Answer.StatusCode);
        Assert.Equal(404, (int)(await RenewAsync("0123456789abcdef0123456789abcdef", "alice")).Answer.StatusCode);
        Assert.Equal(401, (int)(await RenewAsync(attempt, "alice", secret: "another secret of thirty-two bytes")).Answer.StatusCode);
        Gateway.Time.Advance(TimeSpan.FromSeconds(90));

        Assert.Equal(4602, (await client.ReadCloseAsync()).CloseCode);
    }

    [Fact]
    public async Task Where_a_token_counts_at_the_door_only_the_connection_outlives_it()
    {
        await StartAsync(Quiet with { Auth = Quiet.Auth with { OnExpiry = TokenExpiry.Keep } });
        var (client, backend, _) = await JoinAsync();

        Gateway.Time.Advance(TimeSpan.FromMinutes(5));
        await client.SendTextAsync("still here", masked: true);

        Assert.Equal("still here", (await backend.ReadFrameAsync()).Text);
    }

    [Fact]
    public async Task A_revoked_user_is_sent_away_and_kept_out_until_a_new_token()
    {
        await StartAsync(Quiet);
        var (alice, _, _) = await JoinAsync();
        var old = Tokens.With(Gateway.Clock, new TokenRequest { Subject = "alice" });
        var (bob, backend) = await Gateway.JoinAsync(Backend, new Ask("/guarded").WithToken(Tokens.With(Gateway.Clock, new TokenRequest { Subject = "bob" })));

        await Gateway.OrderAsync("/api/tokens:revoke?subject=alice&why=left");

        Assert.Equal(4603, (await alice.ReadCloseAsync()).CloseCode);
        Assert.Contains("revoked_token", (await Gateway.AnswerAsync(new Ask("/guarded").WithToken(old))).Body, StringComparison.Ordinal);
        Assert.Equal(401, (int)(await Gateway.SendAsync(HttpMethod.Post, Gateway.Url, "/api/tickets", $"Authorization: Bearer {old}")).Answer.StatusCode);
        await bob.SendTextAsync("still here", masked: true);
        Assert.Equal("still here", (await backend.ReadFrameAsync()).Text);
        Gateway.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(101, (await PassAsync(new Ask("/guarded").WithToken(Tokens.With(Gateway.Clock, new TokenRequest { Subject = "alice" })))).Answer.Status);
    }

    [Fact]
    public async Task A_token_that_is_revoked_while_its_attempt_waits_opens_nothing_that_lasts()
    {
        await StartAsync(Quiet);
        var client = await Gateway.SendAsync(new Ask("/guarded").WithToken(Tokens.Good(Gateway.Clock)));
        var backend = Gateway.Keep(await Backend.AcceptAsync());
        var request = await backend.ReadHeadAsync();

        await Gateway.OrderAsync("/api/tokens:revoke?subject=alice");
        await backend.SendAsync(RawBackend.Agreement(request));

        Assert.Equal(101, (await client.ReadAnswerAsync()).Status);
        Assert.Equal(4603, (await client.ReadCloseAsync()).CloseCode);
    }

    /// <summary>Alice, with a token of a minute.</summary>
    private async Task<(Wire Client, Wire Backend, string Attempt)> JoinAsync(string? subprotocol = null)
    {
        var attempt = Model.AttemptId.New().ToString();
        var ask = new Ask($"/guarded?bascule_attempt={attempt}").WithToken(Tokens.With(Gateway.Clock, new TokenRequest { Subject = "alice", Lifetime = Minute }));
        var (client, backend) = await Gateway.JoinAsync(Backend, subprotocol is null ? ask : ask.With($"Sec-WebSocket-Protocol: {subprotocol}"), subprotocol);
        return (client, backend, attempt);
    }

    private Task<(HttpResponseMessage Answer, string Body)> RenewAsync(string attempt, string subject, string? issuer = null, string secret = Tokens.Secret) =>
        Gateway.SendAsync(HttpMethod.Post, Gateway.Url, $"/api/connections/{attempt}/token",
            $"Authorization: Bearer {Tokens.With(Gateway.Clock, new TokenRequest { Subject = subject, Issuer = issuer }, secret)}");
}
