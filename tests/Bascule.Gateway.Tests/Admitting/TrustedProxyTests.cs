using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>Clients behind a proxy that the gateway trusts.</summary>
public sealed class TrustedProxyTests : GatewayTest
{
    private BasculeSettings Trusting => Settings with { Listen = Settings.Listen with { TrustedProxies = ["127.0.0.1"] } };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_trusted_proxy_says_of_the_client_reaches_the_back_end(bool byKestrel)
    {
        await StartAsync(Trusting);
        var ask = Behind("203.0.113.7", "https", "play.test");

        var (asked, _) = await PassAsync(byKestrel ? ask.ForKestrel() : ask);

        Assert.Equal(("203.0.113.7", "https", "play.test"), (asked.Field("X-Forwarded-For"), asked.Field("X-Forwarded-Proto"), asked.Field("X-Forwarded-Host")));
        Assert.Equal("for=203.0.113.7;host=\"play.test\";proto=https", asked.Field("Forwarded"));
    }

    [Fact]
    public async Task Each_client_behind_the_proxy_has_its_own_limit()
    {
        await StartAsync(Trusting with { Limits = new LimitSettings { ConnectionsPerAddress = 1 } });
        await Gateway.JoinAsync(Backend, Behind("203.0.113.7", "https", "play.test"));
        await Gateway.JoinAsync(Backend, Behind("203.0.113.8", "https", "play.test"));

        var refused = await Gateway.AnswerAsync(Behind("203.0.113.7", "https", "play.test"));

        Assert.Equal(429, refused.Status);
        Assert.Contains("1 connections from 203.0.113.7", refused.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_anybody_else_says_does_not_change_whose_limit_counts()
    {
        await StartAsync(Settings with { Limits = new LimitSettings { ConnectionsPerAddress = 1 } });
        await Gateway.JoinAsync(Backend, Behind("203.0.113.7", "https", "play.test"));

        var refused = await Gateway.AnswerAsync(Behind("203.0.113.8", "https", "play.test"));

        Assert.Equal(429, refused.Status);
        Assert.Contains("from 127.0.0.1", refused.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_of_the_public_address_is_the_gateways_own()
    {
        await StartAsync(Trusting);

        var (_, answer) = await PassAsync(Behind("203.0.113.7", "https", "play.test").From("https://play.test"));

        Assert.Equal(101, answer.Status);
    }

    [Fact]
    public async Task A_page_that_is_the_gateways_own_but_for_a_proxy_nobody_trusts_is_told_what_to_set()
    {
        await StartAsync();

        var refused = await Gateway.AnswerAsync(new Ask("/ws").From("https://gateway.test"));

        Assert.Equal(403, refused.Status);
        Assert.Contains("listen.trustedProxies", refused.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("2001:db8::7", "2001:db8::7")]
    public async Task Operators_find_a_connection_by_the_address_that_the_proxy_told(string told, string asked)
    {
        await StartAsync(Trusting);
        await Gateway.JoinAsync(Backend, Behind(told, "https", "play.test"));

        Assert.Contains("\"matching\":1", (await Gateway.AdminAsync($"/api/connections?address={asked}")).Replace(" ", ""), StringComparison.Ordinal);
        Assert.Contains("\"matching\":0", (await Gateway.AdminAsync("/api/connections?address=127.0.0.1")).Replace(" ", ""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explanations_are_counted_for_each_client_behind_the_proxy()
    {
        await StartAsync(Trusting with { Journal = Settings.Journal with { LookupsPerMinute = 1 } });
        var path = $"/_bascule/explain/{AttemptId.New()}";

        Assert.Equal(404, (int)(await Gateway.GetAsync(path, "X-Forwarded-For: 203.0.113.7")).Answer.StatusCode);
        Assert.Equal(429, (int)(await Gateway.GetAsync(path, "X-Forwarded-For: 203.0.113.7")).Answer.StatusCode);
        Assert.Equal(404, (int)(await Gateway.GetAsync(path, "X-Forwarded-For: 203.0.113.8")).Answer.StatusCode);
    }

    private static Ask Behind(string address, string scheme, string host) =>
        new Ask("/ws").With($"X-Forwarded-For: {address}", $"X-Forwarded-Proto: {scheme}", $"X-Forwarded-Host: {host}");
}
