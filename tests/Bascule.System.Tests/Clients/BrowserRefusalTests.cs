using System.Text.Json.Nodes;
using Bascule.Admission;
using Bascule.Model;

namespace Bascule.System.Tests;

/// <summary>A browser hides the status of a refused upgrade behind 1006. Ours tells the page why, and the page can ask for the whole story.</summary>
[Collection(nameof(ClientTests))]
public sealed class BrowserRefusalTests(ClientStage stage, Browser browser)
{
    private const string ConnectAndAsk = """
        async ([url, explain]) => {
          const close = await new Promise((resolve) => { new WebSocket(url).onclose = resolve; });
          const answer = await fetch(explain);
          return JSON.stringify({ code: close.code, reason: close.reason, explanation: await answer.json() });
        }
        """;

    [Theory]
    [InlineData("/guarded?experience=wylding-woods", "token_missing")]
    [InlineData("/guarded?experience=atlantis&token=TOKEN", "query_unknown_value")]
    [InlineData("/nowhere", "route_not_found")]
    public async Task A_page_sees_code_and_reason_and_can_ask_why(string target, string label)
    {
        foreach (var origin in (string[])[stage.PlainOrigin, stage.TlsOrigin])
        {
            var attempt = AttemptId.New();
            var reason = EndReasons.All.Single(r => r.Label == label);

            var seen = await ConnectAsync(origin, origin, target.Replace("TOKEN", Token(), StringComparison.Ordinal), attempt);

            Assert.Equal((reason.Code, reason.CloseText(attempt)), ((int)seen["code"]!, (string?)seen["reason"]));
            Assert.Contains(reason.Text, (string?)seen["explanation"]!["verdict"]);
            Assert.Equal((label, reason.Advice), ((string?)seen["explanation"]!["label"], (string?)seen["explanation"]!["advice"]));
        }
    }

    [Fact]
    public async Task A_page_of_another_origin_is_told_so()
    {
        var attempt = AttemptId.New();

        var seen = await ConnectAsync(stage.PlainOrigin, stage.TlsOrigin, "/guarded?experience=wylding-woods&token=" + Token(), attempt);

        Assert.Equal((EndReasons.OriginDenied.Code, EndReasons.OriginDenied.CloseText(attempt)), ((int)seen["code"]!, (string?)seen["reason"]));
        Assert.Contains("listen.origins", (string?)seen["explanation"]!["advice"]);
    }

    [Fact]
    public async Task A_page_learns_that_an_attempt_never_arrived()
    {
        var page = await browser.OpenAsync($"{stage.PlainOrigin}/page.html");
        var verdict = await page.EvaluateAsync<string>("url => fetch(url).then(a => a.json()).then(e => e.verdict)", $"{stage.PlainOrigin}/_bascule/explain/{AttemptId.New()}");
        await page.CloseAsync();
        Assert.Contains("it failed on the way", verdict);
    }

    /// <param name="from">Where the page comes from.</param>
    /// <param name="origin">Where it connects to.</param>
    private async Task<JsonNode> ConnectAsync(string from, string origin, string target, AttemptId attempt)
    {
        var page = await browser.OpenAsync($"{from}/page.html");
        try
        {
            var url = $"ws{origin["http".Length..]}{target}{(target.Contains('?', StringComparison.Ordinal) ? '&' : '?')}bascule_attempt={attempt}";
            return JsonNode.Parse(await page.EvaluateAsync<string>(ConnectAndAsk, new[] { url, $"{origin}/_bascule/explain/{attempt}" }))!;
        }
        finally
        {
            await page.CloseAsync();
        }
    }

    private static string Token()
    {
        using var key = SigningKey.FromSecret(ClientStage.Secret);
        return TokenIssuer.Issue(new TokenRequest { Subject = "browser", Lifetime = TimeSpan.FromMinutes(5) }, key, TimeProvider.System);
    }
}
