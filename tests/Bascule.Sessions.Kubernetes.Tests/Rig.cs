using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Bascule.Kubernetes.Fake;
using Microsoft.Extensions.Logging;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>A cluster with a namespace for sessions, and runners on it.</summary>
internal sealed class Rig : IAsyncDisposable
{
    internal const string Space = "sessions";

    private readonly List<KubernetesRunner> _runners = [];
    private readonly ConcurrentQueue<string> _log = [];

    private Rig(FakeCluster cluster)
    {
        Cluster = cluster;
        News = new NewsBook(() => Scene);
    }

    internal FakeCluster Cluster { get; }

    internal NewsBook News { get; }

    /// <summary>The pods, what their containers wrote, and what the runners wrote: for the message of a test that fails.</summary>
    internal string Scene =>
        string.Join('\n', Cluster.List("pods").Select(pod => $"{pod["metadata"]!["name"]}: {pod["status"]?.ToJsonString()} {Cluster.LogOf(pod)}").Concat(_log));

    internal static async Task<Rig> StartAsync(FakeOptions? options = null)
    {
        var rig = new Rig(await FakeCluster.StartAsync(options));
        rig.Cluster.Put("namespaces", null, new() { ["metadata"] = new System.Text.Json.Nodes.JsonObject { ["name"] = Space } });
        return rig;
    }

    /// <summary>Quick to try again, so that no test waits for a back-off.</summary>
    internal static KubernetesOptions Options { get; } = new()
    {
        Image = "example/tools:1",
        Limits = new KubeLimits { FirstWait = TimeSpan.FromMilliseconds(5), LongestWait = TimeSpan.FromMilliseconds(50) },
    };

    internal static KubernetesOptions Playing(string play) => Options with { Labels = new Dictionary<string, string> { ["fake.bascule.io/play"] = play } };

    internal KubeAccess Access(string? token = null, TimeProvider? time = null)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(Cluster.AuthorityPem);
        return new KubeAccess
        {
            Server = Cluster.Https,
            Source = "a test",
            Namespace = Space,
            Token = BearerToken.Of(token ?? Cluster.AdminToken, time ?? TimeProvider.System),
            Authorities = TrustedAuthorities.Of(authorities, time ?? TimeProvider.System),
        };
    }

    internal KubeClient Client(TimeProvider? time = null) => new(Access(), time ?? TimeProvider.System, Options.Limits);

    /// <summary>A runner that has listed the pods already.</summary>
    internal async Task<KubernetesRunner> RunnerAsync(KubernetesOptions? options = null, TimeProvider? time = null, KubeAccess? access = null)
    {
        var runner = new KubernetesRunner(options ?? Options, access ?? Access(), new RunnerLog(_log), time ?? TimeProvider.System);
        _runners.Add(runner);
        await runner.StartAsync(News.Add, CancellationToken.None);
        await Waiting.UntilAsync(() => runner.Fault is null);
        return runner;
    }

    internal static SessionOrder Order(SessionId? id = null, params string[] command) => new()
    {
        Id = id ?? SessionId.New(),
        Command = command.Length > 0 ? command : ["bash", "-l"],
        Key = "a secret of sixteen",
    };

    internal static SessionRecord Record(SessionOrder order, SessionPlace? place) => new()
    {
        Id = order.Id,
        Profile = "shell",
        Command = order.Command,
        Place = place,
        CreatedAt = TimeProvider.System.GetUtcNow(),
        ExpiresAt = TimeProvider.System.GetUtcNow() + order.MaximumLife,
    };

    private sealed class RunnerLog(ConcurrentQueue<string> lines) : ILogger<KubernetesRunner>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{eventId.Name} {formatter(state, exception)} {exception}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var runner in _runners)
            await runner.DisposeAsync();
        await Cluster.DisposeAsync();
    }
}
