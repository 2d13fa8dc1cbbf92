using System.Net;
using Bascule.Settings;
using Bascule.Testing;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway.Tests;

/// <summary>What a collector gets, and what happens when there is none.</summary>
[Collection(nameof(Tracers))]
public sealed class OtlpExportTests : IAsyncDisposable
{
    private readonly MetricsBench _bench = new();
    private readonly CapturedLog _log = new();
    private readonly ILoggerFactory _logs;
    private readonly AttemptTracing _tracing = new(new BuildVersion("1.2.3", "abc"));

    public OtlpExportTests() => _logs = LoggerFactory.Create(builder => builder.AddProvider(_log));

    public ValueTask DisposeAsync()
    {
        _bench.Dispose();
        _tracing.Dispose();
        _logs.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Metrics_arrive_with_their_labels_and_say_who_sent_them()
    {
        await using var collector = await Collector.StartAsync();
        await using (Open(collector.Url))
            _bench.Metrics.HandshakeEnded("experience", null);

        var export = collector.Got.Last(e => e.Path == "/v1/metrics");
        var resource = (await Node.DecodeAsync("MetricsRequest", export.Body)).All("resource_metrics").Single();
        var who = resource.All("resource").Single().Attributes;
        Assert.Equal(("bascule", "1.2.3"), (who["service.name"], who["service.version"]));
        var metrics = resource.All("scope_metrics").SelectMany(s => s.All("metrics")).ToLookup(m => m.Value("name"));
        var point = metrics["bascule.handshakes"].Single().All("sum").Single().All("data_points").Single();
        Assert.Equal(("1", "experience", "accepted"), (point.Value("as_int"), point.Attributes["route"], point.Attributes["outcome"]));
        Assert.Equal(["applied", "kept_old"], metrics["bascule.config.reload"].Single().All("sum").Single().All("data_points").Select(p => p.Attributes["result"]).Order(StringComparer.Ordinal));
        Assert.NotEmpty(metrics["dotnet.gc.collections"]);
        Assert.NotEmpty(metrics["process.cpu"]);
    }

    [Fact]
    public async Task The_collector_gets_protobuf_and_the_fields_that_it_asks_for()
    {
        await using var collector = await Collector.StartAsync();
        await using (Open(collector.Url + "/", "X-Key=abc=def", "X-Tenant = t1"))
        {
        }

        var export = collector.Got.Last();
        Assert.Equal("application/x-protobuf", export.ContentType);
        Assert.Equal(("abc=def", "t1"), (export.Headers["X-Key"], export.Headers["X-Tenant"]));
        Assert.DoesNotContain("traceparent", export.Headers.Keys);
    }

    [Fact]
    public async Task A_collector_that_is_away_is_told_once_and_found_again()
    {
        using var port = new RawBackend(listens: false);
        var address = port.Url;
        await using var export = Open(address);
        await _log.SeenAsync(e => e.Event == "CollectorLost" && e.Field("Signal") == "metrics");
        _bench.Metrics.HandshakeEnded("experience", null);
        port.Dispose();

        await using var collector = await Collector.StartAsync(address);
        await _log.SeenAsync(e => e.Event == "CollectorFound");

        Assert.Single(_log.All, e => e.Event == "CollectorLost");
        Assert.Equal($"{address}/v1/metrics", _log.All[0].Field("Collector"));
        Assert.NotEmpty(collector.Got);
    }

    [Fact]
    public async Task A_collector_that_refuses_is_told_with_its_status()
    {
        await using var collector = await Collector.StartAsync();
        collector.Status = HttpStatusCode.Unauthorized;
        await using (Open(collector.Url))
        {
        }

        var line = Assert.Single(_log.All, e => e.Event == "CollectorLost");
        Assert.Equal("it answered 401", line.Field("Cause"));
    }

    [Fact]
    public async Task A_collector_that_hangs_holds_no_stop()
    {
        using var silent = new RawBackend();

        await Open(silent.Url).DisposeAsync().AsTask().Soon();
    }

    private OtlpExport Open(string url, params string[] headers) => new(
        new TelemetrySettings { Otlp = url, OtlpHeaders = headers, Every = TimeSpan.FromSeconds(1) }, _bench.Metrics, _tracing, new BuildVersion("1.2.3", "abc"), _logs.CreateLogger<OtlpExport>());
}
