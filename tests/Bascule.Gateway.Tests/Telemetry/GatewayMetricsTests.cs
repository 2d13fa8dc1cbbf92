using Bascule.Model;
using Bascule.Relay;

namespace Bascule.Gateway.Tests;

/// <summary>What an operator's dashboard sees.</summary>
public sealed class GatewayMetricsTests : IDisposable
{
    private readonly MetricsBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Handshakes_are_counted_by_route_outcome_and_reason()
    {
        _bench.Metrics.HandshakeEnded("experience", null);
        _bench.Metrics.HandshakeEnded("experience", null);
        _bench.Metrics.HandshakeEnded(null, EndReasons.RouteNotFound);
        _bench.Metrics.HandshakeEnded("experience", EndReasons.BackendSilent);

        Assert.Equal(
        [
            "bascule_handshakes_total{outcome=\"accepted\",reason=\"none\",route=\"experience\"} 2",
            "bascule_handshakes_total{outcome=\"failed\",reason=\"backend_silent\",route=\"experience\"} 1",
            "bascule_handshakes_total{outcome=\"refused\",reason=\"route_not_found\",route=\"none\"} 1",
        ], (await _bench.SamplesAsync("bascule_handshakes_total")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Connections_go_up_and_down_and_leave_their_duration_and_reason()
    {
        _bench.Metrics.ConnectionOpened("experience", HttpKind.Http11);
        _bench.Metrics.ConnectionOpened("experience", HttpKind.Http2);
        Assert.Contains("bascule_connections{protocol=\"h1\",route=\"experience\"} 1", await _bench.SamplesAsync("bascule_connections{"));

        _bench.Metrics.ConnectionEnded("experience", HttpKind.Http11, EndReasons.ClientLost, TimeSpan.FromMinutes(2));

        Assert.Equal(["bascule_connections{protocol=\"h1\",route=\"experience\"} 0", "bascule_connections{protocol=\"h2\",route=\"experience\"} 1"],
            (await _bench.SamplesAsync("bascule_connections{")).Order(StringComparer.Ordinal));
        Assert.Equal(["bascule_closes_total{by=\"client\",reason=\"client_lost\"} 1"], await _bench.SamplesAsync("bascule_closes_total"));
        var duration = await _bench.SamplesAsync("bascule_connection_duration_seconds");
        Assert.Contains("bascule_connection_duration_seconds_bucket{route=\"experience\",le=\"60\"} 0", duration);
        Assert.Contains("bascule_connection_duration_seconds_bucket{route=\"experience\",le=\"300\"} 1", duration);
        Assert.Contains("bascule_connection_duration_seconds_bucket{route=\"experience\",le=\"86400\"} 1", duration);
        Assert.Contains("bascule_connection_duration_seconds_sum{route=\"experience\"} 120", duration);
    }

    [Fact]
    public async Task Traffic_is_added_in_both_directions_by_type()
    {
        var delta = new TrafficCounts(new DirectionCounts { Texts = 3, Binaries = 2, Closes = 1, Bytes = 1000 }, new DirectionCounts { Pings = 4, Pongs = 5 });
        _bench.Metrics.AddTraffic(delta);
        _bench.Metrics.AddTraffic(delta);

        Assert.Equal(
        [
            "bascule_messages_total{direction=\"backend_to_client\",type=\"ping\"} 8",
            "bascule_messages_total{direction=\"backend_to_client\",type=\"pong\"} 10",
            "bascule_messages_total{direction=\"client_to_backend\",type=\"binary\"} 4",
            "bascule_messages_total{direction=\"client_to_backend\",type=\"close\"} 2",
            "bascule_messages_total{direction=\"client_to_backend\",type=\"text\"} 6",
        ], (await _bench.SamplesAsync("bascule_messages_total")).Order(StringComparer.Ordinal));
        Assert.Equal(["bascule_message_bytes_total{direction=\"client_to_backend\"} 2000"], await _bench.SamplesAsync("bascule_message_bytes_total"));
    }

    [Fact]
    public void Reporting_traffic_allocates_nothing()
    {
        var delta = new TrafficCounts(new DirectionCounts { Texts = 3, Binaries = 2, Pings = 1, Pongs = 1, Closes = 1, Bytes = 1000 }, new DirectionCounts { Texts = 1, Binaries = 1, Pings = 4, Pongs = 5, Closes = 1, Bytes = 9 });
        for (var i = 0; i < 100; i++)
            _bench.Metrics.AddTraffic(delta);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            _bench.Metrics.AddTraffic(delta);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task Slots_queues_and_drain_are_read_when_somebody_looks()
    {
        _bench.Slots.Add(new SlotReading("kb", "http://10.0.0.1:8001", 12, 6000));
        _bench.Queues.Add(new QueueReading("kb", 3));
        _bench.Drains.Add(new DrainReading(DrainKind.Gateway, 7));
        _bench.Drains.Add(new DrainReading(DrainKind.Node, 2));
        _bench.Drains.Add(new DrainReading(DrainKind.Node, 3));

        Assert.Equal(["bascule_slots_in_use{node=\"http://10.0.0.1:8001\",pool=\"kb\"} 12"], await _bench.SamplesAsync("bascule_slots_in_use"));
        Assert.Equal(["bascule_slots_limit{node=\"http://10.0.0.1:8001\",pool=\"kb\"} 6000"], await _bench.SamplesAsync("bascule_slots_limit"));
        Assert.Equal(["bascule_queue_depth{pool=\"kb\"} 3"], await _bench.SamplesAsync("bascule_queue_depth"));
        Assert.Equal(
        [
            "bascule_drain_remaining{kind=\"gateway\"} 7", "bascule_drain_remaining{kind=\"node\"} 5",
            "bascule_drain_remaining{kind=\"pool\"} 0", "bascule_drain_remaining{kind=\"route\"} 0",
        ], (await _bench.SamplesAsync("bascule_drain_remaining")).Order(StringComparer.Ordinal));
        Assert.Equal(["bascule_build_info{commit=\"abc123\",version=\"0.1.0\"} 1"], await _bench.SamplesAsync("bascule_build_info"));
    }

    [Fact]
    public async Task A_node_that_was_removed_is_no_longer_shown()
    {
        _bench.Slots.Add(new SlotReading("kb", "old", 12, 6000));
        _bench.Slots.Add(new SlotReading("kb", "kept", 1, 6000));
        Assert.Equal(2, (await _bench.SamplesAsync("bascule_slots_in_use")).Length);

        _bench.Slots.RemoveAt(0);

        Assert.Equal(["bascule_slots_in_use{node=\"kept\",pool=\"kb\"} 1"], await _bench.SamplesAsync("bascule_slots_in_use"));
    }

    [Fact]
    public async Task Stages_pings_waits_and_requests_have_their_names()
    {
        _bench.Metrics.StageTook(Stage.Admission, TimeSpan.FromMicroseconds(80));
        _bench.Metrics.PingAnswered(PingedSide.Backend, TimeSpan.FromMilliseconds(3));
        _bench.Metrics.QueueWaited("kb", TimeSpan.FromSeconds(4));
        _bench.Metrics.HttpRequestEnded("experience", 404, EndReasons.RouteNotFound);
        _bench.Metrics.HttpRequestEnded(null, 999, null);

        var text = await _bench.ScrapeAsync();
        foreach (var line in new[]
        {
            "bascule_handshake_duration_seconds_bucket{stage=\"admission\",le=\"0.0001\"} 1",
            "bascule_handshake_duration_seconds_bucket{stage=\"admission\",le=\"30\"} 1",
            "bascule_ping_rtt_seconds_bucket{side=\"backend\",le=\"0.0025\"} 0",
            "bascule_ping_rtt_seconds_bucket{side=\"backend\",le=\"0.005\"} 1",
            "bascule_queue_wait_seconds_sum{pool=\"kb\"} 4",
            "bascule_http_requests_total{reason=\"route_not_found\",route=\"experience\",status_class=\"4xx\"} 1",
            "bascule_http_requests_total{reason=\"none\",route=\"none\",status_class=\"other\"} 1",
        })
            Assert.Contains(line + "\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_build_says_its_version()
    {
        var build = BuildVersion.Of(typeof(GatewayMetrics).Assembly);

        Assert.Matches(@"^\d+\.\d+\.\d+$", build.Version);
        Assert.NotEmpty(build.Commit);
    }
}
