using System.Diagnostics.Metrics;
using Bascule.Admission;
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

    public required AuditLog Audit { get; init; }

    public required GracefulStop Stop { get; init; }

    public required PublicEntry Entry { get; init; }

    /// <summary>Takes clients of any listener.</summary>
    public required ConnectionPath Path { get; init; }

    internal ClientWatch Watch { get; private init; } = null!;

    private TokenCheck? Tokens { get; init; }

    private AttemptTracing? Tracing { get; init; }

    private OtlpExport? Export { get; init; }

    private HttpClient? KeysClient { get; init; }

    private HttpForwarder? Forwarder { get; init; }

    public static GatewayRooms Build(BasculeSettings settings, IServiceProvider services, ILoggerFactory logs, TimeProvider time)
    {
        var state = new GatewayState();
        var build = BuildVersion.Of(typeof(GatewayRooms).Assembly);
        var journal = new AttemptJournal(settings.Journal, time);
        var pools = new PoolTable(settings.Pools, time);
        GracefulStop? stop = null;
        HeartbeatSweep? sweep = null;
        var metrics = new GatewayMetrics(services.GetRequiredService<IMeterFactory>(), Readings(pools, () => stop?.Remaining ?? 0, () => sweep?.Count ?? 0), build);
        sweep = new HeartbeatSweep(settings.Heartbeat, (up, down) => metrics.AddTraffic(new TrafficCounts(up, down)), time);
        var requests = new OpenRequests(state);
        stop = new GracefulStop(settings.Stop, state, sweep, requests, journal, time);

        var routes = new RouteTable(settings.Routes);
        var keysClient = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        var tokens = settings.Auth.Jwt is { } jwt ? new TokenCheck(jwt, keysClient, time, logs.CreateLogger<TokenCheck>()) : null;
        var fields = new BackendFields(settings.Auth.Headers);
        var dialer = new BackendDialer(new DialLimits(settings.Deadlines.Connect, settings.Deadlines.Upgrade), time);
        var desk = new AttemptDesk(journal, time);
        var admission = new AdmissionStage(routes, tokens);
        var routing = new RoutingStage();
        var audit = new AuditLog(settings.Audit, settings.Data, database: null, metrics, logs.CreateLogger<AuditLog>(), time);
        var tracing = settings.Telemetry.Otlp.Length > 0 ? new AttemptTracing(build) : null;
        var ledger = new AttemptLedger(logs.CreateLogger<AttemptLedger>(), audit, tracing);
        var closing = new ClosingStage(journal, metrics, settings.Deadlines, ledger, logs.CreateLogger<ClosingStage>(), time);
        var path = new ConnectionPath(
            new HandshakeStage(desk, settings.Deadlines, state, ledger, time),
            admission,
            routing,
            new ConnectStage(settings, pools, dialer, fields, metrics, state),
            new RelayStage(settings, sweep, new Probe(build), metrics, ledger, time),
            closing);
        var forwarder = new HttpForwarder(new ForwardLimits { Connect = settings.Deadlines.Connect }, time);
        var health = new HealthReport(pools, state, build, time);
        var http = new HttpPath(
            desk, admission, routing, new HttpStage(settings, pools, forwarder, fields, metrics), new HttpClosing(journal, metrics, logs.CreateLogger<HttpClosing>()), requests);
        var endpoints = new PublicEndpoints(routes, health, journal, build, new LookupLimit(settings.Journal, time));
        return new GatewayRooms
        {
            Settings = settings,
            State = state,
            Journal = journal,
            Pools = pools,
            Sweep = sweep,
            Health = health,
            Metrics = new PrometheusExporter(metrics),
            Audit = audit,
            Tracing = tracing,
            Export = tracing is null ? null : new OtlpExport(settings.Telemetry, metrics, tracing, build, logs.CreateLogger<OtlpExport>()),
            Stop = stop,
            Watch = new ClientWatch(GatewayHost.KeepAlive, time),
            Entry = new PublicEntry(path, endpoints, http),
            Path = path,
            Tokens = tokens,
            KeysClient = keysClient,
            Forwarder = forwarder,
            Requests = requests,
        };
    }

    public async ValueTask DisposeAsync()
    {
        Watch.Dispose();
        await Sweep.DisposeAsync();
        await Audit.DisposeAsync();
        if (Export is not null)
            await Export.DisposeAsync();
        Tracing?.Dispose();
        Metrics.Dispose();
        Forwarder?.Dispose();
        if (Tokens is not null)
            await Tokens.DisposeAsync();
        KeysClient?.Dispose();
        Pools.Dispose();
        State.Dispose();
    }

    private static GatewayReadings Readings(PoolTable pools, Func<long> drainRemaining, Func<long> open) => new(
        () => pools.All.SelectMany(p => p.Nodes.Select(n => new SlotReading(p.Name, n.Name, n.SlotsInUse, n.SlotLimit))),
        () => pools.All.Select(p => new QueueReading(p.Name, p.Waiting)),
        () => [new DrainReading(DrainKind.Gateway, drainRemaining())])
    {
        Nodes = () => pools.All.SelectMany(p => p.Nodes.Select(n => new NodeReading(p.Name, n.Name, NodeCondition.Usable, BreakerCondition.Closed))),
        Generations = () => new GenerationReading(open(), 0),
        Ready = () => pools.All.Select(p => new ReadyReading(p.Name, 0)),
    };
}
