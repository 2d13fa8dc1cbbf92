using System.Diagnostics.Metrics;
using Bascule.Backends;
using Bascule.Relay;
using Bascule.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Every room of the gateway, wired by hand: what depends on what is to be read here.</summary>
public sealed class GatewayRooms : IAsyncDisposable
{
    public required BasculeSettings Settings { get; init; }

    public required GatewayState State { get; init; }

    public required AttemptJournal Journal { get; init; }

    public required PoolTable Pools { get; init; }

    public required HeartbeatSweep Sweep { get; init; }

    /// <summary>Ordinary requests under way.</summary>
    public required OpenRequests Requests { get; init; }

    public required HealthReport Health { get; init; }

    public required PrometheusExporter Metrics { get; init; }

    public required GracefulStop Stop { get; init; }

    public required PublicEntry Entry { get; init; }

    /// <summary>Takes clients of any listener.</summary>
    public required ConnectionPath Path { get; init; }

    internal ClientWatch Watch { get; private init; } = null!;

    public required LiveConfiguration Configuration { get; init; }

    private HttpForwarder? Forwarder { get; init; }

    public static GatewayRooms Build(BasculeSettings settings, IServiceProvider services, ILoggerFactory logs, TimeProvider time)
    {
        var state = new GatewayState();
        var build = BuildVersion.Of(typeof(GatewayRooms).Assembly);
        var journal = new AttemptJournal(settings.Journal, time);
        var pools = new PoolTable(settings.Pools, time);
        GracefulStop? stop = null;
        var metrics = new GatewayMetrics(services.GetRequiredService<IMeterFactory>(), Readings(pools, () => stop?.Remaining ?? 0), build);
        var sweep = new HeartbeatSweep(settings.Heartbeat, (up, down) => metrics.AddTraffic(new TrafficCounts(up, down)), time);
        var requests = new OpenRequests(state);
        stop = new GracefulStop(settings.Stop, state, sweep, requests, journal, time);

        var configuration = new LiveConfiguration(settings, pools, logs, time);
        var dialer = new BackendDialer(new DialLimits(settings.Deadlines.Connect, settings.Deadlines.Upgrade), time);
        var desk = new AttemptDesk(journal, configuration, time);
        var admission = new AdmissionStage();
        var routing = new RoutingStage();
        var closing = new ClosingStage(journal, metrics, logs.CreateLogger<ClosingStage>(), time);
        var path = new ConnectionPath(
            new HandshakeStage(desk, state, time),
            admission,
            routing,
            new ConnectStage(pools, dialer, metrics, state),
            new RelayStage(sweep, new Probe(build), metrics, logs.CreateLogger<RelayStage>(), time),
            closing);
        var forwarder = new HttpForwarder(new ForwardLimits { Connect = settings.Deadlines.Connect }, time);
        var health = new HealthReport(pools, state, build, time);
        var http = new HttpPath(
            desk, admission, routing, new HttpStage(pools, forwarder, metrics), new HttpClosing(journal, metrics, logs.CreateLogger<HttpClosing>()), requests);
        var endpoints = new PublicEndpoints(configuration, health, journal, build, new LookupLimit(settings.Journal, time));
        return new GatewayRooms
        {
            Settings = settings,
            State = state,
            Journal = journal,
            Pools = pools,
            Sweep = sweep,
            Health = health,
            Metrics = new PrometheusExporter(metrics),
            Stop = stop,
            Watch = new ClientWatch(GatewayHost.KeepAlive, time),
            Entry = new PublicEntry(path, endpoints, http),
            Path = path,
            Configuration = configuration,
            Forwarder = forwarder,
            Requests = requests,
        };
    }

    public async ValueTask DisposeAsync()
    {
        Watch.Dispose();
        await Sweep.DisposeAsync();
        Metrics.Dispose();
        Forwarder?.Dispose();
        await Configuration.DisposeAsync();
        Pools.Dispose();
        State.Dispose();
    }

    private static GatewayReadings Readings(PoolTable pools, Func<long> drainRemaining) => new(
        () => pools.All.SelectMany(p => p.Nodes.Select(n => new SlotReading(p.Name, n.Name, n.SlotsInUse, n.SlotLimit))),
        () => pools.All.Select(p => new QueueReading(p.Name, p.Waiting)),
        drainRemaining);
}
