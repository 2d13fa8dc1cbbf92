using System.Text.Json;
using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>Ordinary HTTP through the same entry.</summary>
public sealed class HttpForwardingTests : IAsyncDisposable
{
    private EchoBackend? _backend;
    private TestGateway? _gateway;

    private TestGateway Gateway => _gateway!;

    private EchoBackend Backend => _backend!;

    [Fact]
    public async Task A_request_passes_with_the_words_of_the_gateway_added()
    {
        await StartAsync();

        var answer = await Gateway.AnswerAsync(Ask.Plain("/ws/things?a=%20b&bascule_attempt=7").With("X-Yours: 2", "X-Forwarded-For: 10.9.9.9", "X-Bascule-User: root", "X_Bascule_User: root"));

        Assert.Equal((200, "/ws/things?a=%20b"), (answer.Status, Backend.Last.Target));
        Assert.Equal(("2", "127.0.0.1", "1.1 bascule", "gateway.test"),
            (Backend.Last.Field("X-Yours"), Backend.Last.Field("X-Forwarded-For"), Backend.Last.Field("Via"), Backend.Last.Field("Host")));
        Assert.DoesNotContain("root", string.Join(';', Backend.Last.Headers.Values), StringComparison.Ordinal);
        Assert.NotNull(Backend.Last.Field("traceparent"));
        Assert.Equal(1, await Gateway.MetricAsync("bascule_http_requests_total", "reason=\"none\"", "status_class=\"2xx\"", "route=\"open\""));
    }

    [Fact]
    public async Task A_token_is_checked_and_stays_at_the_gateway()
    {
        await StartAsync();
        var token = Tokens.Good(Gateway.Clock);

        var answer = await Gateway.AnswerAsync(Ask.Plain($"/guarded/things?token={token}").With($"Authorization: Bearer {token}"));

        Assert.Equal((200, "/guarded/things", "alice", null), (answer.Status, Backend.Last.Target, Backend.Last.Field("X-Bascule-User"), Backend.Last.Field("Authorization")));
    }

    [Theory]
    [InlineData("/guarded/things", 401, "token_missing")]
    [InlineData("/nowhere", 404, "route_not_found")]
    [InlineData("/sockets", 426, "upgrade_required")]
    [InlineData("/ws-test", 426, "upgrade_required")]
    public async Task A_refusal_is_a_problem_document_that_can_be_explained(string path, int status, string label)
    {
        await StartAsync();

        var answer = await Gateway.AnswerAsync(Ask.Plain(path).AsBrowser());

        Assert.Equal((status, "application/problem+json"), (answer.Status, answer.Field("Content-Type")));
        Assert.Equal(label, JsonDocument.Parse(answer.Body).RootElement.GetProperty("label").GetString());
        Assert.Equal(label, (await Gateway.ExplainAsync(answer.Field("X-Bascule-Attempt")!)).Label);
        Assert.Empty(Backend.Seen);
    }

    [Fact]
    public async Task An_upgrade_required_says_to_what()
    {
        await StartAsync();

        var answer = await Gateway.AnswerAsync(Ask.Plain("/sockets"));

        Assert.Equal(("websocket", "13"), (answer.Field("Upgrade"), answer.Field("Sec-WebSocket-Version")));
    }

    [Fact]
    public async Task A_back_end_that_is_not_there_is_a_502_with_a_reason()
    {
        using var closed = new RawBackend(listens: false);
        _gateway = await TestGateway.StartAsync(Configured.For(closed.Url));

        var answer = await Gateway.AnswerAsync(Ask.Plain("/ws"));

        Assert.Equal((502, EndReasons.BackendUnreachable.Label), (answer.Status, JsonDocument.Parse(answer.Body).RootElement.GetProperty("label").GetString()));
    }

    [Fact]
    public async Task A_HEAD_request_that_is_refused_gets_no_body()
    {
        await StartAsync();
        var client = await Gateway.SendAsync(Ask.Plain("/nowhere") with { Method = "HEAD" });

        Assert.Equal(404, (await client.ReadHeadAsync()).Status);
        await client.SendAsync((Ask.Plain("/health") with { Method = "HEAD" }).ToString());
        Assert.Equal(200, (await client.ReadHeadAsync()).Status);
    }

    [Fact]
    public async Task An_event_passes_while_the_next_is_not_there_yet()
    {
        await StartAsync();
        var client = await Gateway.SendAsync(Ask.Plain("/ws/events"));

        var head = await client.ReadHeadAsync();
        await client.PeekAsync("data: first\n\n");
        Backend.SendNextEvent();
        await client.PeekAsync("data: second\n\n");

        Assert.Equal(("text/event-stream", "no", "no-cache, no-transform"), (head.Field("Content-Type"), head.Field("X-Accel-Buffering"), head.Field("Cache-Control")));
    }

    [Fact]
    public async Task A_client_that_leaves_an_event_stream_is_no_failure()
    {
        await StartAsync();
        var client = await Gateway.SendAsync(Ask.Plain("/ws/events"));
        await client.PeekAsync("data: first\n\n");

        client.Reset();

        await Eventually.HoldsAsync(() => Backend.Left == 1);
        Assert.DoesNotContain(Gateway.Log.All, e => e.Event is "AttemptRefused" or "GatewayFault");
    }

    [Fact]
    public async Task A_prefix_is_cut_off()
    {
        await StartAsync();

        await Gateway.AnswerAsync(Ask.Plain("/api/things?q=1"));

        Assert.Equal("/things?q=1", Backend.Last.Target);
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync().AsTask().Soon();
        if (_backend is not null)
            await _backend.DisposeAsync();
    }

    private async Task StartAsync()
    {
        _backend = await EchoBackend.StartAsync();
        _gateway = await TestGateway.StartAsync(Configured.For(_backend.Url).WithRoutes(
            Configured.Route("open", "/ws/*"),
            Configured.Route("guarded", "/guarded/*") with { Auth = AuthPolicy.Required },
            Configured.Route("sockets", "/sockets") with { Http = false },
            Configured.Route("api", "/api/*") with { StripPrefix = "/api" }));
    }
}
