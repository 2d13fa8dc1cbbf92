using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Bascule.Kubernetes.Fake;

/// <summary>How the cluster is.</summary>
public sealed record FakeOptions
{
    /// <summary>Starts containers for real; null: pods are only said to run.</summary>
    public PodLauncher? Launcher { get; init; }

    /// <summary>False: exec speaks v4 only, as API servers before 1.30.</summary>
    public bool KnowsV5 { get; init; } = true;

    public string ServerVersion { get; init; } = "v1.33.0";

    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>A Kubernetes API server that speaks the real protocol, over HTTPS and HTTP, for tests and for trying. It is checked with kubectl.</summary>
public sealed class FakeCluster : IAsyncDisposable
{
    private readonly FakeOptions _options;
    private readonly Certificates _certificates;
    private readonly ObjectStore _store;
    private readonly Callers _callers;
    private readonly WatchControl _watches;
    private readonly PodPlayer _player;
    private readonly WebApplication _app;

    private FakeCluster(FakeOptions options)
    {
        _options = options;
        _certificates = new Certificates(options.Time);
        _store = new ObjectStore(options.Time);
        _callers = new Callers(_store);
        _watches = new WatchControl(_store);
        _player = new PodPlayer(_store, options.Launcher, options.Time);
        AdminToken = _callers.NewToken("kubernetes-admin", isAdmin: true);
        _app = Build();
    }

    public Uri Https { get; private set; } = null!;

    public Uri Http { get; private set; } = null!;

    /// <summary>Of a user who may do everything.</summary>
    public string AdminToken { get; }

    public Faults Faults { get; } = new();

    /// <summary>In PEM form: what clients must trust.</summary>
    public string AuthorityPem => _certificates.AuthorityPem;

    /// <summary>Watches that are open now.</summary>
    public int OpenWatches => _watches.Open;

    public static async Task<FakeCluster> StartAsync(FakeOptions? options = null)
    {
        var cluster = new FakeCluster(options ?? new FakeOptions());
        foreach (var name in (string[])["default", "kube-system"])
            cluster.Put("namespaces", null, new JsonObject { ["metadata"] = new JsonObject { ["name"] = name }, ["status"] = new JsonObject { ["phase"] = "Active" } });
        cluster._player.Start();
        await cluster._app.StartAsync();
        var addresses = cluster._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        cluster.Https = new Uri(addresses.First(address => address.StartsWith("https", StringComparison.Ordinal)) + "/");
        cluster.Http = new Uri(addresses.First(address => address.StartsWith("http:", StringComparison.Ordinal)) + "/");
        return cluster;
    }

    /// <summary>The API server goes, as it were: all connections are cut.</summary>
    public async Task StopAsync()
    {
        // Watches do not end by themselves: the server would wait for them.
        DropWatches();
        await _app.StopAsync(new CancellationToken(canceled: true));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _player.DisposeAsync();
        await _app.DisposeAsync();
        _certificates.Dispose();
    }

    /// <summary>A token of a service account, as a pod has it. What it may do, say the Roles that are stored.</summary>
    public string NewAccountToken(string space, string account) => _callers.NewToken($"system:serviceaccount:{space}:{account}", isAdmin: false);

    /// <summary>Another token of a user who may do everything.</summary>
    public string NewAdminToken() => _callers.NewToken("kubernetes-admin", isAdmin: true);

    /// <summary>From now on the token is nobody's.</summary>
    public void Revoke(string token) => _callers.Revoke(token);

    /// <summary>Cuts the connections of all watches.</summary>
    public void DropWatches() => _watches.Order(ref _watches.Dropped);

    /// <summary>Forgets the history: open watches get an ERROR event of 410, and new ones from before a status 410.</summary>
    public void ExpireHistory()
    {
        _store.Forget();
        _watches.Order(ref _watches.Expired);
    }

    /// <summary>Sends a bookmark on all watches now.</summary>
    public void SendBookmarks() => _watches.Order(ref _watches.Bookmarks);

    /// <summary>Stores an object without asking anybody.</summary>
    public JsonObject Put(string plural, string? space, JsonObject given) => _store.Create(ResourceKind.Named(plural), space ?? "", given);

    /// <summary>All objects of a kind in a namespace.</summary>
    public IReadOnlyList<JsonObject> List(string plural, string? space = null) => _store.List(ResourceKind.Named(plural), space).Objects;

    public JsonObject? Find(string plural, string space, string name) => _store.Find(ResourceKind.Named(plural), space, name);

    /// <summary>What the container of a pod wrote; null: none was started.</summary>
    public string? LogOf(JsonObject pod) => _player.LogOf(pod);

    /// <summary>Changes a stored object without asking anybody.</summary>
    public JsonObject Change(string plural, string space, string name, Action<JsonObject> change) => _store.Update(ResourceKind.Named(plural), space, name, one =>
    {
        change(one);
        return one;
    });

    public bool Remove(string plural, string space, string name) => _store.Remove(ResourceKind.Named(plural), space, name) is not null;

    /// <summary>Completes when something is as asked for, looking again after each change.</summary>
    public async Task UntilAsync(Func<FakeCluster, bool> isSo)
    {
        while (true)
        {
            var changed = _store.ChangedAsync();
            if (isSo(this))
                return;
            await changed;
        }
    }

    /// <summary>A certificate and key of a user, in PEM form.</summary>
    public (string Certificate, string Key) NewClientCertificate(string user, string group = "system:masters") => _certificates.ForUser(user, group);

    /// <summary>A kubeconfig for kubectl, with the administrator's token unless another one is given.</summary>
    public string Kubeconfig(string? token = null) => $"""
        apiVersion: v1
        kind: Config
        current-context: fake
        contexts:
        - name: fake
          context: {"{"}cluster: fake, user: fake, namespace: default{"}"}
        clusters:
        - name: fake
          cluster:
            server: {Https.AbsoluteUri.TrimEnd('/')}
            certificate-authority-data: {Convert.ToBase64String(Encoding.UTF8.GetBytes(AuthorityPem))}
        users:
        - name: fake
          user: {"{"}token: {token ?? AdminToken}{"}"}

        """;

    private WebApplication Build()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.Zero);
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
            {
                https.ServerCertificate = _certificates.Server;
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.ClientCertificateValidation = (certificate, _, _) => _certificates.Knows(certificate);
            }));
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        var app = builder.Build();
        app.UseWebSockets();
        var api = new ApiEntry(_store, _callers, _watches, _player, Faults);
        app.Run(context => api.RunAsync(context, _options));
        return app;
    }
}
