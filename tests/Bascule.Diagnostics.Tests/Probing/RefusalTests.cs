namespace Bascule.Diagnostics.Tests;

/// <summary>For each way in which an upgrade is refused, the first verdict names the cause.</summary>
public sealed class RefusalTests
{
    private const string EnvoyPage = "200 OK\r\nserver: envoy\r\nx-envoy-upstream-service-time: 2";

    [Theory]
    // The answer to every upgrade, to a plain GET, then host, rule and words of the verdict.
    [InlineData("403 Forbidden\r\nserver: envoy", EnvoyPage, "abc123.us-east-1.awsapprunner.com", "PROBE-403-ENVOY", "AWS App Runner", "403 to every upgrade")]
    [InlineData("403 Forbidden\r\nserver: envoy", EnvoyPage, "ws.example.com", "PROBE-403-ENVOY", "upgrade_configs", "Envoy")]
    [InlineData("403 Forbidden\r\nserver: envoy", "503 Service Unavailable\r\nserver: envoy", "ws.example.com", "PROBE-403-ENVOY", "no ready endpoint", "Envoy")]
    [InlineData("403 Forbidden\r\nserver: envoy\r\nx-envoy-upstream-service-time: 2", EnvoyPage, "ws.example.com", "PROBE-403-DIFF", "application behind Envoy", "403")]
    [InlineData("403 Forbidden\r\nserver: uvicorn", "404 Not Found\r\nserver: uvicorn", "ws.example.com", "PROBE-403-DIFF", "ASGI", "route")]
    [InlineData("403 Forbidden\r\nserver: Google Frontend", "403 Forbidden\r\nserver: Google Frontend", "app-x.a.run.app", "PROBE-403-DIFF", "invoker", "Google")]
    [InlineData("403 Forbidden\r\nserver: cloudflare\r\ncf-ray: 1", "403 Forbidden\r\nserver: cloudflare\r\ncf-ray: 1", "ws.example.com", "PROBE-403-DIFF", "Cloudflare", "every request")]
    [InlineData("403 Forbidden", "200 OK", "ws.example.com", "PROBE-403-DIFF", "whatever the Origin", "200")]
    [InlineData("464 No\r\nserver: awselb/2.0", "464 No\r\nserver: awselb/2.0", "ws.example.com", "PROBE-464", "AWS load balancer", "464")]
    [InlineData("426 Upgrade Required\r\nserver: nginx/1.22.1", "426 Upgrade Required\r\nserver: nginx/1.22.1", "ws.example.com", "PROBE-426", "nginx answers 426 to the upgrade as to a plain GET, and as to an unknown path", "does not say what it misses")]
    [InlineData("426 Upgrade Required\r\nSec-WebSocket-Version: 8", "200 OK", "ws.example.com", "PROBE-426", "version 8", "13")]
    [InlineData("400 Bad Request\r\nserver: nginx/1.22.1", "400 Bad Request\r\nserver: nginx/1.22.1", "ws.example.com", "PROBE-400", "nginx answers 400 to the upgrade as to a plain GET", "does not say what it misses")]
    [InlineData("400 Bad Request\r\nserver: nginx/1.22.1\r\nUpgrade: websocket", "400 Bad Request\r\nserver: nginx/1.22.1\r\nUpgrade: websocket", "ws.example.com", "PROBE-400", "nginx does not pass Upgrade and Connection on", "arrives as a plain GET")]
    [InlineData("426 Upgrade Required\r\nUpgrade: websocket", "426 Upgrade Required\r\nUpgrade: websocket", "ws.example.com", "PROBE-426", "a proxy on the way does not pass", "arrives as a plain GET")]
    [InlineData("400 Bad Request", "200 OK", "ws.example.com", "PROBE-400", "malformed", "200")]
    [InlineData("401 Unauthorized\r\nWWW-Authenticate: Bearer", "401 Unauthorized", "ws.example.com", "PROBE-401", "authentication", "401")]
    [InlineData("404 Not Found", "404 Not Found", "ws.example.com", "PROBE-404", "/ws", "404")]
    [InlineData("404 Not Found", "200 OK", "ws.example.com", "PROBE-404", "plain GET", "404")]
    [InlineData("404 Not Found\r\nServer: SimpleHTTP/0.6 Python/3.11.2", "404 Not Found", "ws.example.com", "PROBE-SERVER-SIMPLEHTTP", "file server", "SimpleHTTP")]
    [InlineData("405 Method Not Allowed", "405 Method Not Allowed", "ws.example.com", "PROBE-405", "GET", "allow")]
    [InlineData("407 Proxy Authentication Required", "407 Proxy Authentication Required", "ws.example.com", "PROBE-VIA-PROXY", "proxy", "407")]
    [InlineData("429 Too Many Requests\r\nvia: 1.1 google", "200 OK\r\nvia: 1.1 google", "ws.example.com", "PROBE-429", "Google", "429")]
    [InlineData("429 Too Many Requests\r\nserver: cloudflare", "200 OK", "ws.example.com", "PROBE-429", "Cloudflare", "rate")]
    [InlineData("500 Oops", "200 OK", "ws.example.com", "PROBE-5XX", "500", "200")]
    [InlineData("502 Bad Gateway\r\nvia: 1.1 google", "200 OK\r\nvia: 1.1 google", "ws.example.com", "PROBE-5XX", "Google", "HTTP/2")]
    [InlineData("502 Bad Gateway\r\nserver: nginx", "502 Bad Gateway\r\nserver: nginx", "ws.example.com", "PROBE-5XX", "nginx", "back end")]
    [InlineData("503 Service Unavailable\r\nserver: nginx", "200 OK\r\nserver: nginx", "ws.example.com", "PROBE-5XX", "nginx", "503")]
    [InlineData("504 Gateway Timeout\r\nserver: awselb/2.0", "504 Gateway Timeout\r\nserver: awselb/2.0", "ws.example.com", "PROBE-5XX", "AWS Application Load Balancer", "504")]
    [InlineData("521 Down\r\nserver: cloudflare", "521 Down\r\nserver: cloudflare", "ws.example.com", "PROBE-5XX", "Cloudflare", "521")]
    [InlineData("301 Moved\r\nLocation: https://ws.example.com/ws", "301 Moved\r\nLocation: https://ws.example.com/ws", "ws.example.com", "PROBE-REDIRECT", "over TLS", "browser")]
    [InlineData("302 Found\r\nLocation: /login?next=/ws", "302 Found\r\nLocation: /login", "ws.example.com", "PROBE-REDIRECT", "login", "302")]
    [InlineData("302 Found\r\nLocation: https://login.example.com/?next=x", "302 Found\r\nLocation: /x", "ws.example.com", "PROBE-REDIRECT", "to a login page at login.example.com", "302")]
    [InlineData("302 Found\r\nLocation: https://id.example.com/start?redirect_uri=x", "302 Found\r\nLocation: /x", "ws.example.com", "PROBE-REDIRECT", "to a login page at id.example.com", "302")]
    [InlineData("307 T\r\nLocation: /ws?token=SEKRET", "307 T\r\nLocation: /x", "ws.example.com", "PROBE-REDIRECT", "to the same path with another query", "307")]
    [InlineData("204 No Content", "204 No Content", "ws.example.com", "PROBE-200-NOT-UPGRADED", "204 and an empty body", "server")]
    [InlineData("302 Found\r\nLocation: mailto:somebody", "200 OK", "ws.example.com", "PROBE-REDIRECT", "cannot be read", "302")]
    [InlineData("200 OK\r\nServer: Caddy", "200 OK\r\nServer: Caddy", "ws.example.com", "PROBE-200-NOT-UPGRADED", "Caddy", "no site")]
    [InlineData("200 OK\r\nContent-Type: text/html", "200 OK\r\nContent-Type: text/html", "ws.example.com", "PROBE-200-NOT-UPGRADED", "any unknown path", "page")]
    [InlineData("200 OK\r\nContent-Type: text/event-stream", "200 OK", "ws.example.com", "PROBE-200-NOT-UPGRADED", "server-sent events", "not a WebSocket")]
    [InlineData("200 OK\r\nX-Cache: HIT", "200 OK", "ws.example.com", "PROBE-200-NOT-UPGRADED", "cache", "answers")]
    [InlineData("200 OK\r\nServer: Netlify\r\nx-nf-request-id: 1", "200 OK", "app.netlify.app", "PROBE-PLATFORM", "Netlify", "cannot carry")]
    [InlineData("403 Forbidden", "200 OK", "x.lambda-url.eu-west-1.on.aws", "PROBE-PLATFORM", "Lambda", "403")]
    [InlineData("418 Teapot", "200 OK", "ws.example.com", "PROBE-NOT-UPGRADED", "418", "server")]
    public async Task The_cause_of_a_refusal_is_named(string upgrade, string plain, string host, string ruleId, string word, string otherWord)
    {
        await using var server = SmallServer.Start(asked => asked.AnswerAsync(asked.IsUpgrade ? upgrade : plain));

        var report = await server.ProbeAsync(host);

        report.AssertFirst(ruleId, word, otherWord);
        Assert.False(report.IsGood);
        Assert.True(report.Facts.IsReachable);
    }

    [Theory]
    [InlineData("""{"error":"query parameter room is required"}""", "query parameter room is required", "Candidates: a parameter or header that is missing")]
    [InlineData("<title>DisallowedHost at /ws</title>", "It does not know the host ws.example.com", "ALLOWED_HOSTS")]
    [InlineData("Can \"Upgrade\" only to \"WebSocket\".", "arrives as a plain GET", "never saw that a WebSocket was wanted")]
    public async Task The_same_400_to_everything_proves_no_proxy_unless_it_speaks_of_the_upgrade(string body, string word, string why)
    {
        await using var server = SmallServer.Start(asked => asked.AnswerAsync("400 Bad Request", body));

        Assert.Contains(why, (await server.ProbeAsync("ws.example.com")).AssertFirst("PROBE-400", word).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deny_of_HAProxy_itself_is_not_looked_for_in_the_application()
    {
        await using var server = SmallServer.Start(asked => asked.IsUpgrade ? asked.AnswerAsync("403 Forbidden", "<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>\n") : asked.AnswerAsync("200 OK"));

        Assert.Contains("http-request deny", (await server.ProbeAsync()).AssertFirst("PROBE-403-DIFF", "HAProxy itself denies").Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_only_recalled_is_a_warning()
    {
        await using var server = SmallServer.Start(asked => asked.AnswerAsync("403 Forbidden\r\nserver: Google Frontend"));

        Assert.Equal(Severity.Warning, (await server.ProbeAsync("app-x.a.run.app")).AssertFirst("PROBE-403-DIFF").Severity);
    }

    [Theory]
    [InlineData("https://evil.example", Severity.Error)]
    [InlineData(null, Severity.Warning)]
    public async Task An_Origin_check_is_told_from_other_refusals(string? origin, Severity severity)
    {
        await using var server = SmallServer.Start(asked => !asked.IsUpgrade ? asked.AnswerAsync("200 OK") : asked.Origin is null ? asked.EchoAsync() : asked.AnswerAsync("403 Forbidden"));

        var report = await server.ProbeAsync(target: t => t with { Origin = origin });

        Assert.Equal(severity, report.AssertFirst("PROBE-403-DIFF", "Origin", origin ?? "http://127.0.0.1").Severity);
        Assert.True(report.Facts.Echoes, "The steps behind it are taken without Origin.");
    }

    [Fact]
    public async Task A_token_that_belongs_into_the_query_is_found_and_never_shown()
    {
        const string token = "very-secret-token";
        await using var server = SmallServer.Start(asked => asked.Head.Query.Contains($"token={token}", StringComparison.Ordinal) ? asked.EchoAsync() : asked.AnswerAsync("401 Unauthorized", $"{token} is not for you"));

        var report = await server.ProbeAsync(target: t => t with { Token = token });

        report.AssertFirst("PROBE-401", "query");
        Assert.DoesNotContain(token, string.Join('\n', report.Steps.Select(s => s.Evidence + s.Verdict)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_is_wrong_by_its_last_slash_is_named()
    {
        await using var server = SmallServer.Start(asked => asked.Head.Path == "/ws/" && asked.IsUpgrade ? asked.EchoAsync() : asked.AnswerAsync("404 Not Found"));

        (await server.ProbeAsync()).AssertFirst("PROBE-404", "last slash", "/ws/ is a WebSocket");
    }

    [Fact]
    public async Task Bascule_itself_says_why()
    {
        await using var server = SmallServer.Start(asked => asked.AnswerAsync(
            "401 Unauthorized\r\nX-Bascule-Attempt: 0123456789abcdef0123456789abcdef\r\nContent-Type: application/problem+json", """{"label":"token_missing","status":401}"""));

        var verdict = (await server.ProbeAsync()).AssertFirst("PROBE-BASCULE", "token_missing");

        Assert.Contains("bascule explain 0123456789abcdef0123456789abcdef", verdict.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Bascule_whose_page_was_replaced_is_still_recognized()
    {
        await using var server = SmallServer.Start(asked => asked.AnswerAsync("503 Busy\r\nX-Bascule-Attempt: 0123456789abcdef0123456789abcdef", "[not json"));

        (await server.ProbeAsync()).AssertFirst("PROBE-BASCULE", "503");
    }
}
