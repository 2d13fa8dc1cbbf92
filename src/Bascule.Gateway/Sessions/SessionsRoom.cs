using Bascule.Cluster;
using Bascule.Model;
using Bascule.Sessions;
using Bascule.Sessions.Kubernetes;
using Bascule.Settings;
using Bascule.Storage.Redis;
using Bascule.Storage.Sql;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>The sessions of this gateway: store, runner and desk, as it started with them.</summary>
public sealed class SessionsRoom : IAsyncDisposable
{
    private readonly BasculeSettings _settings;
    private readonly ISessionRunner? _runner;
    private readonly SessionCensus? _census;
    private readonly ILogger _log;

    /// <param name="store">Where sessions are written down: <see cref="StoreOf"/>.</param>
    /// <exception cref="IOException">The secret cannot be read, recordings cannot be written, or there is no way to the cluster.</exception>
    internal SessionsRoom(BasculeSettings settings, string workingDirectory, ISessionStore store, SessionAudit audit, ILoggerFactory logs, TimeProvider time)
    {
        _settings = settings;
        _log = logs.CreateLogger<SessionsRoom>();
        if (settings.Sessions is not { Enabled: true } sessions)
            return;
        var data = Path.GetFullPath(settings.Data, workingDirectory);
        var keys = SessionKeys.Of(sessions, data, workingDirectory);
        Recordings = Path.Combine(data, sessions.Recordings);
        if (sessions.Profiles.Values.Any(profile => profile.Recording != SessionRecording.Off))
            RecordingFolder.Prepare(Recordings);
        var rules = SessionTerms.RulesOf(sessions);
        _runner = SessionRunners.Make(sessions, data, keys, logs, time);
        var desk = new SessionDesk(new SessionPorts(store, _runner, audit, id => keys.OfSession(id.ToString())), () => rules, time, logs.CreateLogger<SessionDesk>());
        Open = new OpenSessions(sessions, desk, rules, keys, audit, time) { Kubernetes = _runner as KubernetesRunner };
        _census = new SessionCensus(desk, Open.Hosts, _log, time);
    }

    /// <summary>Null when there are no sessions: <see cref="Off"/> says why.</summary>
    internal OpenSessions? Open { get; }

    /// <summary>The folder in which hosts of this machine record; empty when there are no sessions.</summary>
    internal string Recordings { get; } = "";

    /// <summary>What who asks for one is told then.</summary>
    internal Ending Off => new(EndReasons.SessionsOff, _settings.Sessions is null
        ? "the configuration had no section sessions when this gateway started: restart it"
        : "sessions.enabled is false (environment: WEBSOCKET_ENABLED)");

    internal IReadOnlyList<SessionReading> Readings => _census?.Readings ?? [];

    internal string? RunnerName => _runner?.Name;

    public async ValueTask DisposeAsync()
    {
        if (Open is null)
            return;
        await _census!.DisposeAsync();
        await Open.Desk.DisposeAsync();
        await _runner!.DisposeAsync();
        Open.Dispose();
    }

    /// <summary>Begins to watch. Sessions that were started before go on, and are known again.</summary>
    internal async Task StartAsync(CancellationToken cancellation)
    {
        if (Open is null)
            return;
        await Open.Desk.StartAsync(cancellation);
        _census!.Start();
        _log.SessionsOpen(_runner!.Name, string.Join(", ", Open.Rules.Profiles.Keys.Order(StringComparer.Ordinal)));
    }

    /// <summary>What an operator should know, a line each; empty when all is well.</summary>
    internal IEnumerable<string> Troubles() => Open is null ? [] : new[] { Open.Desk.Fault, _census!.Fault }.OfType<string>().Select(fault => $"sessions: {fault}");

    /// <param name="store">What gateways share, or the database; null: sessions are kept in memory.</param>
    internal static ISessionStore StoreOf(IClusterStore? store, TimeProvider time) => store switch
    {
        SqlStore sql => sql.Sessions,
        RedisStore redis => redis.Sessions,
        _ => new MemorySessionStore(time),
    };
}
