using System.Text.Json.Nodes;
using Bascule.Kubernetes.Fake;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>A pool whose nodes are the pods behind a Service, as an API server tells them.</summary>
public sealed class KubernetesServicesTests : IAsyncLifetime
{
    private const string Space = "games";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bascule-services-");
    private FakeCluster _cluster = null!;
    private EchoBackend _backend = null!;

    private int Port => new Uri(_backend.Url).Port;

    public async ValueTask InitializeAsync()
    {
        _backend = await EchoBackend.StartAsync();
        _cluster = await FakeCluster.StartAsync(new FakeOptions());
        _cluster.Put("namespaces", null, new JsonObject { ["metadata"] = new JsonObject { ["name"] = Space } });
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _backend.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_pod_serves_while_it_is_ready_and_keeps_its_connections_when_it_is_not()
    {
        Slice(Port, ready: true);
        await using var gateway = await StartAsync(_cluster.Kubeconfig());
        await Eventually.HoldsAsync(async () => (await gateway.AdminAsync("/api/pools")).Contains($"127.0.0.1:{Port}", StringComparison.Ordinal));
        var early = await gateway.SendAsync(new Ask("/ws"));
        Assert.Equal(101, (await early.ReadAnswerAsync()).Status);

        SetReady(false);
        await Eventually.HoldsAsync(async () => (await gateway.AdminAsync("/api/pools")).Contains("the Service no longer has it ready", StringComparison.Ordinal));

        Assert.Equal(503, (await (await gateway.SendAsync(new Ask("/ws"))).ReadAnswerAsync()).Status);
        await early.SendTextAsync("still here", masked: true);
        Assert.Equal("still here", System.Text.Encoding.UTF8.GetString((await early.ReadFrameAsync()).Payload));

        // It comes back, after the API server forgot how it was and cut who listened.
        _cluster.DropWatches();
        _cluster.ExpireHistory();
        SetReady(true);
        await Eventually.HoldsAsync(async () => (await (await gateway.SendAsync(new Ask("/ws"))).ReadAnswerAsync()).Status == 101);
    }

    [Theory]
    [InlineData(false, "it has no endpoints, or names no port")]
    [InlineData(true, "its endpoints have port 9")]
    public async Task A_Service_without_such_pods_is_told_with_what_it_has(bool hasOther, string words)
    {
        if (hasOther)
            Slice(9, ready: true);
        await using var gateway = await StartAsync(_cluster.Kubeconfig());

        await Eventually.HoldsAsync(() => gateway.Log.All.Any(e => e.Event == "DiscoveryFailed" && e.Text.Contains($"no pod that listens on port {Port} is ready behind Service chat of namespace {Space}: {words}", StringComparison.Ordinal)));
        Assert.Equal(503, (await (await gateway.SendAsync(new Ask("/ws"))).ReadAnswerAsync()).Status);
    }

    [Fact]
    public async Task An_account_that_may_not_look_is_told()
    {
        await using var gateway = await StartAsync(_cluster.Kubeconfig(_cluster.NewAccountToken(Space, "nobody")));

        await Eventually.HoldsAsync(() => gateway.Log.All.Any(e => e.Event == "DiscoveryFailed" && e.Text.Contains("cannot list resource \"endpointslices\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Where_there_is_no_way_to_a_cluster_the_gateway_serves_what_it_can_and_says_so()
    {
        await using var gateway = await StartAsync("no kubeconfig");

        await Eventually.HoldsAsync(() => gateway.Log.All.Any(e => e.Event == "DiscoveryFailed" && e.Text.Contains(_folder.FullName, StringComparison.Ordinal)));
    }

    private async Task<TestGateway> StartAsync(string kubeconfig)
    {
        var file = Path.Combine(_folder.FullName, "config");
        await File.WriteAllTextAsync(file, kubeconfig);
        var settings = Configured.For("http://127.0.0.1:1") with { Sessions = new SessionSettings { Enabled = false, Kubernetes = new SessionKubernetesSettings { Kubeconfig = file } } };
        return await TestGateway.StartAsync(
            settings.WithPool(pool => pool with { Nodes = [new NodeSettings { Url = $"http://chat.{Space}:{Port}", Discover = Discovery.Kubernetes }] }), TimeProvider.System);
    }

    private void SetReady(bool ready) =>
        _cluster.Change("endpointslices", Space, "chat-1", slice => slice["endpoints"]![0]!["conditions"]!["ready"] = ready);

    private void Slice(int port, bool ready) => _cluster.Put("endpointslices", Space, new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = "chat-1", ["labels"] = new JsonObject { ["kubernetes.io/service-name"] = "chat" } },
        ["addressType"] = "IPv4",
        ["ports"] = new JsonArray(new JsonObject { ["name"] = "ws", ["port"] = port, ["protocol"] = "TCP" }),
        ["endpoints"] = new JsonArray(new JsonObject { ["addresses"] = new JsonArray("127.0.0.1"), ["conditions"] = new JsonObject { ["ready"] = ready } }),
    });
}
