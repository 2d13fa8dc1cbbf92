using Bascule.Model;

namespace Bascule.Gateway.Tests;

/// <summary>Asking why: <c>/_bascule/explain/{attempt}</c>.</summary>
public sealed class ExplainEndpointTests : GatewayTest
{
    [Fact]
    public async Task Any_page_may_read_it_and_no_cache_keeps_it()
    {
        await StartAsync();

        var (answer, _) = await Gateway.GetAsync($"/_bascule/explain/{AttemptId.New()}");

        Assert.Equal((404, "*", "no-store"),
            ((int)answer.StatusCode, answer.Headers.GetValues("Access-Control-Allow-Origin").Single(), answer.Headers.CacheControl!.ToString()));
    }

    [Fact]
    public async Task One_that_never_arrived_is_said_to_have_failed_on_the_way()
    {
        await StartAsync();

        var document = await Gateway.ExplainAsync(AttemptId.New().ToString());

        Assert.Equal(AttemptOutcome.NeverArrived, document.Outcome);
        Assert.Contains("failed on the way", document.Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_are_for_who_prefers_them()
    {
        await StartAsync();
        var attempt = (await Gateway.AnswerAsync(new Ask("/guarded"))).Field("X-Bascule-Attempt");

        var (answer, body) = await Gateway.GetAsync($"/_bascule/explain/{attempt}", "Accept: text/plain");

        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains(EndReasons.TokenMissing.Text, body.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_id_is_told_so()
    {
        await StartAsync();

        var (answer, body) = await Gateway.GetAsync("/_bascule/explain/42");

        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("32 hexadecimal digits", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_asks_too_often_is_told_when_to_come_back()
    {
        await StartAsync(Settings with { Journal = Settings.Journal with { LookupsPerMinute = 2 } });
        var path = $"/_bascule/explain/{AttemptId.New()}";
        await Gateway.GetAsync(path);
        await Gateway.GetAsync(path);

        Gateway.Time.Advance(TimeSpan.FromSeconds(18));
        var (answer, _) = await Gateway.GetAsync(path);
        Assert.Equal((429, "42", "*"),
            ((int)answer.StatusCode, answer.Headers.GetValues("Retry-After").Single(), answer.Headers.GetValues("Access-Control-Allow-Origin").Single()));

        Gateway.Time.Advance(TimeSpan.FromSeconds(42));
        Assert.Equal(404, (int)(await Gateway.GetAsync(path)).Answer.StatusCode);
    }

    [Fact]
    public async Task The_public_sees_no_address_of_a_node_and_the_operator_does()
    {
        await StartAsync();
        var attempt = AttemptId.New().ToString();
        await Gateway.JoinAsync(Backend, new Ask($"/ws?bascule_attempt={attempt}"));

        var (_, forAll) = await Gateway.GetAsync($"/_bascule/explain/{attempt}");

        Assert.DoesNotContain(Backend.Name, forAll, StringComparison.Ordinal);
        Assert.Contains(Backend.Name, await Gateway.AdminAsync($"/api/attempts/{attempt}"), StringComparison.Ordinal);
    }
}
