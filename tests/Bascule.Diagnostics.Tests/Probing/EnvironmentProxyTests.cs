using System.Net;
using System.Net.Sockets;
using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>The proxy that the environment names: whether it opens tunnels, and what it does to what goes through them.</summary>
public sealed class EnvironmentProxyTests
{
    private const string Host = "ws.example.com";

    [Theory]
    [InlineData("http_proxy")]
    [InlineData("HTTP_PROXY")]
    [InlineData("ALL_PROXY")]
    public async Task A_proxy_that_passes_is_no_finding_and_is_tried(string variable)
    {
        await using var server = SmallServer.Healthy();
        await using var proxy = new ConnectProxy(Tunnelling.Passes);

        var report = await ProbeAsync(server, proxy.Url(), variable);

        report.AssertGood();
        Assert.Contains("opens a tunnel", report.Step("proxy").Evidence, StringComparison.Ordinal);
        Assert.Contains("a pong came back", report.Step("proxy-upgrade").Evidence, StringComparison.Ordinal);
        Assert.Equal(2, proxy.Tunnels);
    }

    [Theory]
    [InlineData(Tunnelling.WantsPassword, "PROBE-PROXY-AUTH", "wants a password (407)")]
    [InlineData(Tunnelling.Forbids, "PROBE-PROXY-REFUSED", "refuses a tunnel to ws.example.com")]
    [InlineData(Tunnelling.KnowsNoConnect, "PROBE-PROXY-REFUSED", "(405)")]
    [InlineData(Tunnelling.DoesNotReach, "PROBE-PROXY-REFUSED", "does not reach ws.example.com")]
    [InlineData(Tunnelling.HangsUp, "PROBE-PROXY-CUT", "ends the connection without an answer")]
    [InlineData(Tunnelling.SpeaksAnotherProtocol, "PROBE-PROXY-CUT", "no HTTP proxy")]
    [InlineData(Tunnelling.CutsAtOnce, "PROBE-PROXY-CUT", "cuts it when an upgrade is asked for")]
    [InlineData(Tunnelling.CutsAfterTheAnswer, "PROBE-PROXY-CUT", "right after the 101")]
    [InlineData(Tunnelling.HoldsAll, "PROBE-PROXY-BUFFERS", "the upgrade is not answered there")]
    [InlineData(Tunnelling.HoldsSmall, "PROBE-PROXY-BUFFERS", "a ping gets no pong")]
    [InlineData(Tunnelling.Answers, "PROBE-PROXY-CHANGES", "the upgrade gets 451 (server: filter), straight it gets 101")]
    public async Task What_a_proxy_does_wrong_is_told_apart(Tunnelling manner, string ruleId, string words)
    {
        await using var server = SmallServer.Healthy();
        await using var proxy = new ConnectProxy(manner);

        var report = await ProbeAsync(server, proxy.Url(), isHasty: manner is Tunnelling.HoldsAll or Tunnelling.HoldsSmall);

        var verdict = report.AssertFirst(ruleId, words, "proxy 127.0.0.1:");
        Assert.Equal(Severity.Warning, verdict.Severity);
        Assert.True(report.Facts.IsWebSocket, "The straight way works.");
    }

    [Fact]
    public async Task A_proxy_that_is_not_there_is_named()
    {
        await using var server = SmallServer.Healthy();
        using var port = DeadPort.Closed();

        (await ProbeAsync(server, $"http://{port.Url.Authority}")).AssertFirst("PROBE-PROXY-UNREACHED", $"{port.Url.Authority} that http_proxy names", "refused");
    }

    [Fact]
    public async Task A_proxy_without_an_address_is_named()
    {
        await using var server = SmallServer.Healthy();

        var report = await ProbeAsync(server, "http://proxy.test:3128", resolve: name => name == Host ? [IPAddress.Loopback] : throw new SocketException((int)SocketError.HostNotFound));

        report.AssertFirst("PROBE-PROXY-UNREACHED", "proxy.test:3128", "no address");
    }

    [Theory]
    [InlineData(ConnectProxy.Credentials, "")]
    [InlineData("user:wrong-one", "PROBE-PROXY-AUTH")]
    public async Task The_password_of_the_variable_is_sent_and_never_shown(string credentials, string ruleId)
    {
        await using var server = SmallServer.Healthy();
        await using var proxy = new ConnectProxy(Tunnelling.WantsPassword);

        var report = await ProbeAsync(server, proxy.Url(credentials));

        if (ruleId.Length == 0)
            report.AssertGood();
        else
            report.AssertFirst(ruleId, "refuses the password of http_proxy");
        var told = string.Concat(report.Steps.Select(s => s.Evidence + s.Verdict));
        Assert.All(["se%20cret", "se cret", "wrong-one", Convert.ToBase64String("user:se cret"u8), Convert.ToBase64String("user:wrong-one"u8)], secret => Assert.DoesNotContain(secret, told, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_only_the_proxy_leads_to_the_server_the_ladder_goes_through_it()
    {
        await using var server = SmallServer.Healthy();
        await using var proxy = new ConnectProxy(Tunnelling.Passes);

        var report = await ProbeAsync(server, proxy.Url(), resolve: _ => throw new SocketException((int)SocketError.HostNotFound));

        Assert.True(report.IsGood && report.Facts.Echoes, report.First());
        Assert.Equal(Severity.Info, report.AssertFirst("PROBE-DNS-NONE").Severity);
        Assert.Equal(StepResult.Warn, report.Step("dns").Result);
    }

    [Fact]
    public async Task A_proxy_that_opens_TLS_is_named_by_its_certificate()
    {
        using var certificate = Certificates.For(Host, TimeProvider.System.GetUtcNow().AddDays(60));
        using var inspection = Certificates.For("inspection.test", TimeProvider.System.GetUtcNow().AddDays(60));
        await using var server = SmallServer.Healthy(certificate);
        // It leads the tunnel to a server of its own, as those do that read what passes.
        await using var reader = SmallServer.Healthy(inspection);
        await using var tunnel = new ConnectProxy(Tunnelling.Passes) { LeadsTo = reader.Port };

        var report = await Probes.RunAsync(
            server.Url(Host), t => t with { Authorities = [certificate] }, o => o with { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HTTPS_PROXY"] = tunnel.Url() } });

        report.AssertFirst("PROBE-PROXY-TLS", "opens TLS", "CN=inspection.test");
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData("example.com", true)]
    [InlineData(".example.com", true)]
    [InlineData("*.example.com", true)]
    [InlineData("10.0.0.0/8, ws.example.com", true)]
    [InlineData("ws.example.com:1", false)]
    [InlineData("ample.com", false)]
    [InlineData("", false)]
    public async Task NO_PROXY_exempts_hosts(string list, bool isExempt)
    {
        await using var server = SmallServer.Healthy();
        await using var proxy = new ConnectProxy(Tunnelling.Passes);

        var report = await ProbeAsync(server, proxy.Url(), noProxy: list);

        report.AssertGood();
        Assert.Equal(isExempt, proxy.Tunnels == 0);
    }

    [Theory]
    [InlineData("127.0.0.1", "", "this machine is reached without")]
    [InlineData("10.1.2.3", "10.0.0.0/8", "NO_PROXY exempts 10.1.2.3")]
    [InlineData("10.1.2.3", "10.1.2.3", "NO_PROXY exempts 10.1.2.3")]
    [InlineData("10.1.2.3", "10.1.2.4,nonsense", "opens a tunnel")]
    public async Task Addresses_are_exempt_one_by_one_and_by_network(string host, string list, string words)
    {
        await using var server = SmallServer.Healthy();
        await using var proxy = new ConnectProxy(Tunnelling.Passes);

        // Nobody answers at the address itself, which is no part of this test.
        var report = await server.ProbeAsync(host, options: o => o with
        {
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["http_proxy"] = proxy.Url(), ["NO_PROXY"] = list }, Clock = o.Clock with { StepLimit = TimeSpan.FromSeconds(2) },
        });

        Assert.Contains(words, report.Step("proxy").Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("socks5://127.0.0.1:1080")]
    [InlineData("https://proxy.test:443")]
    [InlineData("http://")]
    public async Task A_proxy_of_another_kind_is_a_note(string value)
    {
        await using var server = SmallServer.Healthy();

        var report = await ProbeAsync(server, value);

        Assert.Equal(Severity.Info, report.AssertFirst("PROBE-VIA-PROXY", "cannot try").Severity);
        Assert.True(report.Facts.IsWebSocket);
    }

    // Only a proxy that stays silent on purpose is waited for so briefly.
    private static Task<ProbeReport> ProbeAsync(SmallServer server, string proxy, string variable = "http_proxy", string noProxy = "", bool isHasty = false, Func<string, IPAddress[]>? resolve = null) => server.ProbeAsync(Host, options: o => o with
    {
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { [variable] = proxy, ["no_proxy"] = noProxy },
        Clock = isHasty ? Probes.Hasty(o).Clock : o.Clock,
        Resolve = resolve is null ? o.Resolve : (name, _) => Task.Run(() => resolve(name), CancellationToken.None),
    });
}
