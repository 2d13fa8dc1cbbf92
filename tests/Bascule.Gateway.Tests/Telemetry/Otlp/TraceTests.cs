using System.Diagnostics;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>The traces of attempts, as a collector gets them.</summary>
[Collection(nameof(Tracers))]
public sealed class TraceTests : GatewayTest, IAsyncLifetime
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string CallersSpan = "00f067aa0ba902b7";

    private Collector _collector = null!;

    public async ValueTask InitializeAsync() => _collector = await Collector.StartAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _collector.DisposeAsync();
    }

    [Fact]
    public async Task A_handshake_is_one_span_with_a_child_for_each_stage()
    {
        await StartAsync(Tracing(1));
        var (asked, _) = await PassAsync(new Ask("/ws?token=geheim").With($"traceparent: 00-{Trace}-{CallersSpan}-01", "tracestate: vendor=1", "User-Agent: test/1"));
        var spans = await StopAndReadAsync();

        var handshake = spans.Single(s => s.Value("name") == "GET /ws");
        Assert.Equal(("SERVER", Trace, CallersSpan), (handshake.Value("kind"), handshake.Hex("trace_id"), handshake.Hex("parent_span_id")));
        var told = handshake.Attributes;
        Assert.Equal(("GET", "/ws", "101", "http", "/ws", "test/1"),
            (told["http.request.method"], told["http.route"], told["http.response.status_code"], told["url.scheme"], told["url.path"], told["user_agent.original"]));
        Assert.Equal(("open", Backend.Name), (told["bascule.route"], told["bascule.node"]));
        var stages = spans.Where(s => s.Hex("parent_span_id") == handshake.Hex("span_id") && s.Value("name") != "websocket connection").ToList();
        Assert.Equal(["admission", "connect", "handshake", "listen", "routing", "slot"], stages.Select(s => s.Value("name")).Order(StringComparer.Ordinal));
        Assert.All(spans, s => Assert.Equal(Trace, s.Hex("trace_id")));
        Assert.All(spans, s => Assert.True(s.Time("end_time_unix_nano") >= s.Time("start_time_unix_nano")));
        // The back end's span becomes a child of ours.
        Assert.Equal($"00-{Trace}-{handshake.Hex("span_id")}-01", asked.Field("traceparent"));
        Assert.Equal("vendor=1", asked.Field("tracestate"));
    }

    [Fact]
    public async Task The_life_of_a_connection_is_a_second_span_of_the_same_trace()
    {
        await StartAsync(Tracing(1));
        var (client, backend) = await Gateway.JoinAsync(Backend);
        Gateway.Time.Advance(TimeSpan.FromSeconds(5));
        await backend.SendCloseAsync(1011, "broken", masked: false);
        await client.ReadCloseAsync();
        await client.SendCloseAsync(1011, "broken", masked: true);
        client.Finish();
        backend.Finish();
        await Gateway.NothingIsLeftAsync();
        var spans = await StopAndReadAsync();

        var handshake = spans.Single(s => s.Value("name") == "GET /ws");
        var life = spans.Single(s => s.Value("name") == "websocket connection");
        Assert.Equal((handshake.Hex("trace_id"), handshake.Hex("span_id")), (life.Hex("trace_id"), life.Hex("parent_span_id")));
        Assert.Null(handshake.Hex("parent_span_id"));
        Assert.Equal(("backend_closed", "1011"), (life.Attributes["bascule.reason"], life.Attributes["bascule.close_code"]));
        // No span is shorter than a tick.
        Assert.Equal(handshake.Time("end_time_unix_nano"), life.Time("start_time_unix_nano").AddTicks(1));
        Assert.Equal(TimeSpan.FromSeconds(5), life.Time("end_time_unix_nano") - life.Time("start_time_unix_nano"));
    }

    [Fact]
    public async Task A_refusal_says_its_reason_and_is_an_error_only_when_a_server_is_at_fault()
    {
        await StartAsync(Tracing(1));
        await Gateway.AnswerAsync(new Ask("/guarded"));
        Backend.Dispose();
        // It is written down before it is answered.
        await Gateway.AnswerAsync(new Ask("/ws"));
        var spans = await StopAndReadAsync();

        var unwelcome = spans.Single(s => s.Value("name") == "GET /guarded");
        Assert.Equal(("token_missing", "401"), (unwelcome.Attributes["bascule.reason"], unwelcome.Attributes["http.response.status_code"]));
        Assert.Empty(unwelcome.All("status"));
        var broken = spans.Single(s => s.Value("name") == "GET /ws");
        Assert.Equal(("backend_unreachable", "502"), (broken.Attributes["error.type"], broken.Attributes["http.response.status_code"]));
        Assert.Equal("ERROR", broken.All("status").Single().Value("code"));
        Assert.DoesNotContain(spans, s => s.Value("name") == "websocket connection");
    }

    [Theory]
    [InlineData(1, "00", false)]
    [InlineData(0, "01", true)]
    [InlineData(0, null, false)]
    public async Task Who_traces_already_decides_and_the_ratio_for_the_rest(double ratio, string? flags, bool sent)
    {
        await StartAsync(Tracing(ratio));
        var ask = new Ask("/ws");
        var (asked, _) = await PassAsync(flags is null ? ask : ask.With($"traceparent: 00-{Trace}-{CallersSpan}-{flags}"));
        var spans = await StopAndReadAsync();

        Assert.Equal(sent, spans.Count > 0);
        Assert.EndsWith(sent ? "-01" : "-00", asked.Field("traceparent"), StringComparison.Ordinal);
        if (flags is not null)
            Assert.StartsWith($"00-{Trace}-", asked.Field("traceparent"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_gateway_in_the_process_sends_its_own_spans_only()
    {
        await using var other = await Collector.StartAsync();
        await StartAsync(Tracing(1));
        var theirs = await TestGateway.StartAsync(Settings with { Telemetry = new TelemetrySettings { Otlp = other.Url, TraceRatio = 1 } });
        await theirs.AnswerAsync(new Ask("/nowhere"));
        await theirs.DisposeAsync();

        Assert.NotEmpty(await other.SpansAsync());
        Assert.Empty(await StopAndReadAsync());
    }

    [Fact]
    public void Nothing_is_made_when_nobody_listens()
    {
        var attempt = AttemptSamples.Begin(new ManualTime());
        using var tracing = new AttemptTracing(new BuildVersion("0", "0"));
        using var listener = new ActivityListener { ShouldListenTo = source => false };
        ActivitySource.AddActivityListener(listener);
        var ledger = new AttemptLedger(Microsoft.Extensions.Logging.Abstractions.NullLogger<AttemptLedger>.Instance, null!, tracing: null, new EventFeed());
        var passage = new Passage(attempt, null!, null, null!);

        var before = GC.GetAllocatedBytesForCurrentThread();
        ledger.Begun(passage);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Null(passage.Span);
    }

    private BasculeSettings Tracing(double ratio) => Settings with { Telemetry = new TelemetrySettings { Otlp = _collector.Url, TraceRatio = ratio } };

    /// <summary>Ending the gateway sends what is left.</summary>
    private async Task<IReadOnlyList<Node>> StopAndReadAsync()
    {
        await Gateway.DisposeAsync();
        return await _collector.SpansAsync();
    }
}
