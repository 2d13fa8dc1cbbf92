using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>The DNS client against a real server.</summary>
public sealed class DnsmasqTests
{
    private readonly ManualTime _time = new();

    public DnsmasqTests() => Assert.True(Dnsmasq.Missing is null, Dnsmasq.Missing);

    [Fact]
    public async Task Addresses_come_with_their_time_to_live()
    {
        await using var server = await Dnsmasq.StartAsync("--host-record=kb.test,10.0.0.7,2001:db8::7,42", "--host-record=kb.test,10.0.0.8,42");
        var client = server.Client(_time);

        var four = await client.AskAsync("kb.test", DnsType.A, default).Soon();
        var six = await client.AskAsync("KB.test", DnsType.Aaaa, default).Soon();

        Assert.Equal(["10.0.0.7", "10.0.0.8"], four.Records.Select(record => record.Address!.ToString()).Order());
        Assert.Equal((TimeSpan.FromSeconds(42), null), (four.TimeToLive, four.Fault));
        Assert.Equal("2001:db8::7", six.Records.Single().Address!.ToString());
    }

    [Fact]
    public async Task Services_are_read()
    {
        await using var server = await Dnsmasq.StartAsync("--srv-host=_ws._tcp.kb.test,n1.kb.test,8001,0,10", "--srv-host=_ws._tcp.kb.test,n2.kb.test,8002,5,20");

        var answer = await server.Client(_time).AskAsync("_ws._tcp.kb.test", DnsType.Srv, default).Soon();

        Assert.Equal(
            [new DnsService("n1.kb.test", 8001, 0, 10), new DnsService("n2.kb.test", 8002, 5, 20)],
            answer.Records.Select(record => record.Service!).OrderBy(service => service.Port));
    }

    [Fact]
    public async Task Aliases_lead_to_addresses()
    {
        await using var server = await Dnsmasq.StartAsync("--host-record=kb.test,10.0.0.7", "--cname=b.test,kb.test", "--cname=a.test,b.test");

        Assert.Equal("10.0.0.7", (await server.Client(_time).AskAsync("a.test", DnsType.A, default).Soon()).Records.Single().Address!.ToString());
    }

    [Fact]
    public async Task An_answer_that_is_too_long_for_a_packet_comes_whole()
    {
        var addresses = Enumerable.Range(1, 60).Select(at => $"10.0.1.{at}").ToList();
        await using var server = await Dnsmasq.StartAsync([.. addresses.Select(address => $"--host-record=kb.test,{address}")]);

        var answer = await server.Client(_time).AskAsync("kb.test", DnsType.A, default).Soon();

        Assert.Equal(addresses.Order(), answer.Records.Select(record => record.Address!.ToString()).Order());
    }

    [Fact]
    public async Task A_name_that_is_not_there_is_told_from_one_without_such_records()
    {
        await using var server = await Dnsmasq.StartAsync("--host-record=kb.test,10.0.0.7");
        var client = server.Client(_time);

        Assert.Equal("the DNS knows no name none.test", (await client.AskAsync("none.test", DnsType.A, default).Soon()).Fault);
        var six = await client.AskAsync("kb.test", DnsType.Aaaa, default).Soon();
        Assert.Equal((0, null), (six.Records.Count, six.Fault));
    }
}
