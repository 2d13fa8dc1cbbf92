using System.Security.Cryptography;
using System.Text;
using Bascule.Backends;
using Bascule.Hub;
using Bascule.Settings;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>The hub as this gateway has it: topics in its own process, which in mode <c>multi</c> serve event streams and polls only, and the shards that serve WebSockets.</summary>
public sealed class HubRoom : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly HubSettings _settings;
    private readonly Pool? _pool;
    private readonly Node? _ownNode;
    private readonly HubSources _sources;
    private readonly ShardFleet? _fleet;
    private readonly ITimer? _looking;
    private readonly ILogger _log;
    private readonly Dictionary<string, bool> _known = new(StringComparer.Ordinal);

    internal HubRoom(BasculeSettings settings, string workingDirectory, PoolTable pools, TokenRenewal renewal, ILoggerFactory logs, TimeProvider time)
    {
        var hub = WithSecrets(settings.Hub, workingDirectory);
        _settings = hub;
        _log = logs.CreateLogger<HubRoom>();
        _pool = pools.Find(HubPool.Name);
        Renewal = renewal;
        var resumeKey = KeyOf(hub, GatewayTerms.SecretOf(hub, workingDirectory));
        Resumes = new ResumeTokens(resumeKey, time);
        _sources = new HubSources(hub, logs, time);
        Topics = new TopicHub(hub, time, FrameEncoders.For, _sources);
        Log = new LocalLog(hub.History, time);
        Serving = new HubServing(Topics, hub, Environment.ProcessorCount, time);
        if (_pool is null)
        {
            Publisher = new HubPublisher(Log, Topics, null, time);
            return;
        }

        Log.Add(Topics);
        _sources.Start(Topics, publishes: true);
        Publisher = new HubPublisher(Log, Topics, _sources.Sink, time) { IsOneOfSeveral = hub.Elsewhere.Count > 0 || settings.Routes.Any(route => route.Auth == AuthPolicy.Gateway) };
        if (hub.Mode == HubMode.Single)
            _ownNode = _pool.Nodes[0];
        else
            _fleet = new ShardFleet(hub, resumeKey, _pool, new ShardDesk(renewal, Publisher, Log, Serving.Board, _log), logs, time);
        LookAtSources();
        _looking = time.CreateTimer(static room => ((HubRoom)room!).LookAtSources(), this, Look, Look);
    }

    /// <summary>Some route leads to topics.</summary>
    public bool IsOpen => _pool is not null;

    /// <summary>The shards; null when no route led to topics at the start.</summary>
    internal Pool? Pool => _pool;

    public TopicHub Topics { get; }

    public HubServing Serving { get; }

    public HubPublisher Publisher { get; }

    /// <summary>What is published through this gateway.</summary>
    public LocalLog Log { get; }

    public ResumeTokens Resumes { get; }

    public TokenRenewal Renewal { get; }

    /// <summary>Largest message that is taken for publishing.</summary>
    public int MostMessageBytes { get; } = 64 * 1024;

    internal HubSettings Settings => _settings;

    /// <summary>The processes on this machine; empty in mode <c>single</c>.</summary>
    internal IReadOnlyList<(ShardState Process, ShardClient Client)> Shards => _fleet?.All ?? [];

    public async ValueTask DisposeAsync()
    {
        if (_looking is not null)
            await _looking.DisposeAsync();
        if (_fleet is not null)
            await _fleet.DisposeAsync();
        await Serving.DisposeAsync();
        await _sources.DisposeAsync();
        await Topics.DisposeAsync();
    }

    public ValueTask<Publishing> PublishAsync(string topic, string? key, ReadOnlyMemory<byte> payload, string? id, CancellationToken cancellation) =>
        Publisher.PublishAsync(topic, key, payload, id, cancellation);

    internal void Start() => _fleet?.Start();

    /// <summary>The shard that a slot is of; null: this process serves it, or a shard elsewhere does.</summary>
    internal ShardClient? ShardOf(Node node) => _fleet?.Find(node);

    internal bool IsOwn(Node node) => node == _ownNode;

    /// <summary>It is this process, or one that it started: nobody need ask it over the network how it is.</summary>
    internal bool IsHere(Node node) => IsOwn(node) || ShardOf(node) is not null;

    /// <summary>The source that has not been read up to now, so that nobody is let in yet; null when there is none.</summary>
    internal string? Late() => Topics.Figures.Sources.FirstOrDefault(source => !source.IsCaughtUp) is { } late ? $"{late.Name} {StateOf(late)}" : null;

    /// <summary>What an operator should know of the sources and shards, a line each; empty when all is well.</summary>
    internal IEnumerable<string> Troubles() =>
        Topics.Figures.Sources.Where(source => !source.IsConnected || !source.IsCaughtUp).Select(source => $"{source.Name}: {StateOf(source)}")
            .Concat(Shards.Select(shard => shard.Client.Node).Where(node => node.State.Condition == NodeCondition.Failing).Select(node => $"{node.Name}: {node.State.Why}"));

    private static string StateOf(SourceState source) => !source.IsConnected
        ? $"cannot be reached since {source.Since.UtcDateTime:HH:mm:ss} UTC{(source.Trouble is null ? "" : $" ({source.Trouble})")}; connections stay, and it goes on where it was"
        : source.IsCaughtUp ? "connected" : "is being read up to now";

    private void LookAtSources()
    {
        var sources = Topics.Figures.Sources;
        if (_ownNode is not null)
            _pool!.SetAway(_ownNode, Late());
        foreach (var source in sources)
        {
            var isKnown = _known.TryGetValue(source.Name, out var was);
            if ((isKnown || !source.IsConnected) && was != source.IsConnected)
                _log.HubSourceChanged(source.Name, StateOf(source));
            _known[source.Name] = source.IsConnected;
        }
    }

    /// <summary>Secrets that stand in files are read here, once: shards get them as they are.</summary>
    /// <exception cref="IOException">A file cannot be read; the rules of the settings look at it before.</exception>
    private static HubSettings WithSecrets(HubSettings settings, string workingDirectory)
    {
        return settings with
        {
            ResumeSecret = settings.ResumeSecret is { } secret ? Read(secret, "hub.resumeSecret") : null,
            Redis = settings.Redis is { } redis ? redis with { Url = Read(redis.Url, "hub.redis.url") } : null,
        };

        string Read(string value, string name) =>
            SecretText.TryRead(value, workingDirectory, out var text, out var problem) ? text : throw new IOException($"{name} {problem}.");
    }

    /// <summary>Gateways that share a secret know each other's sessions.</summary>
    private static byte[] KeyOf(HubSettings settings, string? shared) =>
        (settings.ResumeSecret ?? shared) is { } secret ? SHA256.HashData(Encoding.UTF8.GetBytes($"bascule resume\n{secret}")) : RandomNumberGenerator.GetBytes(32);
}
