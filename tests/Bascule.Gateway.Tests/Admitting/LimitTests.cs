using Bascule.Admission;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>How many connections there may be, and how fast they may come.</summary>
public sealed class LimitTests : GatewayTest
{
    private static readonly RateSettings OneAMinute = new() { Rate = "1/m" };

    [Theory]
    [InlineData("user", "of this user (connectionsPerUser of limits)")]
    [InlineData("address", "from 127.0.0.1 (connectionsPerAddress of limits)")]
    [InlineData("route", "of this route (connections of limits of route guarded)")]
    [InlineData("tier", "of all users of the tier (connections of tiers.gold)")]
    [InlineData("gateway", "of this gateway (connections of limits)")]
    public async Task A_limit_is_told_with_its_count_and_its_place_is_free_again_after_the_end(string what, string words)
    {
        await StartAsync(Limited(what));
        var ask = new Ask("/guarded").WithToken(Tokens.Good(Gateway.Clock));
        var (client, backend) = await Gateway.JoinAsync(Backend, ask);

        var second = await Gateway.SendAsync(ask);
        var refused = await second.ReadAnswerAsync();
        second.Finish();

        Assert.Equal((429, "10"), (refused.Status, refused.Field("Retry-After")));
        Assert.Contains($"1 connections {words} are open; 1 are allowed.", refused.Body, StringComparison.Ordinal);
        client.Reset();
        backend.Dispose();
        await Gateway.NothingIsLeftAsync();
        Assert.Equal(101, (await PassAsync(ask)).Answer.Status);
    }

    [Theory]
    [InlineData("user")]
    [InlineData("route")]
    [InlineData("tier")]
    public async Task It_does_not_count_for_others(string what)
    {
        await StartAsync(Limited(what));
        await Gateway.JoinAsync(Backend, new Ask("/guarded").WithToken(Tokens.Good(Gateway.Clock)));
        var other = new Ask(what == "route" ? "/optional" : "/guarded").WithToken(Tokens.With(Gateway.Clock, new TokenRequest { Subject = "bob" }));

        Assert.Equal(101, (await PassAsync(other)).Answer.Status);
    }

    [Fact]
    public async Task An_attempt_that_fails_holds_no_place()
    {
        await StartAsync(Limited("user"));
        var ask = new Ask("/guarded").WithToken(Tokens.Good(Gateway.Clock));
        var refused = await Gateway.SendAsync(ask);
        using (await Backend.AnswerAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
            Assert.Equal(502, (await refused.ReadAnswerAsync()).Status);

        Assert.Equal(101, (await PassAsync(ask)).Answer.Status);
    }

    [Fact]
    public async Task Attempts_of_one_user_have_a_rate_and_the_others_do_not_feel_it()
    {
        await StartAsync(Settings with { Limits = new LimitSettings { UpgradeRatePerUser = OneAMinute } });
        var alice = new Ask("/guarded").WithToken(Tokens.Good(Gateway.Clock));
        await Gateway.JoinAsync(Backend, alice);

        var refused = await Gateway.AnswerAsync(alice);

        Assert.Equal(429, refused.Status);
        Assert.Contains("upgradeRatePerUser of limits", refused.Body, StringComparison.Ordinal);
        Assert.Equal(101, (await PassAsync(new Ask("/guarded").WithToken(Tokens.With(Gateway.Clock, new TokenRequest { Subject = "bob" })))).Answer.Status);
        Gateway.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(101, (await PassAsync(alice)).Answer.Status);
    }

    [Fact]
    public async Task Requests_and_attempts_are_counted_apart()
    {
        await StartAsync(Settings with { Limits = new LimitSettings { RequestRatePerAddress = OneAMinute, UpgradeRatePerAddress = OneAMinute } });
        await Gateway.JoinAsync(Backend);

        Assert.Equal(404, (await Gateway.AnswerAsync(Ask.Plain("/nowhere"))).Status);
        Assert.Equal(429, (await Gateway.AnswerAsync(Ask.Plain("/nowhere"))).Status);
        Assert.Equal(429, (await Gateway.AnswerAsync(new Ask("/ws"))).Status);
        Assert.Equal(200, (int)(await Gateway.GetAsync("/health")).Answer.StatusCode);
    }

    private BasculeSettings Limited(string what)
    {
        var one = new LimitSettings { Connections = 1 };
        return what switch
        {
            "user" => Settings with { Limits = new LimitSettings { ConnectionsPerUser = 1 } },
            "address" => Settings with { Limits = new LimitSettings { ConnectionsPerAddress = 1 } },
            "route" => Settings with { Routes = [.. Settings.Routes.Select(r => r.Name == "guarded" ? r with { Limits = one } : r)] },
            "tier" => Settings with { Tiers = new Dictionary<string, LimitSettings>(StringComparer.Ordinal) { ["gold"] = one } },
            _ => Settings with { Limits = one },
        };
    }
}
