using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>The addresses of a Service, out of all its slices.</summary>
public sealed class EndpointSliceTests
{
    [Fact]
    public async Task All_slices_of_a_service_are_one_list_that_follows_every_change()
    {
        await using var rig = await Rig.StartAsync();
        Put(rig, "game-1", "game", Endpoint("10.0.0.1"), Endpoint("10.0.0.2", ready: false, serving: true, terminating: true));
        Put(rig, "game-2", "game", Endpoint("10.0.0.2", ready: false, serving: false), Endpoint("10.0.0.3"));
        Put(rig, "chat-1", "chat", Endpoint("10.0.0.9"));
        using var client = rig.Client();
        var watch = new EndpointSliceWatch(client, Rig.Space, "game", 8666, NullLogger.Instance, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var running = watch.RunAsync(stop.Token);

        // One that still serves on its way out is not for new connections.
        await Waiting.UntilAsync(() => watch.Ready is not null);
        Assert.Equal(["10.0.0.1", "10.0.0.3"], watch.Ready!.Select(one => one.ToString()));
        Assert.Equal([8666], watch.Ports);

        rig.Cluster.DropWatches();
        rig.Cluster.Remove("endpointslices", Rig.Space, "game-1");
        await Waiting.UntilAsync(() => watch.Ready!.Count == 1);
        rig.Cluster.ExpireHistory();
        Put(rig, "game-3", "game", Endpoint("10.0.0.4"));
        await Waiting.UntilAsync(() => watch.Ready!.Any(one => one.ToString() == "10.0.0.4"));

        await stop.CancelAsync();
        await running;
        Assert.Null(watch.Fault);
    }

    [Fact]
    public async Task A_pod_with_addresses_of_both_families_is_there_once()
    {
        await using var rig = await Rig.StartAsync();
        Put(rig, "game-6", "game", "IPv6", Endpoint("2001:db8::1"), Endpoint("2001:db8::2"));
        using var client = rig.Client();
        var watch = new EndpointSliceWatch(client, Rig.Space, "game", 8666, NullLogger.Instance, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var running = watch.RunAsync(stop.Token);
        await Waiting.UntilAsync(() => watch.Ready?.Count == 2);

        Put(rig, "game-4", "game", Endpoint("10.0.0.1"), Endpoint("10.0.0.2"));
        Put(rig, "game-0", "game", "FQDN", Endpoint("pod.example"));
        await Waiting.UntilAsync(() => watch.Ready!.Select(one => one.ToString()).SequenceEqual(["10.0.0.1", "10.0.0.2"]));

        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_service_without_the_wanted_port_has_no_endpoints()
    {
        await using var rig = await Rig.StartAsync();
        Put(rig, "game-1", "game", Endpoint("10.0.0.1"));
        using var client = rig.Client();
        var watch = new EndpointSliceWatch(client, Rig.Space, "game", 9100, NullLogger.Instance, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var changes = 0;
        watch.Changed += () => Interlocked.Increment(ref changes);
        var running = watch.RunAsync(stop.Token);

        await Waiting.UntilAsync(() => Volatile.Read(ref changes) > 0 && watch.Ready is not null);
        Assert.Empty(watch.Ready!);
        Assert.Equal([8666], watch.Ports);

        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_watch_that_may_not_be_says_why()
    {
        await using var rig = await Rig.StartAsync();
        using var client = new KubeClient(rig.Access(rig.Cluster.NewAccountToken(Rig.Space, "nobody")), TimeProvider.System, Rig.Options.Limits);
        var watch = new EndpointSliceWatch(client, Rig.Space, "game", 8666, NullLogger.Instance, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var running = watch.RunAsync(stop.Token);

        await Waiting.UntilAsync(() => watch.Fault!.Contains("cannot list resource \"endpointslices\"", StringComparison.Ordinal));

        await stop.CancelAsync();
        await running;
    }

    private static JsonObject Endpoint(string address, bool? ready = null, bool? serving = null, bool? terminating = null) => new()
    {
        ["addresses"] = new JsonArray(address),
        ["conditions"] = new JsonObject { ["ready"] = ready, ["serving"] = serving, ["terminating"] = terminating },
        ["nodeName"] = "n1",
    };

    private static void Put(Rig rig, string name, string service, params JsonObject[] endpoints) => Put(rig, name, service, "IPv4", endpoints);

    private static void Put(Rig rig, string name, string service, string family, params JsonObject[] endpoints) => rig.Cluster.Put("endpointslices", Rig.Space, new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["kubernetes.io/service-name"] = service } },
        ["addressType"] = family,
        ["ports"] = new JsonArray(new JsonObject { ["name"] = "public", ["port"] = 8666, ["protocol"] = "TCP" }),
        ["endpoints"] = new JsonArray([.. endpoints]),
    });
}
