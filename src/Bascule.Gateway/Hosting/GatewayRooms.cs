using System.Diagnostics.Metrics;
using Bascule.Admission;
using Bascule.Backends;
using Bascule.Cluster;
using Bascule.Relay;
using Bascule.Sessions;
using Bascule.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Every room of the gateway, wired by hand: what depends on what is to be read here.</summary>
public sealed class GatewayRooms : IAsyncDisposable
{
    private readonly IClusterStore? _store;
    private readonly GatewayTerms _terms;
    private readonly Dialers _dialers;
    private readonly HttpForwarder _forwarder;
    private readonly KubernetesServices _services;
    private readonly PoolWatch _poolWatch;
    private readonly AttemptTracing? _tracing;
    private readonly OtlpExport? _export;
    private readonly Rebalancer _rebalancer;
    private readonly SharedSlots _sharedSlots;
    private readonly ConfigWatch? _configWatch;
    private int _disposed;

    /// <param name="source">Where the settings came from; null when they cannot be read again.</param>
    /// <param name="sessions">Where sessions are written down, instead of the storage; null: there.</param>
    internal GatewayRooms(BasculeSettings settings, ConfigSource? source, IServiceProvider services, ILoggerFactory logs, TimeProvider time, ISessionStore? sessions = null)
    {
        // 1. What everything else tells or asks.
        Time = time;
        Settings = settings;
        var build = BuildVersion.Of(typeof(GatewayRooms).Assembly);
        var workingDirectory = source?.WorkingDirectory ?? Environment.CurrentDirectory;
        Journal = new AttemptJournal(settings.Journal, time);
        Pools = new PoolTable(HubPool.With(settings.Pools, HubPool.Of(settings)), time);
        var metrics = new GatewayMetrics(services.GetRequiredService<IMeterFactory>(), Readings(), build);
        Counters = metrics;
        Metrics = new PrometheusExporter(metrics);
        _store = Storage.Make(settings, workingDirectory, time);
        var auditTable = settings.Audit.Database ? new AuditTable((IAuditStore)_store!) : null;
        Audit = new AuditLog(settings.Audit, settings.Data, auditTable, metrics, logs.CreateLogger<AuditLog>(), time);
        _tracing = settings.Telemetry.Otlp.Length > 0 ? new AttemptTracing(build) : null;
        _export = _tracing is null ? null : new OtlpExport(settings.Telemetry, metrics, _tracing, build, logs.CreateLogger<OtlpExport>());
        var ledger = new AttemptLedger(logs.CreateLogger<AttemptLedger>(), Audit, _tracing, Events);

        // 2. Who comes in, and the other gateways.
        Configuration = new LiveConfiguration(settings, Pools, logs, time);
        Revocations = new RevocationList(time);
        var counts = new ClusterCounts(_store, time, logs.CreateLogger<ClusterCounts>()) { ClaimLimit = settings.Deadlines.Storage };
        Cluster = new ClusterLink(_store, counts, Connections, Revocations, logs, time);
        _sharedSlots = new SharedSlots(Pools, Cluster);
        _terms = GatewayTerms.Of(settings.Hub, workingDirectory, time);
        Credentials = new Credentials(MakeTickets(settings.Auth.Tickets.Outstanding), Revocations, _terms, metrics);
        var rates = new RateTable(time);
        Overload = new OverloadGuard(settings.Overload, time, OverloadReading.OfThisProcess);
        var admission = new AdmissionStage(Overload, new UpgradeRates(rates), new RequestRates(rates), Credentials, counts, metrics);

        // 3. The path of a connection.
        Sweep = new HeartbeatSweep(settings.Heartbeat, (up, down) => metrics.AddTraffic(new TrafficCounts(up, down)), time);
        Requests = new OpenRequests(State);
        _dialers = new Dialers(Pools, settings.Deadlines, time);
        _forwarder = new HttpForwarder(_dialers.Connector, new ForwardLimits { Connect = settings.Deadlines.Connect }, time);
        var desk = new AttemptDesk(Journal, Configuration, time);
        var routing = new RoutingStage();
        Hub = new HubRoom(settings, workingDirectory, Pools, new TokenRenewal(Connections, Credentials), logs, time);
        Sessions = new SessionsRoom(settings, workingDirectory, sessions ?? SessionsRoom.StoreOf(_store, time), new SessionAudit(Audit, metrics.Sessions, time), logs, time);
        Path = MakePath(new HandshakeStage(desk, State, Overload, ledger, time), admission, routing, new SlotDesk(counts, metrics), ledger, logs);
        var httpClosing = new HttpClosing(Journal, metrics, logs.CreateLogger<HttpClosing>());
        var http = new HttpPath(desk, admission, routing, new HttpStage(Pools, _forwarder, new TopicHttp(Hub, metrics, time), metrics), httpClosing, Requests);

        // 4. What operators and the world ask.
        Health = new HealthReport(Pools, Sessions, State, build, time);
        Entry = MakeEntry(new UserCalls(desk, admission, Credentials), httpClosing, http);
        Drains = new Drains(Connections, Pools, Configuration, time);
        _rebalancer = new Rebalancer(Pools, Connections, Drains, time);
        Reload = new ConfigReload(source, Configuration, Connections, Drains, new ReloadTelling(result => Told(result, metrics), logs.CreateLogger<ConfigReload>(), time));
        Diagnosis = new GatewayDiagnosis(Pools, Configuration, Reload, time);
        _configWatch = source is null || !settings.Reload.Watch ? null : new ConfigWatch(() => Reload.Watched!, () => Reload.RunAsync("file change"), time);
        Stop = new GracefulStop(() => Configuration.Current.Settings.Stop, State, Connections, Requests, Journal, time);
        Watch = new ClientWatch(GatewayHost.KeepAlive, time);
        _services = new KubernetesServices(() => SessionTerms.KubernetesOf(settings.Sessions?.Kubernetes ?? new SessionKubernetesSettings()), logs.CreateLogger<KubernetesServices>(), time);
        _poolWatch = new PoolWatch(Pools, new BackendProbe(new NodeProbe(_dialers.Connector, time), Hub.IsHere), new DnsClient(ResolverSettings.OfSystem, time), _services, time);
        new NodeNewsDesk(Pools, _sharedSlots, _dialers, Events, logs.CreateLogger<PoolTable>()).Listen(_poolWatch);
    }

    public BasculeSettings Settings { get; }

    public TimeProvider Time { get; }

    public GatewayState State { get; } = new();

    public AttemptJournal Journal { get; }

    public PoolTable Pools { get; }

    public LiveConfiguration Configuration { get; }

    public HeartbeatSweep Sweep { get; }

    /// <summary>Open connections.</summary>
    public OpenConnections Connections { get; } = new();

    public HubRoom Hub { get; }

    public SessionsRoom Sessions { get; }

    /// <summary>Whether there is room for new attempts.</summary>
    public OverloadGuard Overload { get; }

    /// <summary>Ordinary requests under way.</summary>
    public OpenRequests Requests { get; }

    public Credentials Credentials { get; }

    public RevocationList Revocations { get; }

    public ClusterLink Cluster { get; }

    public Drains Drains { get; }

    public ConfigReload Reload { get; }

    internal GatewayDiagnosis Diagnosis { get; }

    public HealthReport Health { get; }

    public GatewayMetrics Counters { get; }

    public PrometheusExporter Metrics { get; }

    public AuditLog Audit { get; }

    public EventFeed Events { get; } = new();

    public GracefulStop Stop { get; }

    public PublicEntry Entry { get; }

    /// <summary>Takes clients of any listener.</summary>
    public ConnectionPath Path { get; }

    internal ClientWatch Watch { get; }

    /// <summary>Begins what runs beside the connections.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        _sharedSlots.Watch();
        Hub.Start();
        await Sessions.StartAsync(cancellation);
        Cluster.Start();
        _poolWatch.Start();
        _dialers.Follow();
        _rebalancer.Start();
        _configWatch?.Start();
    }

    /// <summary>Twice is once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        if (_configWatch is not null)
            await _configWatch.DisposeAsync();
        await _rebalancer.DisposeAsync();
        await Drains.DisposeAsync();
        await _poolWatch.DisposeAsync();
        _services.Dispose();
        Watch.Dispose();
        await Sweep.DisposeAsync();
        await Sessions.DisposeAsync();
        await Hub.DisposeAsync();
        await Cluster.DisposeAsync();
        await Audit.DisposeAsync();
        if (_export is not null)
            await _export.DisposeAsync();
        _tracing?.Dispose();
        Metrics.Dispose();
        _forwarder.Dispose();
        await _dialers.DisposeAsync();
        _terms.Dispose();
        Overload.Dispose();
        await Configuration.DisposeAsync();
        Diagnosis.Dispose();
        Reload.Dispose();
        Pools.Dispose();
        if (_store is not null)
            await _store.DisposeAsync();
        State.Dispose();
    }

    private ConnectionPath MakePath(HandshakeStage handshake, AdmissionStage admission, RoutingStage routing, SlotDesk slots, AttemptLedger ledger, ILoggerFactory logs)
    {
        var desk = new ConnectionDesk(Connections, Counters, ledger);
        var hub = new HubStage(Hub, new FarShards(_dialers, _terms), slots, desk, Connections, Time);
        var sessions = new SessionStage(Sessions, _dialers, State, Time);
        var probe = new Probe(BuildVersion.Of(typeof(GatewayRooms).Assembly));
        return new ConnectionPath(
            handshake,
            admission,
            routing,
            new ConnectStage(Pools, slots, _dialers, hub, sessions, State),
            new ServeStage(new RelayStage(Sweep, desk, probe, Counters, ledger, Time), hub, sessions),
            new ClosingStage(Journal, Counters, ledger, logs.CreateLogger<ClosingStage>(), Time));
    }

    private PublicEntry MakeEntry(UserCalls calls, HttpClosing closing, HttpPath http)
    {
        var lookups = new LookupLimit(() => Configuration.Current.Settings.Journal, Time);
        return new PublicEntry(
            Path,
            [
                new PublicEndpoints(Configuration, Health, Journal, BuildVersion.Of(typeof(GatewayRooms).Assembly), lookups).TryAnswerAsync,
                new TokenEndpoints(Configuration, calls, Credentials, Hub.Renewal, closing).TryAnswerAsync,
                new TopicEndpoints(Configuration, calls, Hub, closing).TryAnswerAsync,
                new SessionApi(Configuration, calls, Sessions, closing, Time).TryAnswerAsync,
                new SessionPages(Configuration, PageFiles.Embedded()).TryAnswerAsync,
            ],
            http);
    }

    private void Told(ReloadResult result, GatewayMetrics metrics)
    {
        metrics.ConfigReloaded(result.Applied);
        var detail = result.Applied ? string.Join(", ", result.Changes.Select(c => c.Path)) : result.Faults[0].ToString();
        Audit.Write(AuditEntries.Reloaded(result.At, result.Applied, detail));
    }

    private Func<Tickets> MakeTickets(int outstanding)
    {
        var own = new MemoryTicketStore(outstanding, Time);
        ITicketStore tickets = _store is { IsShared: true } ? new ClusterTickets(_store, own, outstanding) : own;
        return () => new Tickets(tickets, Configuration.Current.Settings.Auth.Tickets, Time);
    }

    private GatewayReadings Readings() => new(
        () => Pools.All.SelectMany(p => p.Nodes.Select(n => new SlotReading(p.Name, n.Name, n.SlotsInUse, n.SlotLimit))),
        () => Pools.All.Select(p => new QueueReading(p.Name, p.Waiting)),
        () => Drains.Readings().Append(new DrainReading(DrainKind.Gateway, Stop.Remaining)))
    {
        Nodes = () => Pools.All.SelectMany(p => p.Nodes.Select(n => new NodeReading(p.Name, n.Name, n.State.Condition))),
        Generations = ByGeneration,
        Cluster = () => Cluster.State.Mode,
        Hub = () => Hub.Reading(),
        Ready = () => _dialers.Readings(),
        Sessions = () => Sessions.Readings,
    };

    private GenerationReading ByGeneration()
    {
        var current = Configuration.Current.Number;
        var all = Connections.All();
        var old = all.Count(c => c.Rules.Number != current);
        return new GenerationReading(all.Count - old, old);
    }
}
