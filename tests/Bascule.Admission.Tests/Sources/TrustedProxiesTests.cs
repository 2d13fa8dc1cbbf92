using System.Net;
using static Bascule.Admission.Tests.TestHeads;

namespace Bascule.Admission.Tests;

/// <summary>Which client stands behind a chain of proxies, and how it named the gateway (case A5).</summary>
public sealed class TrustedProxiesTests
{
    private static readonly TrustedProxies Proxies = new(["10.0.0.0/8", "192.168.1.5", "fd00::/8", "::ffff:172.16.0.0/108"]);

    [Theory]
    [InlineData("203.0.113.9", "203.0.113.9")]
    [InlineData("203.0.113.9:4711", "203.0.113.9")]
    [InlineData("1.1.1.1, 203.0.113.9", "203.0.113.9")]
    [InlineData("1.1.1.1, 203.0.113.9, 10.1.1.1", "203.0.113.9")]
    [InlineData("203.0.113.9, 10.1.1.1 , fd00::1,192.168.1.5", "203.0.113.9")]
    [InlineData("203.0.113.9, 172.20.0.1", "203.0.113.9")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("[2001:db8::1]", "2001:db8::1")]
    [InlineData("[2001:db8::1]:443", "2001:db8::1")]
    [InlineData("::ffff:203.0.113.9, 10.1.1.1", "203.0.113.9")]
    [InlineData("10.9.9.9, 10.1.1.1", "10.9.9.9")]
    [InlineData("203.0.113.9, ,", "203.0.113.9")]
    public void X_forwarded_for_is_walked_from_the_right_through_trusted_hops_only(string field, string client) =>
        Assert.Equal(IPAddress.Parse(client), Resolve(("X-Forwarded-For", field)).Address);

    [Theory]
    [InlineData("for=203.0.113.9", "203.0.113.9")]
    [InlineData("For=\"203.0.113.9:4711\";proto=https", "203.0.113.9")]
    [InlineData("for=1.1.1.1, for=203.0.113.9;by=10.0.0.1 , for=10.1.1.1", "203.0.113.9")]
    [InlineData("for=\"[2001:db8::1]:_port\"; proto=https", "2001:db8::1")]
    [InlineData("for=\", for=203.0.113.9", "203.0.113.9")]
    [InlineData("for=\"\\\", for=\"[2001:db8::1]\"", "2001:db8::1")]
    [InlineData("for=203.0.113.9;note=\"a, b\\\"; c\"", "203.0.113.9")]
    public void Forwarded_is_read_the_same_way_and_nothing_on_its_left_can_hide_its_right(string field, string client) =>
        Assert.Equal(IPAddress.Parse(client), Resolve(("Forwarded", field)).Address);

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.9, unknown, 10.1.1.1", "10.1.1.1", false)]
    [InlineData("X-Forwarded-For", "203.0.113.9, evil, 10.1.1.1", "10.1.1.1", true)]
    [InlineData("X-Forwarded-For", "203.0.113.9, 010.0.0.1", "10.0.0.1", true)]
    [InlineData("X-Forwarded-For", "203.0.113.9, 1, 10.1.1.1", "10.1.1.1", true)]
    [InlineData("X-Forwarded-For", "203.0.113.999", "10.0.0.1", true)]
    [InlineData("X-Forwarded-For", "203.0.113.9:", "10.0.0.1", true)]
    [InlineData("X-Forwarded-For", "203.0.113.9:80a", "10.0.0.1", true)]
    [InlineData("X-Forwarded-For", "fe80::1%eth0", "10.0.0.1", true)]
    [InlineData("X-Forwarded-For", "[203.0.113.9]", "10.0.0.1", true)]
    [InlineData("Forwarded", "for=_hidden", "10.0.0.1", false)]
    [InlineData("Forwarded", "proto=https", "10.0.0.1", false)]
    [InlineData("Forwarded", "for=203.0.113.9;for=203.0.113.8", "10.0.0.1", true)]
    [InlineData("Forwarded", "for=203.0.113.9 proto=https", "10.0.0.1", true)]
    [InlineData("Forwarded", "for=203.0.113.9;proto", "10.0.0.1", true)]
    [InlineData("Forwarded", "for=\"203.0.113.9", "10.0.0.1", true)]
    [InlineData("Forwarded", "for=2001:db8::1", "10.0.0.1", true)]
    [InlineData("Forwarded", "for=", "10.0.0.1", true)]
    public void An_element_that_cannot_be_read_ends_the_walk_where_it_is(string name, string field, string client, bool isNoted)
    {
        var source = Resolve((name, field));

        Assert.Equal((IPAddress.Parse(client), isNoted), (source.Address, source.Note is not null));
    }

    [Fact]
    public void What_an_untrusted_peer_says_is_ignored_and_noted()
    {
        var head = Head(("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.example"));

        var source = Proxies.Resolve(head, Peer("203.0.113.9"));

        Assert.Equal(new ClientSource(
            IPAddress.Parse("203.0.113.9"), "http", "gw.example:8666", 0,
            "X-Forwarded-For came from 203.0.113.9, which is not among listen.trustedProxies, so that it was not believed."), source);
    }

    [Fact]
    public void Without_a_peer_address_nobody_is_believed() =>
        Assert.Equal((null, "http", 0), Proxies.Resolve(Head(("Forwarded", "for=1.1.1.1;proto=https")), null) is var s ? (s.Address, s.Scheme, s.Hops) : default);

    [Fact]
    public void An_address_of_ipv4_in_the_form_of_ipv6_is_ipv4()
    {
        Assert.Equal(IPAddress.Parse("203.0.113.9"), Proxies.Resolve(Head(), Peer("::ffff:203.0.113.9")).Address);
        Assert.Equal(IPAddress.Parse("1.1.1.1"), Proxies.Resolve(Head(("X-Forwarded-For", "1.1.1.1")), Peer("::ffff:10.0.0.1")).Address);
    }

    [Theory]
    [InlineData("https", "app.example", null, "https://app.example")]
    [InlineData("https", "app.example:443", null, "https://app.example")]
    [InlineData("https", "app.example:8443", "443", "https://app.example:8443")]
    [InlineData("https", "app.example", "8443", "https://app.example:8443")]
    [InlineData("https", "app.example", "80", "https://app.example")]
    [InlineData("HTTPS", "[2001:db8::1]:8443", null, "https://[2001:db8::1]:8443")]
    [InlineData("wss", "app.example", null, "https://app.example")]
    [InlineData("ws", "app.example", null, "http://app.example")]
    [InlineData("ftp", "app.example", null, "http://app.example")]
    [InlineData("https", "a/b", "x", "https://gw.example:8666")]
    [InlineData("https", "user@app.example", "0", "https://gw.example:8666")]
    [InlineData(null, null, null, "http://gw.example:8666")]
    [InlineData("https, http", "app.example, inner", null, "http://inner")]
    public void Scheme_host_and_port_are_those_that_the_client_used(string? proto, string? host, string? port, string origin)
    {
        var fields = new[] { ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", proto), ("X-Forwarded-Host", host), ("X-Forwarded-Port", port) };

        Assert.Equal(origin, Resolve([.. fields.Where(f => f.Item2 is not null).Select(f => (f.Item1, f.Item2!))]).Origin);
    }

    [Fact]
    public void Scheme_and_host_come_from_the_proxy_nearest_to_the_client()
    {
        var lists = Resolve(("X-Forwarded-For", "203.0.113.9, 10.1.1.1"), ("X-Forwarded-Proto", "https, http"), ("X-Forwarded-Host", "app.example, inner"));
        var single = Resolve(("X-Forwarded-For", "203.0.113.9, 10.1.1.1"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "app.example"));
        var forwarded = Resolve(("Forwarded", "for=1.1.1.1;host=evil, for=203.0.113.9;proto=https;host=app.example, for=10.1.1.1;proto=http"));

        Assert.All([lists, single, forwarded], s => Assert.Equal(("https://app.example", 2), (s.Origin, s.Hops)));
    }

    [Fact]
    public void Scheme_and_host_of_a_trusted_peer_count_without_an_address() =>
        Assert.Equal("https://app.example", Resolve(("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "app.example")).Origin);

    [Fact]
    public void Forwarded_wins_where_both_name_the_same_client()
    {
        var source = Resolve(("Forwarded", "for=203.0.113.9;proto=https;host=one.example"), ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Host", "two.example"));

        Assert.Equal(("203.0.113.9", "https://one.example"), (source.Address!.ToString(), source.Origin));
    }

    [Theory]
    [InlineData("for=1.1.1.1;proto=https", "203.0.113.9")]
    [InlineData("proto=https;host=evil.example", "203.0.113.9")]
    [InlineData("for=203.0.113.9", "1.1.1.1")]
    [InlineData("rubbish", "203.0.113.9")]
    public void Where_they_contradict_each_other_a_client_wrote_one_of_them_and_neither_counts(string forwarded, string addresses)
    {
        var source = Resolve(("Forwarded", forwarded), ("X-Forwarded-For", addresses));

        Assert.Equal(("10.0.0.1", "http://gw.example:8666"), (source.Address!.ToString(), source.Origin));
        Assert.Contains("contradict", source.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void An_endless_chain_is_not_walked_to_its_end()
    {
        var source = Resolve(("X-Forwarded-For", string.Join(", ", Enumerable.Range(0, 1000).Select(i => $"10.1.{i / 250}.{i % 250}"))));

        Assert.Equal(20, source.Hops);
        Assert.Contains("more than 20 proxies", source.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0/8")]
    [InlineData("::ffff:10.0.0.0/64")]
    [InlineData("proxy.example")]
    [InlineData("")]
    public void What_is_no_network_is_refused_with_what_was_written(string network)
    {
        Assert.False(TrustedProxies.IsNetwork(network));
        Assert.Contains($"\"{network}\"", Assert.Throws<ArgumentException>(() => new TrustedProxies([network])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.1.2.3/8", "10.9.9.9", true)]
    [InlineData("10.1.2.3", "10.1.2.4", false)]
    [InlineData("0.0.0.0/0", "203.0.113.9", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("2001:db8::/33", "2001:db8:7fff::1", true)]
    [InlineData("2001:db8::/33", "2001:db8:8000::1", false)]
    public void Bits_behind_the_prefix_do_not_count(string network, string address, bool trusted) =>
        Assert.Equal(trusted, new TrustedProxies([network]).Trusts(IPAddress.Parse(address)));

    private static ClientSource Resolve(params (string Name, string Value)[] fields) => Proxies.Resolve(Head(fields), Peer("10.0.0.1"));
}
