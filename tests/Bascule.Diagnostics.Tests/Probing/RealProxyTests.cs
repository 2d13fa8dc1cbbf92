using System.Net;
using Bascule.System.Tests;
using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>nginx, HAProxy and Caddy from Debian in their classic misconfigurations, before servers that others wrote: probe and linter each name the fault, from the running proxy and from its file.</summary>
public sealed class RealProxyTests
{
    public static TheoryData<string> Faults => [.. ProxyFaults.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Probe_and_linter_name_the_fault(string name)
    {
        var fault = ProxyFaults.All.First(f => f.Name == name);
        await using var backend = await BackendProcess.EchoAsync("py");
        await using var proxy = await ProxyProcess.StartAsync(fault.Config(new Uri(backend.Url).Authority), fault.Files);

        var (clock, working) = (TimeProvider.System.GetTimestamp(), WorkingTime.Shared.GetTimestamp());
        var report = await ProbeAsync(proxy, fault.Options);
        var stoodStill = TimeProvider.System.GetElapsedTime(clock) - WorkingTime.Shared.GetElapsedTime(working);

        AssertLint(proxy, fault.Lint);
        report.AssertFirst(fault.Probe, fault.Words);
        if (fault.IdleLimit is { } limit)
            Assert.InRange(report.Facts.IdleLimit!.Value, limit - ProxyFaults.Early, limit + ProxyFaults.Late + stoodStill);
    }

    [Fact]
    public async Task Right_configurations_are_no_finding_of_either()
    {
        await using var backend = await BackendProcess.EchoAsync("py");
        var authority = new Uri(backend.Url).Authority;
        await using var nginx = await ProxyProcess.StartAsync(ProxyConfig.Nginx($"location /ws {{ proxy_pass {backend.Url}; {ProxyConfig.NginxUpgrade} proxy_set_header Host $host; proxy_read_timeout 1h; }}"));
        await using var haproxy = await ProxyProcess.StartAsync(ProxyConfig.Haproxy($"server echo {authority}"));
        await using var caddy = await ProxyProcess.StartAsync(ProxyConfig.Caddy($"reverse_proxy /ws {authority}"));

        foreach (var proxy in (ProxyProcess[])[nginx, haproxy, caddy])
        {
            (await ProbeAsync(proxy)).AssertGood();
            AssertClean(proxy);
        }
    }

    [Theory]
    [InlineData("nginx", true)]
    [InlineData("nginx", false)]
    [InlineData("haproxy", true)]
    [InlineData("caddy", true)]
    [InlineData("caddy", false)]
    public async Task A_back_end_that_is_asked_with_the_wrong_scheme_is_named(string name, bool backendHasTls)
    {
        using var certificate = Certificates.For("backend.example.com", TimeProvider.System.GetUtcNow().AddDays(30));
        // Ports that people use for the one and the other, on an address that nobody else has.
        var place = new IPEndPoint(OwnAddress.Next().Address, backendHasTls ? 8443 : 8080);
        await using var backend = SmallServer.Start(asked => asked.IsUpgrade ? asked.EchoAsync() : asked.AnswerAsync("200 OK"), backendHasTls ? certificate : null, place);
        var url = $"{(backendHasTls ? "http" : "https")}://{place}";
        await using var proxy = await ProxyProcess.StartAsync(name switch
        {
            "nginx" => ProxyConfig.Nginx($"location /ws {{ proxy_pass {url}; {ProxyConfig.NginxUpgrade} proxy_read_timeout 1h; }}"),
            "haproxy" => ProxyConfig.Haproxy($"server echo {place}"),
            _ => ProxyConfig.Caddy($"reverse_proxy /ws {url}"),
        });

        var report = await ProbeAsync(proxy);

        AssertLint(proxy, "PROXY-SCHEME-PORT");
        Assert.Contains("TLS", report.AssertFirst("PROBE-5XX", "502").Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    [InlineData("caddy")]
    public async Task A_certificate_for_another_name_is_found_by_both(string name)
    {
        using var wrong = Certificates.For("other.example.com", TimeProvider.System.GetUtcNow().AddDays(60));
        using var right = Certificates.For("ws.example.com", TimeProvider.System.GetUtcNow().AddDays(60));
        await using var backend = await BackendProcess.EchoAsync("py");
        foreach (var certificate in new[] { wrong, right })
        {
            var authority = new Uri(backend.Url).Authority;
            var config = name switch
            {
                "nginx" => ProxyConfig.Nginx($"server_name ws.example.com; ssl_certificate site.pem; ssl_certificate_key site.pem; location /ws {{ proxy_pass {backend.Url}; {ProxyConfig.NginxUpgrade} proxy_read_timeout 1h; }}", isSecure: true),
                "haproxy" => ProxyConfig.Haproxy($"server echo {authority}", bind: "ssl crt site.pem"),
                _ => ProxyConfig.Caddy($"tls site.pem site.pem\n    reverse_proxy /ws {authority}", "ws.example.com", isSecure: true),
            };
            await using var proxy = await ProxyProcess.StartAsync(config, ("site.pem", Certificates.Pem(certificate)), (".env", "VITE_WS_URL=wss://ws.example.com/ws\n"));

            var report = await Probes.RunAsync(
                new Uri($"wss://ws.example.com:{proxy.Place.Port}/ws"), t => t with { Authorities = [wrong, right] }, o => o with { Resolve = (_, _) => Task.FromResult<IPAddress[]>([proxy.Place.Address]) });

            if (certificate == wrong)
            {
                report.AssertFirst("PROBE-TLS-CERT", "it is for other.example.com, not for ws.example.com");
                AssertLint(proxy, "TLS-CERT-NAME");
            }
            else
            {
                Assert.True(report.IsGood, report.First());
                AssertClean(proxy);
            }
        }
    }

    [Fact]
    public async Task Nginx_that_holds_back_server_sent_events_is_found_by_both()
    {
        await using var backend = Events();
        await using var proxy = await ProxyProcess.StartAsync(ProxyConfig.Nginx($"location /events {{ proxy_pass http://127.0.0.1:{backend.Port}; }}"));
        await using var good = await ProxyProcess.StartAsync(ProxyConfig.Nginx($"location /events {{ proxy_pass http://127.0.0.1:{backend.Port}; proxy_buffering off; }}"));
        var direct = new ProbeTarget(new Uri($"http://127.0.0.1:{backend.Port}/events"));

        var report = await EventsAsync(proxy);
        var fine = await EventsAsync(good);

        report.AssertFirst("PROBE-SSE-BUFFERED", "nginx holds server-sent events back");
        AssertLint(proxy, "NGINX-SSE-BUFFERING");
        Assert.True(fine.IsGood, fine.First());
        AssertClean(good);

        // Only a silence that lasts shows it, so this one is waited for.
        Task<ProbeReport> EventsAsync(ProxyProcess by) => Probes.RunAsync(
            new Uri($"http://{by.Place}/events"), options: o => o with { Direct = direct, Clock = o.Clock with { StepLimit = TimeSpan.FromSeconds(2) } });
    }

    [Fact]
    public async Task Nginx_with_files_instead_of_a_back_end_has_nothing_there()
    {
        await using var nginx = await ProxyProcess.StartAsync(ProxyConfig.Nginx("location / { try_files $uri =404; }"));

        (await ProbeAsync(nginx)).AssertFirst("PROBE-404", "nginx", "404");
    }

    [Fact]
    public async Task HAProxy_without_a_server_is_named()
    {
        await using var haproxy = await ProxyProcess.StartAsync(ProxyConfig.Haproxy("balance roundrobin"));

        (await ProbeAsync(haproxy)).AssertFirst("PROBE-5XX", "HAProxy", "no back end");
    }

    [Fact]
    public async Task Caddy_that_does_not_know_the_host_is_named()
    {
        await using var caddy = await ProxyProcess.StartAsync(ProxyConfig.Caddy("respond hello", "ws.example.com"));

        (await ProbeAsync(caddy)).AssertFirst("PROBE-200-NOT-UPGRADED", "Caddy", "no site");
    }

    [Fact]
    public async Task The_direct_way_shows_that_the_proxy_is_at_fault()
    {
        await using var backend = await BackendProcess.EchoAsync("py");
        await using var nginx = await ProxyProcess.StartAsync(ProxyConfig.Nginx($"location / {{ proxy_pass {backend.Url}; }}"));

        var report = await ProbeAsync(nginx, o => o with { Direct = new ProbeTarget(new Uri(backend.WebSocketUrl)) });

        report.AssertFirst("PROBE-DIRECT-FRONT", "The back end is fine", "nginx");
        Assert.True(report.Direct!.Facts.IsWebSocket);
    }

    [Fact]
    public async Task The_direct_way_shows_that_the_back_end_is_at_fault()
    {
        await using var files = await BackendProcess.FilesAsync();
        await using var nginx = await ProxyProcess.StartAsync(ProxyConfig.Nginx($"location / {{ proxy_pass {files.Url}; {ProxyConfig.NginxUpgrade} }}"));

        var report = await ProbeAsync(nginx, o => o with { Direct = new ProbeTarget(new Uri(files.WebSocketUrl)) });

        report.AssertFirst("PROBE-DIRECT-BACK", "back end itself", "file server");
    }

    /// <summary>A small event at once, and one every 200 ms: nginx's buffer of 4 KiB is not full for minutes.</summary>
    private static SmallServer Events() => SmallServer.Start(async asked =>
    {
        if (asked.Head.Path != "/events")
        {
            await asked.AnswerAsync("404 Not Found");
            return;
        }

        await asked.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        do
        {
            if (await asked.Peer.SendAsync("data: tick\n\n"u8.ToArray(), asked.Stop) != PeerSend.Sent)
                return;
        }
        while (await beat.WaitForNextTickAsync(asked.Stop));
    });

    private static LintReport Lint(ProxyProcess proxy)
    {
        var folder = Path.GetDirectoryName(proxy.ConfigFile)!;
        return LintRun.Run(FolderWalk.Read(["."], folder), new LintOptions(AssumeWebSockets: true));
    }

    private static void AssertLint(ProxyProcess proxy, string ruleId)
    {
        var report = Lint(proxy);
        Assert.True(report.First?.RuleId == ruleId, $"expected {ruleId}, was {LintText.Write(report)}");
        Assert.Contains(Path.GetFileName(proxy.ConfigFile), report.First!.Headline, StringComparison.Ordinal);
    }

    /// <summary>That Debian's Caddy ends all connections when it is reloaded is a note, and no line of its file can change it.</summary>
    private static void AssertClean(ProxyProcess proxy)
    {
        var report = Lint(proxy);
        Assert.True(report.Findings.All(f => f.Rule.Id == "CADDY-RELOAD" && f.Severity == Severity.Info), LintText.Write(report));
    }

    private static Task<ProbeReport> ProbeAsync(ProxyProcess proxy, Func<ProbeOptions, ProbeOptions>? options = null) => Probes.RunAsync(new Uri(proxy.WebSocketUrl + "ws"), options: options);
}
