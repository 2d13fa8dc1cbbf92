using Bascule.Model;

namespace Bascule.Gateway.Tests;

/// <summary>A token may come in three places. Checked here, it goes nowhere else.</summary>
public sealed class TokenPlaceTests : GatewayTest
{
    [Theory]
    [InlineData(Listener.Sockets)]
    [InlineData(Listener.Kestrel)]
    public async Task From_the_header_it_becomes_an_identity(Listener listener)
    {
        await StartAsync();
        var token = Tokens.Good(Gateway.Clock);

        await IsTakenAsync(By(listener, new Ask("/guarded")).With($"Authorization: Bearer {token}"), token);
    }

    [Theory]
    [InlineData(Listener.Sockets)]
    [InlineData(Listener.Kestrel)]
    public async Task From_the_query_it_becomes_an_identity(Listener listener)
    {
        await StartAsync();
        var token = Tokens.Good(Gateway.Clock);

        var asked = await IsTakenAsync(By(listener, new Ask($"/guarded?a=1&token={token}&b=2")), token);

        Assert.Equal("/guarded?a=1&b=2", asked.Target);
    }

    [Fact]
    public async Task From_the_subprotocol_it_becomes_an_identity_and_the_back_end_chooses_among_the_others()
    {
        await StartAsync();
        var token = Tokens.Good(Gateway.Clock);

        var (asked, answer) = await PassAsync(new Ask("/guarded").With($"Sec-WebSocket-Protocol: chat, bearer.{token}, game"), "game");

        Assert.Equal(("chat, game", "game"), (asked.Field("Sec-WebSocket-Protocol"), answer.Field("Sec-WebSocket-Protocol")));
        Assert.Equal("alice", asked.Field("X-Bascule-User"));
    }

    [Fact]
    public async Task Alone_in_the_subprotocol_it_goes_back_to_the_browser_that_waits_for_one()
    {
        await StartAsync();
        var token = Tokens.Good(Gateway.Clock);

        var (asked, answer) = await PassAsync(new Ask("/guarded").With($"Sec-WebSocket-Protocol: bearer.{token}"));

        Assert.Null(asked.Field("Sec-WebSocket-Protocol"));
        Assert.Equal($"bearer.{token}", answer.Field("Sec-WebSocket-Protocol"));
    }

    [Fact]
    public async Task A_second_copy_in_another_place_is_not_passed_on_either()
    {
        await StartAsync();
        var token = Tokens.Good(Gateway.Clock);

        await IsTakenAsync(new Ask($"/guarded?token={token}").With($"Authorization: Bearer {token}", $"Sec-WebSocket-Protocol: chat, bearer.{token}"), token);
    }

    [Fact]
    public async Task A_bad_token_is_refused_even_where_none_is_needed()
    {
        await StartAsync();

        Assert.Equal(401, (await Gateway.AnswerAsync(new Ask("/optional?token=x"))).Status);
    }

    [Fact]
    public async Task Without_one_an_optional_route_opens_without_an_identity()
    {
        await StartAsync();

        var (asked, answer) = await PassAsync(new Ask("/optional").With("X-Bascule-User: mallory"));

        Assert.Equal(101, answer.Status);
        Assert.Null(asked.Field("X-Bascule-User"));
    }

    [Fact]
    public async Task A_route_that_does_not_look_at_tokens_passes_them_on()
    {
        await StartAsync();

        var (asked, _) = await PassAsync(new Ask("/ws?token=theirs").With("Authorization: Basic dTpw"));

        Assert.Equal(("/ws?token=theirs", "Basic dTpw"), (asked.Target, asked.Field("Authorization")));
    }

    [Theory]
    [InlineData("/guarded?token={0}", "")]
    [InlineData("/guarded?access_token={0}&token={0}x", "")]
    [InlineData("/guarded", "Authorization: Bearer {0}x")]
    [InlineData("/guarded", "Sec-WebSocket-Protocol: bearer.{0}x")]
    [InlineData("/guarded", "Sec-WebSocket-Protocol: bearer.{0}, bearer.{0}")]
    [InlineData("/ws-test?token={0}", "Sec-WebSocket-Protocol: bearer.{0}")]
    public async Task Neither_the_log_nor_the_journal_ever_has_it(string target, string field)
    {
        using var closed = new RawBackend(listens: false);
        var gateway = await StartAsync(Configured.For(closed.Url));
        var token = Tokens.Good(gateway.Clock);
        var attempt = AttemptId.New().ToString();
        var ask = new Ask($"{string.Format(target, token)}{(target.Contains('?') ? '&' : '?')}bascule_attempt={attempt}");

        var client = await gateway.SendAsync(field.Length == 0 ? ask : ask.With(string.Format(field, token)));
        await client.ReadAnswerAsync();
        client.Reset();
        await gateway.Log.EndOfAsync(attempt);

        var signature = token[(token.LastIndexOf('.') + 1)..];
        Assert.DoesNotContain(signature, string.Join('\n', gateway.Log.All.Select(e => e.Text)), StringComparison.Ordinal);
        Assert.DoesNotContain(signature, await gateway.AdminAsync($"/api/attempts/{attempt}"), StringComparison.Ordinal);
        Assert.DoesNotContain(signature, (await gateway.GetAsync($"/_bascule/explain/{attempt}")).Body, StringComparison.Ordinal);
        Assert.DoesNotContain(signature, await gateway.AdminAsync("/metrics"), StringComparison.Ordinal);
    }

    private static Ask By(Listener listener, Ask ask) => listener == Listener.Kestrel ? ask.ForKestrel() : ask;

    private async Task<MessageHead> IsTakenAsync(Ask ask, string token)
    {
        var (asked, answer) = await PassAsync(ask);
        Assert.Equal(101, answer.Status);
        Assert.Equal("alice", asked.Field("X-Bascule-User"));
        Assert.DoesNotContain(token, asked.ToString(), StringComparison.Ordinal);
        return asked;
    }
}
