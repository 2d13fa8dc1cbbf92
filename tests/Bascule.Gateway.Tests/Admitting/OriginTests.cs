namespace Bascule.Gateway.Tests;

/// <summary>Which pages may connect.</summary>
public sealed class OriginTests : GatewayTest
{
    [Fact]
    public async Task Without_a_word_of_the_operator_only_the_gateways_own_page_and_programs_may_connect()
    {
        await StartAsync();

        Assert.Equal(101, (await PassAsync(new Ask("/ws").From(Ask.OwnPage))).Answer.Status);
        Assert.Equal(101, (await PassAsync(new Ask("/ws"))).Answer.Status);
        foreach (var stranger in new[] { "https://evil.test", "null", "https://gateway.test", "http://gateway.test:81", "http://gateway.test.evil.test" })
            Assert.Equal((stranger, 403), (stranger, (await Gateway.AnswerAsync(new Ask("/ws").From(stranger))).Status));
        Assert.Equal(403, (await Gateway.AnswerAsync(new Ask("/ws").From(Ask.OwnPage).With("Origin: https://evil.test"))).Status);
    }

    [Fact]
    public async Task A_route_has_rules_of_its_own()
    {
        var game = Configured.Route("game", "/game") with { Origins = ["https://*.play.test"] };
        await StartAsync(Settings.WithRoutes(Configured.Route("open", "/ws"), game));

        Assert.Equal(101, (await PassAsync(new Ask("/game").From("https://eu.play.test"))).Answer.Status);
        Assert.Equal(403, (await Gateway.AnswerAsync(new Ask("/game").From(Ask.OwnPage))).Status);
        Assert.Equal(403, (await Gateway.AnswerAsync(new Ask("/ws").From("https://eu.play.test"))).Status);
    }

    [Fact]
    public async Task The_probe_is_there_to_be_tried_from_anywhere()
    {
        await StartAsync();

        Assert.Equal(101, (await Gateway.AnswerAsync(new Ask("/ws-test").From("https://elsewhere.test"))).Status);
    }

    [Fact]
    public async Task A_denied_page_is_told_what_was_seen_and_what_is_allowed()
    {
        await StartAsync(Settings with { Listen = Settings.Listen with { Origins = ["https://app.test"] } });

        var refused = await Gateway.AnswerAsync(new Ask("/ws").From("https://evil.test"));

        Assert.Contains("https://evil.test", refused.Body, StringComparison.Ordinal);
        Assert.Contains("https://app.test", refused.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ordinary_requests_are_the_back_ends_to_judge()
    {
        await using var backend = await EchoBackend.StartAsync();
        await StartAsync(Configured.For(backend.Url));

        var (answer, _) = await Gateway.GetAsync("/ws", "Origin: https://elsewhere.test");

        Assert.Equal((200, "https://elsewhere.test"), ((int)answer.StatusCode, backend.Last.Field("Origin")));
    }
}
