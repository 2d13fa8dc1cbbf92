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
        var watch = new EndpointSliceWatch(client, Rig.Space, "game", "public", NullLogger.Instance, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var running = watch.RunAsync(stop.Token);

        await Waiting.UntilAsync(() => watch.Current.Count == 3);
        Assert.Equal(["10.0.0.1", "10.0.0.2", "10.0.0.3"], watch.Current.Select(one => one.Address));
        Assert.All(watch.Current, one => Assert.Equal(8666, one.Port));
        Assert.Equal([(true, true, false), (false, true, true), (true, true, false)], watch.Current.Select(one => (one.IsReady, one.IsServing, one.IsTerminating)));

        rig.Cluster.DropWatches();
        rig.Cluster.Remove("endpointslices", Rig.Space, "game-1");
        await Waiting.UntilAsync(() => watch.Current.Count == 2);
        rig.Cluster.ExpireHistory();
        Put(rig, "game-3", "game", Endpoint("10.0.0.4"));
        await Waiting.UntilAsync(() => watch.Current.Any(one => one.Address == "10.0.0.4"));

        await stop.CancelAsync();
        await running;
        Assert.Null(watch.Fault);
    }

    [Fact]
    public async Task A_service_without_the_wanted_port_has_no_endpoints()
    {
        await using var rig = await Rig.StartAsync();
        Put(rig, "game-1", "game", Endpoint("10.0.0.1"));
        using var client = rig.Client();
        var watch = new EndpointSliceWatch(client, Rig.Space, "game", "metrics", NullLogger.Instance, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var changes = 0;
        watch.Changed += _ => Interlocked.Increment(ref changes);
        var running = watch.RunAsync(stop.Token);

        await Waiting.UntilAsync(() => Volatile.Read(ref changes) > 0);
        Assert.Empty(watch.Current);

        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_watch_that_may_not_be_says_why()
    {
        await using var rig = await Rig.StartAsync();
        using var client = new KubeClient(rig.Access(rig.Cluster.NewAccountToken(Rig.Space, "nobody")), TimeProvider.System, Rig.Options.Limits);
        var watch = new EndpointSliceWatch(client, Rig.Space, "game", null, NullLogger.Instance, TimeProvider.System);
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

    private static void Put(Rig rig, string name, string service, params JsonObject[] endpoints) => rig.Cluster.Put("endpointslices", Rig.Space, new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["kubernetes.io/service-name"] = service } },
        ["addressType"] = "IPv4",
        ["ports"] = new JsonArray(new JsonObject { ["name"] = "public", ["port"] = 8666, ["protocol"] = "TCP" }),
        ["endpoints"] = new JsonArray([.. endpoints]),
    });
}
