using System.Net;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>Nodes come from the DNS and go with it.</summary>
public sealed class DiscoveryTests
{
    private readonly ManualTime _time = new();

    public DiscoveryTests() => Assert.True(Dnsmasq.Missing is null, Dnsmasq.Missing);

    [Fact]
    public async Task Each_address_of_a_name_is_a_node()
    {
        await using var server = await Dnsmasq.StartAsync("--host-record=kb.test,10.0.0.8,2001:db8::7", "--host-record=kb.test,10.0.0.7");
        await using var found = new Found(_time, server, Entry("http://kb.test:8001", Discovery.A) with { Slots = 5, Weight = 3 });

        await found.BecomesAsync("10.0.0.7:8001", "10.0.0.8:8001", "[2001:db8::7]:8001");

        Assert.All(found.Pool.Nodes, node => Assert.Equal((5, 3, "kb.test:8001"), (node.SlotLimit, node.Weight, node.Url.Authority)));
        Assert.Equal(IPAddress.Parse("10.0.0.7"), found.Pool.Nodes[0].Address);
        Assert.Equal(NodeCondition.Up, found.Pool.Nodes[0].State.Condition);
        await Patience.UntilAsync(() => found.Watch.Discoveries.Count == 1);
        Assert.Equal(new DiscoveryState("kb", "http://kb.test:8001", 3, null, _time.GetUtcNow()), found.Watch.Discoveries[0]);
    }

    [Fact]
    public async Task Services_give_hosts_ports_and_weights_of_the_first_priority()
    {
        await using var server = await Dnsmasq.StartAsync(
            "--srv-host=_ws._tcp.kb.test,n1.kb.test,8001,5,10", "--srv-host=_ws._tcp.kb.test,n2.kb.test,8002,5,0", "--srv-host=_ws._tcp.kb.test,spare.kb.test,8003,9,10");
        await using var found = new Found(_time, server, Entry("https://_ws._tcp.kb.test", Discovery.Srv) with { Weight = 2 });

        await found.BecomesAsync("n1.kb.test:8001", "n2.kb.test:8002");

        Assert.Equal([("https://n1.kb.test:8001/", 20, null), ("https://n2.kb.test:8002/", 2, (IPAddress?)null)],
            found.Pool.Nodes.Select(node => (node.Url.ToString(), node.Weight, node.Address)));
    }

    [Fact]
    public async Task Attempts_before_the_first_answer_are_told_why_there_is_no_node()
    {
        await using var server = await Dnsmasq.StartAsync("--host-record=other.test,10.0.0.7");
        await using var found = new Found(_time, server, Entry("http://kb.test:8001", Discovery.A));

        Assert.Equal("no_usable_node: pool kb has no node: discovery found none so far", found.Pool.Refused().ToString());
        await Patience.UntilAsync(() => found.Watch.Discoveries.Count == 1);
        Assert.Equal("the DNS knows no name kb.test", found.Watch.Discoveries[0].Fault);
        Assert.Null(found.Pool.Choose(null));
    }

    [Fact]
    public async Task An_address_that_vanished_drains_and_leaves_with_its_last_connection()
    {
        await using var server = await Dnsmasq.StartAsync("--host-record=kb.test,10.0.0.7,30", "--host-record=kb.test,10.0.0.8,30");
        await using var found = new Found(_time, server, Entry("http://kb.test:8001", Discovery.A));
        await found.BecomesAsync("10.0.0.7:8001", "10.0.0.8:8001");
        var gone = found.Pool.Nodes[0];
        var slot = found.Pool.TakeFrom(gone);
        var staying = found.Pool.TakeFrom(found.Pool.Nodes[1]);

        await server.RestartAsync("--host-record=kb.test,10.0.0.8", "--host-record=kb.test,10.0.0.9");
        await found.AgeAsync(TimeSpan.FromSeconds(30));
        await found.BecomesAsync("10.0.0.8:8001", "10.0.0.9:8001", "10.0.0.7:8001");

        Assert.Equal("draining (the DNS no longer names it for http://kb.test:8001)", gone.State.ToString());
        Assert.Equal(1, staying.Node.SlotsInUse);
        for (var take = 0; take < 4; take++)
            Assert.NotSame(gone, found.Pool.TakeFree().Node);
        slot.Dispose();
        Assert.DoesNotContain(gone, found.Pool.Nodes);
    }

    [Fact]
    public async Task Who_waits_is_served_by_a_node_that_appears()
    {
        await using var server = await Dnsmasq.StartAsync("--host-record=kb.test,10.0.0.7,3");
        await using var found = new Found(_time, server, Entry("http://kb.test:8001", Discovery.A) with { Slots = 1 });
        await found.BecomesAsync("10.0.0.7:8001");
        found.Pool.TakeFree();
        var waiter = found.Pool.StartWaiting();

        await server.RestartAsync("--host-record=kb.test,10.0.0.7", "--host-record=kb.test,10.0.0.8");
        await found.AgeAsync(TimeSpan.FromSeconds(3));

        Assert.Equal("10.0.0.8:8001", (await waiter.Soon()).Slot?.Node.Name);
    }

    [Fact]
    public async Task When_the_DNS_fails_the_nodes_stay_and_it_is_told_once_until_it_works_again()
    {
        await using var server = await Dnsmasq.StartAsync("--host-record=kb.test,10.0.0.7,30");
        await using var found = new Found(_time, server, Entry("http://kb.test:8001", Discovery.A));
        await found.BecomesAsync("10.0.0.7:8001");
        var told = new List<DiscoveryState>();
        found.Watch.DiscoveryChanged += told.Add;

        await server.RestartAsync("--host-record=other.test,10.0.0.7");
        await found.AgeAsync(TimeSpan.FromSeconds(30));
        await found.AgeAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(("the DNS knows no name kb.test", 1), (told.Single().Fault, told.Single().Nodes));
        Assert.Equal("10.0.0.7:8001", found.Pool.TakeFree().Node.Name);

        await server.RestartAsync("--host-record=kb.test,10.0.0.9");
        await found.AgeAsync(TimeSpan.FromSeconds(30));
        Assert.Equal([false, true], told.Select(state => state.Fault is null));
        await found.BecomesAsync("10.0.0.9:8001", "10.0.0.7:8001");
    }

    [Fact]
    public async Task An_answer_is_used_for_discoverEvery_at_most_and_a_second_at_least()
    {
        await using var server = await Dnsmasq.StartAsync("--host-record=kb.test,10.0.0.7,3600", "--host-record=quick.test,10.0.1.7,0");
        await using var found = new Found(_time, server, Entry("http://kb.test:8001", Discovery.A), Entry("http://quick.test:8001", Discovery.A));
        await found.BecomesAsync("10.0.0.7:8001", "10.0.1.7:8001");
        await IdleAsync();

        await server.RestartAsync("--host-record=kb.test,10.0.0.8", "--host-record=quick.test,10.0.1.8,0");
        _time.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, _time.ArmedTimers);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await found.BecomesAsync("10.0.0.7:8001", "10.0.1.8:8001");
        for (var second = 2; second < 30; second++)
        {
            await IdleAsync();
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await IdleAsync();
        Assert.Equal("10.0.0.7:8001", found.Pool.Nodes[0].Name);
        _time.Advance(TimeSpan.FromSeconds(1));
        await found.BecomesAsync("10.0.0.8:8001", "10.0.1.8:8001");

        // The quick one was asked for just now, and both pause.
        Task IdleAsync() => Patience.UntilAsync(
            () => found.Watch.Discoveries.Any(state => state.Url.Contains("quick", StringComparison.Ordinal) && state.At == _time.GetUtcNow()) && _time.ArmedTimers == 2);
    }

    [Fact]
    public async Task One_family_of_addresses_that_fails_keeps_its_nodes_beside_the_other()
    {
        var sixFails = false;
        await using var server = new RawDnsServer(question => question[^3] == (byte)DnsType.Aaaa
            ? [sixFails ? Wire.Answer(question, 0x8182) : Wire.Answer(question, Wire.Address("2001:db8::7", 5))]
            : [Wire.Answer(question, Wire.Address(sixFails ? "10.0.0.8" : "10.0.0.7", 5))]);
        var dns = new DnsClient(() => new ResolverSettings { Servers = [server.EndPoint] }, _time);
        await using var found = new Found(_time, dns, Entry("http://kb.test:8001", Discovery.A));
        await found.BecomesAsync("10.0.0.7:8001", "[2001:db8::7]:8001");

        sixFails = true;
        await found.AgeAsync(TimeSpan.FromSeconds(5));

        await found.BecomesAsync("10.0.0.8:8001", "[2001:db8::7]:8001");
        await Patience.UntilAsync(() => found.Watch.Discoveries[0].Fault is not null);
        Assert.Contains("answered with error 2", found.Watch.Discoveries[0].Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_names_nothing_usable_gives_no_node()
    {
        await using var server = new RawDnsServer(question => [Wire.Answer(question, Wire.Service("", 8001, 0, 0), Wire.Service("n1", 0, 0, 0))]);
        var dns = new DnsClient(() => new ResolverSettings { Servers = [server.EndPoint] }, _time);
        await using var found = new Found(_time, dns, Entry("http://_ws._tcp.kb.test", Discovery.Srv));

        await Patience.UntilAsync(() => found.Watch.Discoveries.Count == 1);

        Assert.Equal("the DNS knows _ws._tcp.kb.test, but no service of it", found.Watch.Discoveries[0].Fault);
        Assert.Empty(found.Pool.Nodes);
    }

    [Fact]
    public async Task A_literal_address_and_a_fixed_node_need_no_DNS_and_count_once()
    {
        var dns = new DnsClient(() => new ResolverSettings { Servers = [] }, _time);
        await using var found = new Found(
            _time, dns, new NodeSettings { Url = "http://10.0.0.7:8001" }, Entry("http://10.0.0.7:8001", Discovery.A), Entry("http://[2001:db8::7]:8001", Discovery.A));

        await found.BecomesAsync("10.0.0.7:8001", "[2001:db8::7]:8001");
    }

    [Fact]
    public async Task An_entry_that_leaves_the_settings_takes_its_nodes_along_and_is_asked_for_no_more()
    {
        await using var server = await Dnsmasq.StartAsync("--host-record=kb.test,10.0.0.7,30");
        await using var found = new Found(_time, server, Entry("http://kb.test:8001", Discovery.A), new NodeSettings { Url = "http://10.0.0.9:8001" });
        await found.BecomesAsync("10.0.0.9:8001", "10.0.0.7:8001");

        found.Pools.Update(Found.Settings(new NodeSettings { Url = "http://10.0.0.9:8001" }));

        Assert.Equal(["10.0.0.9:8001"], found.Pool.Nodes.Select(node => node.Name));
        Assert.Empty(found.Watch.Discoveries);
        await Patience.UntilAsync(() => _time.ArmedTimers == 0);
    }

    private static NodeSettings Entry(string url, Discovery discover) => new() { Url = url, Discover = discover };

    /// <summary>A pool whose nodes are discovered, and the watch that does it.</summary>
    private sealed class Found : IAsyncDisposable
    {
        private readonly ManualTime _time;

        internal Found(ManualTime time, Dnsmasq server, params NodeSettings[] entries)
            : this(time, server.Client(time), entries)
        {
        }

        internal Found(ManualTime time, DnsClient dns, params NodeSettings[] entries)
        {
            _time = time;
            Pools = new PoolTable(Settings(entries), time);
            Watch = new PoolWatch(Pools, new ScriptedProbe(), dns, new ScriptedServices(), time);
            Watch.Start();
        }

        internal PoolTable Pools { get; }

        internal PoolWatch Watch { get; }

        internal Pool Pool => Pools["kb"];

        internal static Dictionary<string, PoolSettings> Settings(params NodeSettings[] entries) => new(StringComparer.Ordinal)
        {
            ["kb"] = new PoolSettings { Nodes = entries, DiscoverEvery = TimeSpan.FromSeconds(30) },
        };

        internal Task BecomesAsync(params string[] nodes) => Patience.UntilAsync(() => Pool.Nodes.Select(node => node.Name).SequenceEqual(nodes));

        /// <summary>Lets the answer of the one search grow so old that it is asked for again, and waits for the end of that.</summary>
        internal async Task AgeAsync(TimeSpan by)
        {
            // Who waits has a timer, too.
            await Patience.UntilAsync(() => _time.ArmedTimers == (Pool.Waiting == 0 ? 1 : 2));
            _time.Advance(by);
            await Patience.UntilAsync(() => Watch.Discoveries.Single().At == _time.GetUtcNow());
        }

        public async ValueTask DisposeAsync()
        {
            await Watch.DisposeAsync();
            Pools.Dispose();
        }
    }
}
