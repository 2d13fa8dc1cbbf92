using System.Collections.Concurrent;
using System.Net;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>Nodes come from a Service of Kubernetes and go with it.</summary>
public sealed class ServiceWatchTests : IAsyncLifetime
{
    private const string Service = "chat.games:8001";

    private readonly ManualTime _time = new();
    private readonly ScriptedServices _services = new();
    private readonly PoolTable _pools;
    private readonly PoolWatch _watch;

    public ServiceWatchTests()
    {
        _pools = new PoolTable(Settings(new NodeSettings { Url = $"http://{Service}", Discover = Discovery.Kubernetes, Slots = 5 }), _time);
        _watch = new PoolWatch(_pools, new ScriptedProbe(), new DnsClient(() => new ResolverSettings(), _time), _services, _time);
        _watch.Start();
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _watch.DisposeAsync();
        _pools.Dispose();
    }

    [Fact]
    public async Task Each_ready_pod_is_a_node_under_the_name_of_the_Service()
    {
        _services.Say(Service, "10.0.0.7", "2001:db8::7");

        await BecomesAsync("10.0.0.7:8001", "[2001:db8::7]:8001");

        Assert.All(_pools["kb"].Nodes, node => Assert.Equal((5, Service), (node.SlotLimit, node.Url.Authority)));
        Assert.Equal(IPAddress.Parse("10.0.0.7"), _pools["kb"].Nodes[0].Address);
        await Patience.UntilAsync(() => _watch.Discoveries.Count == 1);
        Assert.Equal(new DiscoveryState("kb", $"http://{Service}", 2, null, _time.GetUtcNow()), _watch.Discoveries[0]);
    }

    [Fact]
    public async Task A_pod_that_is_ready_no_more_drains_and_leaves_with_its_last_connection()
    {
        _services.Say(Service, "10.0.0.7");
        await BecomesAsync("10.0.0.7:8001");
        var pod = _pools["kb"].Nodes[0];
        var slot = _pools["kb"].TakeFree();

        _services.Say(Service, "10.0.0.8");
        await Patience.UntilAsync(() => pod.State.Condition == NodeCondition.Draining);

        Assert.Equal($"draining (the Service no longer has it ready for http://{Service})", pod.State.ToString());
        Assert.Equal("10.0.0.8:8001", _pools["kb"].TakeFree().Node.Name);
        slot.Dispose();
        await BecomesAsync("10.0.0.8:8001");
    }

    [Fact]
    public async Task A_fault_keeps_the_pods_and_an_answer_without_any_does_not()
    {
        var told = new ConcurrentQueue<string?>();
        _watch.DiscoveryChanged += state => told.Enqueue(state.Fault);
        _services.Say(Service, "10.0.0.7");
        await BecomesAsync("10.0.0.7:8001");

        _services.Fail(Service, "the API server is away");
        await Patience.UntilAsync(() => _watch.Discoveries.Any(d => d.Fault is not null));
        Assert.Equal(("the API server is away", 1), (_watch.Discoveries[0].Fault, _watch.Discoveries[0].Nodes));
        Assert.Equal(["10.0.0.7:8001"], _pools["kb"].Nodes.Select(node => node.Name));

        _services.Fail(Service, "no pod is ready", isEmpty: true);
        await BecomesAsync();
        await Patience.UntilAsync(() => told.Count == 2);

        Assert.Equal(0, _watch.Discoveries[0].Nodes);
        Assert.Equal(["the API server is away", "no pod is ready"], told);
    }

    [Fact]
    public async Task An_entry_that_leaves_the_settings_takes_its_pods_along()
    {
        _services.Say(Service, "10.0.0.7");
        await Patience.UntilAsync(() => _watch.Discoveries.Count == 1);

        _pools.Update(Settings(new NodeSettings { Url = "http://10.0.0.9:8001" }));

        Assert.Equal(["10.0.0.9:8001"], _pools["kb"].Nodes.Select(node => node.Name));
        Assert.Empty(_watch.Discoveries);
    }

    private static Dictionary<string, PoolSettings> Settings(NodeSettings entry) => new(StringComparer.Ordinal) { ["kb"] = new PoolSettings { Nodes = [entry] } };

    private Task BecomesAsync(params string[] nodes) => Patience.UntilAsync(() => _pools["kb"].Nodes.Select(node => node.Name).SequenceEqual(nodes));
}
