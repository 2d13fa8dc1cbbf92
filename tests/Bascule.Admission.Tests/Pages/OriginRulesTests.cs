using Bascule.Model;
using static Bascule.Admission.Tests.TestHeads;

namespace Bascule.Admission.Tests;

/// <summary>Which pages may connect, and what the others are told (case B5).</summary>
public sealed class OriginRulesTests
{
    [Theory]
    [InlineData("self", "http://gw.example:8666", true)]
    [InlineData("self", "HTTP://GW.example:8666", true)]
    [InlineData("self", "https://gw.example:8666", false)]
    [InlineData("self", "http://gw.example", false)]
    [InlineData("self", "http://evil.example:8666", false)]
    [InlineData("self", "self", false)]
    [InlineData("self", "null", false)]
    [InlineData("self", "", false)]
    [InlineData("https://app.example", "https://app.example", true)]
    [InlineData("https://app.example", "https://app.example:443", true)]
    [InlineData("https://APP.example:443", "https://app.example", true)]
    [InlineData("https://app.example", "http://app.example", false)]
    [InlineData("https://app.example", "https://app.example:8443", false)]
    [InlineData("https://app.example", "https://app.example.evil", false)]
    [InlineData("https://app.example", "https://app.example/", false)]
    [InlineData("https://app.example", "https://x@app.example", false)]
    [InlineData("https://*.example.org", "https://a.example.org", true)]
    [InlineData("https://*.example.org", "https://a.b.example.org", true)]
    [InlineData("https://*.example.org", "https://example.org", false)]
    [InlineData("https://*.example.org", "https://.example.org", false)]
    [InlineData("https://*.example.org", "https://evilexample.org", false)]
    [InlineData("https://*.example.org", "http://a.example.org", false)]
    [InlineData("https://*.example.org:8443", "https://a.example.org:8443", true)]
    [InlineData("https://*.example.org", "https://*.example.org", false)]
    [InlineData("null", "null", true)]
    [InlineData("file://", "file://", true)]
    [InlineData("capacitor://localhost", "capacitor://localhost", true)]
    [InlineData("*", "https://anyone.example", true)]
    [InlineData("*", "null", true)]
    [InlineData("*", "rubbish", true)]
    public void A_page_connects_when_its_origin_is_allowed(string allowed, string origin, bool allows)
    {
        var rules = new OriginRules([allowed]);

        Assert.Equal(allows, rules.Check(Head(("Origin", origin)), Source()) is null);
        Assert.Equal(allows, rules.AllowsOrigin(origin, Source()));
    }

    [Fact]
    public void Self_is_what_the_client_itself_asked_for() =>
        Assert.Null(new OriginRules(["self"]).Check(Head(("Origin", "https://app.example")), Source("https", "app.example")));

    [Fact]
    public void A_program_without_origin_passes_whatever_is_allowed() => Assert.Null(new OriginRules([]).Check(Head(), Source()));

    [Fact]
    public void A_denial_says_what_was_seen_and_what_is_allowed() =>
        Assert.Equal(
            new Ending(EndReasons.OriginDenied, "The page is from `https://evil.example`; listen.origins allows `self`, `https://app.example`, and `self` is `http://gw.example:8666` here."),
            new OriginRules(["self", "https://app.example"]).Check(Head(("Origin", "https://evil.example")), Source()));

    [Fact]
    public void A_denial_is_short_and_forges_no_log_line_however_long_the_origin_and_the_list()
    {
        var rules = new OriginRules([.. Enumerable.Range(0, 500).Select(i => $"https://app{i}.example")], "origins of route chat");

        var detail = rules.Check(Head(("Origin", "https://\u0085`" + new string('a', 9000))), Source())!.Value.Detail!;

        Assert.InRange(detail.Length, 100, 500);
        Assert.Contains("origins of route chat", detail, StringComparison.Ordinal);
        Assert.Contains("and 495 more", detail, StringComparison.Ordinal);
        Assert.DoesNotContain('\u0085', detail);
    }

    [Fact]
    public void Where_only_the_scheme_differs_the_forgotten_proxy_is_named()
    {
        var rules = new OriginRules(["self"]);
        var head = Head(("Origin", "https://gw.example"));

        Assert.Contains("list it in listen.trustedProxies", rules.Check(head, Source())!.Value.Detail, StringComparison.Ordinal);
        Assert.EndsWith("Not believed.", rules.Check(head, Source(note: "Not believed."))!.Value.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_origins_and_an_empty_list_are_denied()
    {
        Assert.Equal("The request has 2 Origin fields; a browser sends one.", new OriginRules(["self"]).Check(Head(("Origin", "a"), ("origin", "b")), Source())!.Value.Detail);
        Assert.Equal("The Origin field is empty; listen.origins allows none.", new OriginRules([]).Check(Head(("Origin", "")), Source())!.Value.Detail);
    }

    [Theory]
    [InlineData("gw.example:8666", true)]
    [InlineData("GW.EXAMPLE", true)]
    [InlineData("gw.example.", true)]
    [InlineData("a.b.example.org", true)]
    [InlineData("example.org", false)]
    [InlineData("[2001:db8::1]:80", true)]
    [InlineData("192.0.2.1", false)]
    [InlineData("", false)]
    [InlineData("gw.example:x", false)]
    public void Only_hosts_of_the_list_are_served(string host, bool served)
    {
        var rules = new HostRules(["gw.example", "*.example.org", "[2001:db8::1]"]);

        Assert.Equal(served, rules.Check(Source(host: host)) is null);
        Assert.Null(new HostRules([]).Check(Source(host: host)));
    }

    [Fact]
    public void A_denied_host_is_told_what_is_served()
    {
        var rules = new HostRules(["gw.example"]);

        Assert.Equal(new Ending(EndReasons.HostDenied, "The request is for `evil.example`; listen.hosts has `gw.example`."), rules.Check(Source(host: "evil.example")));
        Assert.Equal("The request names no host; listen.hosts has `gw.example`.", rules.Check(Source(host: ""))!.Value.Detail);
    }
}
