using Bascule.Backends;
using System.Diagnostics.Metrics;
using Bascule.Model;
using Bascule.Relay;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway.Tests;

/// <summary>What Prometheus gets when it scrapes.</summary>
public sealed class PrometheusExporterTests : IDisposable
{
    private readonly MetricsBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Promtool_finds_nothing_wrong()
    {
        UseEverything();

        var (code, said) = await Promtool.RunAsync(["check", "metrics"], await _bench.ScrapeAsync());

        // 3: it can be read, but names break a convention. The runtime has three names of its own in "_count"; ours have no excuse.
        Assert.True(code is 0 or 3, $"promtool ended with {code}: {said}");
        Assert.All(said.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches("^dotnet_[a-z_]+_count non-histogram", line));
    }

    [Fact]
    public async Task Promtool_would_find_something_wrong()
    {
        var (code, _) = await Promtool.RunAsync(["check", "metrics"], "this is no metric\n");

        Assert.Equal(1, code);
    }

    [Fact]
    public async Task Every_name_of_the_contract_is_there_with_its_type()
    {
        UseEverything();

        var types = (await _bench.ScrapeAsync()).Split('\n').Where(l => l.StartsWith("# TYPE bascule_", StringComparison.Ordinal)).Select(l => l["# TYPE ".Length..]);

        Assert.Equal(
        [
            "bascule_audit_dropped_total counter", "bascule_breaker_state gauge", "bascule_build_info gauge", "bascule_closes_total counter",
            "bascule_cluster_state gauge", "bascule_config_reload_total counter", "bascule_connection_duration_seconds histogram", "bascule_connection_limit_refusals_total counter", "bascule_connections gauge",
            "bascule_connections_by_generation gauge", "bascule_drain_remaining gauge", "bascule_handshake_duration_seconds histogram", "bascule_handshakes_total counter", "bascule_http_requests_total counter",
            "bascule_message_bytes_total counter", "bascule_messages_total counter", "bascule_node_state gauge", "bascule_ping_rtt_seconds histogram", "bascule_queue_depth gauge",
            "bascule_queue_wait_seconds histogram", "bascule_ready_connections gauge", "bascule_ready_connections_wanted_total counter", "bascule_revocations_total counter",
            "bascule_session_creations_total counter", "bascule_session_endings_total counter", "bascule_session_start_duration_seconds histogram", "bascule_sessions gauge",
            "bascule_slots_in_use gauge", "bascule_slots_limit gauge", "bascule_throttled_seconds_total counter", "bascule_tickets_total counter",
        ], types);
    }

    [Fact]
    public async Task Label_values_cannot_break_out_of_their_quotes()
    {
        _bench.Queues.Add(new QueueReading("a\"b\\c\nd", 1));

        Assert.Equal(["bascule_queue_depth{pool=\"a\\\"b\\\\c\\nd\"} 1"], await _bench.SamplesAsync("bascule_queue_depth"));
    }

    [Fact]
    public async Task Buckets_are_cumulative_and_end_in_the_count()
    {
        foreach (var seconds in new[] { 0.0005, 0.05, 0.05, 1000 })
            _bench.Metrics.QueueWaited("kb", TimeSpan.FromSeconds(seconds));

        Assert.Equal(
        [
            "{pool=\"kb\",le=\"0.001\"} 1", "{pool=\"kb\",le=\"0.01\"} 1", "{pool=\"kb\",le=\"0.1\"} 3", "{pool=\"kb\",le=\"0.5\"} 3", "{pool=\"kb\",le=\"1\"} 3",
            "{pool=\"kb\",le=\"2.5\"} 3", "{pool=\"kb\",le=\"5\"} 3", "{pool=\"kb\",le=\"10\"} 3", "{pool=\"kb\",le=\"30\"} 3", "{pool=\"kb\",le=\"60\"} 3",
            "{pool=\"kb\",le=\"300\"} 3", "{pool=\"kb\",le=\"+Inf\"} 4",
        ], (await _bench.SamplesAsync("bascule_queue_wait_seconds_bucket")).Select(l => l["bascule_queue_wait_seconds_bucket".Length..]));
        Assert.Equal(["bascule_queue_wait_seconds_count{pool=\"kb\"} 4"], await _bench.SamplesAsync("bascule_queue_wait_seconds_count"));
    }

    [Fact]
    public async Task Numbers_that_are_none_are_written_as_prometheus_reads_them()
    {
        var meter = _bench.Meters.Create(GatewayMetrics.MeterName);
        (string Name, double Value)[] odd = [("nan", double.NaN), ("up", double.PositiveInfinity), ("down", double.NegativeInfinity), ("small", 1e-7)];
        foreach (var (name, value) in odd)
            meter.CreateObservableGauge($"odd.{name}", () => value);

        Assert.Equal(["odd_down -Inf", "odd_nan NaN", "odd_small 1E-07", "odd_up +Inf"], await _bench.SamplesAsync("odd_"));
    }

    [Fact]
    public async Task Two_instruments_of_one_exported_name_give_one_family_without_doubles()
    {
        var meter = _bench.Meters.Create(GatewayMetrics.MeterName);
        meter.CreateCounter<long>("twin.a", description: "One.").Add(1);
        meter.CreateCounter<long>("twin_a", description: "Two.").Add(2);
        meter.CreateObservableGauge("twin.a_total", () => 3);

        var text = await _bench.ScrapeAsync();

        Assert.Single(text.Split('\n'), l => l.StartsWith("# TYPE twin_a_total", StringComparison.Ordinal));
        Assert.Single(text.Split('\n'), l => l.StartsWith("twin_a_total", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_gateway_in_the_process_is_not_counted_here()
    {
        using var other = new MetricsBench();
        other.Metrics.HandshakeEnded("theirs", null);
        _bench.Metrics.HandshakeEnded("ours", null);

        Assert.Contains("ours", Assert.Single(await _bench.SamplesAsync("bascule_handshakes_total")), StringComparison.Ordinal);
        Assert.Contains("theirs", Assert.Single(await other.SamplesAsync("bascule_handshakes_total")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_scrapes_at_once_each_get_a_whole_answer()
    {
        UseEverything();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(_bench.ScrapeAsync)));

        Assert.All(answers, a => Assert.Contains("bascule_slots_limit{", a, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_scrape_that_was_given_up_does_not_block_the_next()
    {
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _bench.Exporter.ScrapeAsync(gone.Token));
        Assert.NotEmpty(await _bench.ScrapeAsync());
    }

    [Fact]
    public async Task A_reading_that_fails_costs_its_own_metric_only()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var readings = new GatewayReadings(() => throw new InvalidOperationException("no pool"), () => [], () => []);
        var metrics = new GatewayMetrics(services.GetRequiredService<IMeterFactory>(), readings, new BuildVersion("0.1.0", "abc"));
        using var exporter = new PrometheusExporter(metrics);

        var text = await exporter.ScrapeAsync(TestContext.Current.CancellationToken);

        Assert.Contains("bascule_build_info", text, StringComparison.Ordinal);
        Assert.DoesNotContain("bascule_slots", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kestrel_and_the_runtime_are_exported_too()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        var metrics = new GatewayMetrics(app.Services.GetRequiredService<IMeterFactory>(), new GatewayReadings(() => [], () => [], () => []), new BuildVersion("0.1.0", "abc"));
        using var exporter = new PrometheusExporter(metrics);
        app.MapGet("/metrics", async (CancellationToken gone) => Results.Text(await exporter.ScrapeAsync(gone), PrometheusExporter.ContentType));
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient();

        var answer = await client.GetAsync(new Uri(app.Urls.Single() + "/metrics"), TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Contains("\nkestrel_active_connections{", text, StringComparison.Ordinal);
        Assert.Contains("\ndotnet_gc_heap_total_allocated_bytes_total ", text, StringComparison.Ordinal);
        Assert.Equal("0.0.4", answer.Content.Headers.ContentType?.Parameters.First(p => p.Name == "version").Value);
    }

    private void UseEverything()
    {
        _bench.Slots.Add(new SlotReading("kb", "http://10.0.0.1:8001", 12, 6000));
        _bench.Queues.Add(new QueueReading("kb", 3));
        _bench.Nodes.Add(new NodeReading("kb", "http://10.0.0.1:8001", NodeCondition.Ejected));
        _bench.Ready.Add(new ReadyReading("kb", 4, 1, 2));
        _bench.Metrics.HandshakeEnded("experience", EndReasons.QueueFull);
        foreach (var stage in Enum.GetValues<Stage>())
            _bench.Metrics.StageTook(stage, TimeSpan.FromMilliseconds(1));
        _bench.Metrics.ConnectionOpened("experience", HttpKind.Http11);
        _bench.Metrics.ConnectionEnded("experience", HttpKind.Http11, EndReasons.Idle, TimeSpan.FromHours(1));
        _bench.Metrics.AddTraffic(new TrafficCounts(new DirectionCounts { Texts = 1, Binaries = 1, Pings = 1, Pongs = 1, Closes = 1, Bytes = 1 }, new DirectionCounts { Texts = 1, Binaries = 1, Pings = 1, Pongs = 1, Closes = 1, Bytes = 1 }));
        _bench.Metrics.PingAnswered(PingedSide.Client, TimeSpan.FromMilliseconds(20));
        _bench.Metrics.QueueWaited("kb", TimeSpan.FromMilliseconds(20));
        _bench.Metrics.HttpRequestEnded("experience", 200, null);
        var created = SessionBench.Record(TimeProvider.System);
        _bench.Metrics.Sessions.Running(created with { StartedAt = created.CreatedAt });
    }
}
