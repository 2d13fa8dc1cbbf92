using Bascule.System.Tests;

namespace Bascule.Diagnostics.Tests;

/// <summary>nginx, HAProxy and Caddy from Debian in their classic misconfigurations, before an echo server that others wrote; and in the right one.</summary>
public sealed class RealProxyTests
{
    [Fact]
    public async Task Right_configurations_are_no_finding()
    {
        await using var backend = await BackendProcess.EchoAsync("py");
        var authority = new Uri(backend.Url).Authority;
        await using var nginx = await Proxies.NginxAsync($"proxy_pass {backend.Url}; {Proxies.NginxUpgrade}");
        await using var haproxy = await Proxies.HaproxyAsync($"server echo {authority}");
        await using var caddy = await Proxies.CaddyAsync($"reverse_proxy {authority}");

        (await ProbeAsync(nginx)).AssertGood();
        (await ProbeAsync(haproxy)).AssertGood();
        (await ProbeAsync(caddy)).AssertGood();
    }

    [Theory]
    [InlineData("proxy_http_version 1.1;")]
    [InlineData("proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;")]
    [InlineData("proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection '';")]
    public async Task Nginx_without_the_two_fields_is_named_with_its_cure(string settings)
    {
        await using var backend = await BackendProcess.EchoAsync("py");
        await using var nginx = await Proxies.NginxAsync($"proxy_pass {backend.Url}; {settings}");

        var report = await ProbeAsync(nginx);

        Assert.Contains("proxy_set_header Upgrade $http_upgrade", report.AssertFirst(report.Facts.Status == 426 ? "PROBE-426" : "PROBE-400", "nginx").Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nginx_that_speaks_HTTP_1_0_with_the_back_end_is_named()
    {
        await using var backend = await BackendProcess.EchoAsync("py");
        await using var nginx = await Proxies.NginxAsync($"proxy_pass {backend.Url}; proxy_http_version 1.0; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;");

        var verdict = (await ProbeAsync(nginx)).AssertFirst("PROBE-HTTP10", "nginx", "HTTP/1.0");

        Assert.Contains("proxy_http_version 1.1", verdict.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nginx_that_asks_a_TLS_back_end_without_TLS_is_named()
    {
        await using var backend = await KestrelEcho.StartAsync(isSecure: true);
        await using var nginx = await Proxies.NginxAsync($"proxy_pass http://{backend.Url.Authority}; {Proxies.NginxUpgrade}");

        (await ProbeAsync(nginx)).AssertFirst("PROBE-5XX", "nginx", "502");
    }

    [Fact]
    public async Task Nginx_that_asks_a_plain_back_end_with_TLS_is_named()
    {
        await using var backend = await BackendProcess.EchoAsync("py");
        await using var nginx = await Proxies.NginxAsync($"proxy_pass https://{new Uri(backend.Url).Authority}; {Proxies.NginxUpgrade}");

        var verdict = (await ProbeAsync(nginx)).AssertFirst("PROBE-5XX", "nginx", "502");

        Assert.Contains("TLS", verdict.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nginx_with_files_instead_of_a_back_end_has_nothing_there()
    {
        await using var nginx = await Proxies.NginxAsync("try_files $uri =404;");

        (await ProbeAsync(nginx)).AssertFirst("PROBE-404", "nginx", "404");
    }

    [Fact]
    public async Task Nginx_that_limits_the_rate_of_handshakes_is_found_by_a_crowd()
    {
        await using var backend = await BackendProcess.EchoAsync("py");
        await using var nginx = await Proxies.NginxAsync(
            $"limit_req zone=all burst=30 nodelay; limit_req_status 429; proxy_pass {backend.Url}; {Proxies.NginxUpgrade}", "limit_req_zone $binary_remote_addr zone=all:1m rate=1r/s;");

        var report = await ProbeAsync(nginx, o => o with { Handshakes = 60 });

        report.AssertFirst("PROBE-429", "nginx", "of 60 at once got 429");
    }

    [Fact]
    public async Task HAProxy_that_deletes_the_field_is_found()
    {
        await using var backend = await BackendProcess.EchoAsync("py");
        await using var haproxy = await Proxies.HaproxyAsync($"http-request del-header upgrade\n    http-request del-header connection\n    server echo {new Uri(backend.Url).Authority}");

        var report = await ProbeAsync(haproxy);

        report.AssertFirst(report.Facts.Status == 426 ? "PROBE-426" : "PROBE-400", "plain GET");
    }

    [Fact]
    public async Task HAProxy_without_a_server_is_named()
    {
        await using var haproxy = await Proxies.HaproxyAsync("balance roundrobin");

        (await ProbeAsync(haproxy)).AssertFirst("PROBE-5XX", "HAProxy", "no back end");
    }

    [Fact]
    public async Task Caddy_that_does_not_know_the_host_is_named()
    {
        await using var caddy = await Proxies.CaddyAsync("respond hello", "ws.example.com");

        (await ProbeAsync(caddy)).AssertFirst("PROBE-200-NOT-UPGRADED", "Caddy", "no site");
    }

    [Fact]
    public async Task Pythons_file_server_is_named()
    {
        await using var files = await BackendProcess.FilesAsync();

        (await Probes.RunAsync(new Uri(files.WebSocketUrl))).AssertFirst("PROBE-SERVER-SIMPLEHTTP", "file server", "http.server");
    }

    [Fact]
    public async Task The_direct_way_shows_that_the_proxy_is_at_fault()
    {
        await using var backend = await BackendProcess.EchoAsync("py");
        await using var nginx = await Proxies.NginxAsync($"proxy_pass {backend.Url};");

        var report = await ProbeAsync(nginx, o => o with { Direct = new ProbeTarget(new Uri(backend.WebSocketUrl)) });

        report.AssertFirst("PROBE-DIRECT-FRONT", "The back end is fine", "nginx");
        Assert.True(report.Direct!.Facts.IsWebSocket);
    }

    [Fact]
    public async Task The_direct_way_shows_that_the_back_end_is_at_fault()
    {
        await using var files = await BackendProcess.FilesAsync();
        await using var nginx = await Proxies.NginxAsync($"proxy_pass {files.Url}; {Proxies.NginxUpgrade}");

        var report = await ProbeAsync(nginx, o => o with { Direct = new ProbeTarget(new Uri(files.WebSocketUrl)) });

        report.AssertFirst("PROBE-DIRECT-BACK", "back end itself", "file server");
    }

    private static Task<ProbeReport> ProbeAsync(ProxyProcess proxy, Func<ProbeOptions, ProbeOptions>? options = null) => Probes.RunAsync(new Uri(proxy.WebSocketUrl), options: options);
}
