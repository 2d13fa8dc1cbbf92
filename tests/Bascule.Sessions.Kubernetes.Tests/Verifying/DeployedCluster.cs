using System.Text.Json.Nodes;
using Bascule.Diagnostics;
using Bascule.Kubernetes.Fake;
using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>A cluster with deploy/kubernetes applied, two gateways, and a session in a pod with the real agent.</summary>
internal sealed class DeployedCluster : IAsyncDisposable
{
    internal const string Gateways = "bascule";
    internal const string Sessions = "bascule-sessions";

    private readonly Rig _rig;
    private readonly KubectlRun _kubectl;

    private DeployedCluster(Rig rig)
    {
        _rig = rig;
        _kubectl = new KubectlRun(rig.Cluster);
    }

    internal FakeCluster Cluster => _rig.Cluster;

    /// <summary>The gateway's own account.</summary>
    internal string GatewayToken => Cluster.NewAccountToken(Gateways, "bascule");

    /// <param name="launcher">Of the pods of sessions; null: they are only said to run.</param>
    internal static async Task<DeployedCluster> StartAsync(PodLauncher? launcher = null)
    {
        KubectlRun.MustBeThere();
        PodLauncher launch = start => launcher is null || start.Pod.Text("metadata", "namespace") == Gateways ? Task.FromResult<IPodProcess?>(null) : launcher(start);
        var deployed = new DeployedCluster(await Rig.StartAsync(new FakeOptions { Launcher = launch }));
        await deployed._kubectl.SayAsync("apply", "-k", DeployTests.Folder);
        await deployed.FillAsync();
        return deployed;
    }

    internal KubeAccess Access(string? token = null)
    {
        var found = _rig.Access(token);
        return new KubeAccess { Server = found.Server, Source = found.Source, Namespace = Gateways, Token = found.Token, Authorities = found.Authorities };
    }

    internal Task<CheckReport> CheckAsync(KubeAccess? access = null, ClusterQuestion? question = null, bool isInside = true) =>
        ClusterCheck.RunAsync((question ?? new ClusterQuestion()) with { Gateways = Gateways }, access ?? Access(), isInside, TimeProvider.System, CancellationToken.None);

    /// <summary>What the real kubectl says of a right of the gateway's account.</summary>
    internal async Task<string> CanGatewayAsync(string verb, string resource)
    {
        using var gateway = new KubectlRun(Cluster, GatewayToken);
        return await gateway.CanAsync(verb, resource, Sessions);
    }

    internal void NewGateway(string name, string play = "") => Cluster.Put("pods", Gateways, (JsonObject)JsonNode.Parse($$$"""
        {"metadata":{"name":"{{{name}}}","labels":{"app.kubernetes.io/name":"bascule"},"annotations":{"fake.bascule.io/play":"{{{play}}}"}},
         "spec":{"containers":[{"name":"bascule","image":"bascule","ports":[{"name":"public","containerPort":8666}]}]}}
        """)!);

    /// <summary>A pod of a session, as the runner makes it.</summary>
    internal async Task NewSessionAsync(string play = "")
    {
        var options = Rig.Options with { Labels = new Dictionary<string, string> { ["fake.bascule.io/play"] = play } };
        var order = Rig.Order(null, "sleep", "1000");
        var made = Cluster.Put("pods", Sessions, PodTemplate.Of(order, options, Sessions, null, TimeProvider.System.GetUtcNow()));
        if (play.Length == 0)
            await UntilReadyAsync(Sessions, PodNames.NameOf(made));
    }

    internal Task UntilReadyAsync(string space, string name) =>
        Cluster.UntilAsync(cluster => cluster.Find("pods", space, name) is { } pod && PodSight.Of(pod).Address is not null).Soon();

    public async ValueTask DisposeAsync()
    {
        _kubectl.Dispose();
        await _rig.DisposeAsync();
    }

    private async Task FillAsync()
    {
        NewGateway("bascule-1");
        NewGateway("bascule-2");
        await UntilReadyAsync(Gateways, "bascule-1");
        await UntilReadyAsync(Gateways, "bascule-2");
        Cluster.Put("endpointslices", Gateways, (JsonObject)JsonNode.Parse("""
            {"metadata":{"name":"bascule-x","labels":{"kubernetes.io/service-name":"bascule"}},"addressType":"IPv4","ports":[{"name":"public","port":8666}],
             "endpoints":[{"addresses":["10.0.0.1"],"conditions":{"ready":true}},{"addresses":["10.0.0.2"],"conditions":{"ready":true}}]}
            """)!);
        await NewSessionAsync();
    }
}
