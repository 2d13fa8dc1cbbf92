using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>What lies below HTTP: URL, names, ports, TLS.</summary>
public sealed class ReachTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task A_healthy_server_is_no_finding_and_every_step_is_taken()
    {
        await using var server = SmallServer.Healthy();

        var report = await server.ProbeAsync();

        report.AssertGood();
        Assert.True(report.Facts.Echoes);
        Assert.True(report.Facts.Pongs);
        Assert.Equal(1000, report.Facts.CloseCode);
        Assert.Equal(["tls"], report.Steps.Where(s => s.Result == StepResult.Skipped).Select(s => s.Id));
        Assert.Equal([], report.Steps.Where(s => s.Result is StepResult.Warn or StepResult.Fail).Select(s => s.Id));
    }

    [Fact]
    public async Task ASP_NET_Core_with_compression_is_no_finding()
    {
        await using var server = await KestrelEcho.StartAsync();

        var report = await Probes.RunAsync(server.Url);

        report.AssertGood();
        Assert.StartsWith("permessage-deflate", report.Facts.Extensions, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WebSockets_over_HTTP_2_are_seen_where_they_are_offered()
    {
        await using var server = await KestrelEcho.StartAsync(isSecure: true);

        var report = await Probes.RunAsync(server.Url, target: t => t with { AnyCertificate = true });

        Assert.True(report.Facts.Http2, report.Step("http2").Evidence);
    }

    [Fact]
    public async Task A_port_on_which_nobody_listens_is_named()
    {
        using var port = DeadPort.Closed();

        var report = await Probes.RunAsync(port.Url);

        report.AssertFirst("PROBE-TCP-REFUSED", "Nothing listens", $"{port.Url.Port}");
        Assert.False(report.Facts.IsReachable);
    }

    [Fact]
    public async Task A_port_that_drops_packets_is_told_from_one_that_refuses()
    {
        using var port = DeadPort.Full();

        var report = await Probes.RunAsync(port.Url, options: o => o with { Clock = o.Clock with { StepLimit = TimeSpan.FromMilliseconds(500) } });

        report.AssertFirst("PROBE-TCP-SILENT", "does not answer");
    }

    [Theory]
    [InlineData(SocketError.HostNotFound, "no such name")]
    [InlineData(SocketError.TryAgain, "name server")]
    [InlineData(SocketError.Success, "no address")]
    public async Task A_name_that_leads_nowhere_is_the_cause(SocketError error, string words)
    {
        var report = await Probes.RunAsync(new Uri("wss://ws.example.com/ws"), options: o => o with
        {
            Resolve = (_, _) => error == SocketError.Success ? Task.FromResult<IPAddress[]>([]) : Task.FromException<IPAddress[]>(new SocketException((int)error)),
        });

        report.AssertFirst("PROBE-DNS-NONE", "ws.example.com", words);
    }

    [Fact]
    public async Task A_name_that_is_too_long_leads_nowhere()
    {
        var host = string.Join('.', Enumerable.Repeat(new string('a', 60), 5));

        var report = await Probes.RunAsync(new Uri($"ws://{host}/"), options: o => o with { Resolve = (name, cancellation) => Dns.GetHostAddressesAsync(name, cancellation) });

        report.AssertFirst("PROBE-DNS-NONE", "does not resolve");
    }

    [Fact]
    public async Task A_name_server_that_says_nothing_is_not_waited_for()
    {
        var report = await Probes.RunAsync(new Uri("wss://ws.example.com/ws"), options: o => o with
        {
            Clock = o.Clock with { StepLimit = TimeSpan.FromMilliseconds(100) }, Resolve = (_, _) => new TaskCompletionSource<IPAddress[]>().Task,
        });

        report.AssertFirst("PROBE-DNS-NONE", "no answer");
    }

    [Fact]
    public async Task One_dead_address_among_several_is_a_warning()
    {
        await using var server = SmallServer.Healthy();

        // All of 127.0.0.0/8 is this machine, but the server has only one address of it; loopback itself is never warned about.
        var report = await server.ProbeAsync("ws.example.com", options: o => o with { Resolve = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback, IPAddress.Parse("127.0.0.2")]) });

        report.AssertGood();
        Assert.Contains("127.0.0.2", report.Step("tcp").Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_https_that_is_given_ws_is_the_first_verdict_though_all_else_works()
    {
        await using var server = SmallServer.Healthy();

        var report = await server.ProbeAsync("terminal.example.com", t => t with { Origin = "https://console.example.com" });

        report.AssertFirst("PROBE-MIXED-CONTENT", "https://console.example.com", "wss://");
        Assert.True(report.Facts.IsWebSocket);
    }

    [Fact]
    public async Task Wss_to_a_port_without_TLS_is_named()
    {
        await using var server = SmallServer.Healthy();

        var report = await Probes.RunAsync(new Uri($"wss://127.0.0.1:{server.Port}/ws"));

        Assert.Contains("ws://127.0.0.1", report.AssertFirst("PROBE-TLS-PLAINTEXT", "without TLS").Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ws_to_a_port_with_TLS_is_named()
    {
        using var certificate = Certificate("localhost", Now.AddDays(30));
        await using var server = SmallServer.Healthy(certificate);

        var report = await Probes.RunAsync(new Uri($"ws://127.0.0.1:{server.Port}/ws"));

        Assert.Contains("wss://127.0.0.1", report.AssertFirst("PROBE-TLS-PLAINTEXT", "speaks TLS").Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_fits_is_no_finding()
    {
        using var certificate = Certificate("ws.example.com", Now.AddDays(60));
        await using var server = SmallServer.Healthy(certificate);

        (await server.ProbeAsync("ws.example.com", t => t with { Authorities = [certificate] })).AssertGood();
    }

    [Theory]
    [InlineData("other.example.com", 60, true, "it is for other.example.com, not for ws.example.com")]
    [InlineData("ws.example.com", -2, true, "it expired on")]
    [InlineData("ws.example.com", 60, false, "it signed itself")]
    public async Task What_is_wrong_with_a_certificate_is_said_exactly(string name, int days, bool isTrusted, string words)
    {
        using var certificate = Certificate(name, Now.AddDays(days));
        await using var server = SmallServer.Healthy(certificate);

        var report = await server.ProbeAsync("ws.example.com", t => isTrusted ? t with { Authorities = [certificate] } : t);

        report.AssertFirst("PROBE-TLS-CERT", words);
        Assert.True(report.Facts.IsWebSocket, "The steps behind it are worth seeing.");
    }

    [Fact]
    public async Task A_certificate_that_ends_soon_is_a_warning()
    {
        using var certificate = Certificate("ws.example.com", Now.AddDays(3));
        await using var server = SmallServer.Healthy(certificate);

        var report = await server.ProbeAsync("ws.example.com", t => t with { Authorities = [certificate] });

        Assert.Equal(Severity.Warning, report.AssertFirst("PROBE-TLS-EXPIRES").Severity);
    }

    [Fact]
    public async Task A_token_is_not_sent_to_somebody_with_a_wrong_certificate()
    {
        using var certificate = Certificate("ws.example.com", Now.AddDays(60));
        var asked = 0;
        await using var server = SmallServer.Start(a => Task.FromResult(Interlocked.Increment(ref asked)), certificate);

        var report = await server.ProbeAsync("ws.example.com", t => t with { Token = "secret" });

        report.AssertFirst("PROBE-TLS-CERT");
        Assert.Contains("--insecure", report.Step("tls").Evidence, StringComparison.Ordinal);
        Assert.Equal(0, asked);
    }

    [Fact]
    public async Task A_server_that_speaks_HTTP_2_only_is_named()
    {
        using var certificate = Certificate("ws.example.com", Now.AddDays(60));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeHttp2OnlyAsync(listener, certificate);

        var report = await Probes.RunAsync(new Uri($"wss://ws.example.com:{((IPEndPoint)listener.LocalEndpoint).Port}/ws"));

        report.AssertFirst("PROBE-H2-ONLY", "HTTP/2 only");
        listener.Stop();
        await serving.Soon();
    }

    [Theory]
    [InlineData("", StepResult.Warn)]
    [InlineData("10.0.0.0, .example.com", StepResult.Ok)]
    public async Task A_proxy_of_the_environment_is_told_without_its_password(string exempt, StepResult result)
    {
        await using var server = SmallServer.Healthy();
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["http_proxy"] = "http://user:secret@proxy.test:3128", ["no_proxy"] = exempt };

        var report = await server.ProbeAsync("ws.example.com", options: o => o with { Environment = environment });

        Assert.Equal(result, report.Step("proxy").Result);
        Assert.True(report.IsGood);
        Assert.DoesNotContain("secret", string.Concat(report.Steps.Select(s => s.Evidence + s.Verdict)), StringComparison.Ordinal);
    }

    private static async Task ServeHttp2OnlyAsync(TcpListener listener, X509Certificate2 certificate)
    {
        try
        {
            while (true)
            {
                using var socket = await listener.AcceptSocketAsync();
                await using var secure = new SslStream(new NetworkStream(socket, ownsSocket: false));
                try
                {
                    await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, ApplicationProtocols = [SslApplicationProtocol.Http2] });
                }
                catch (Exception e) when (e is IOException or AuthenticationException)
                {
                    // The client offered something else, as it should.
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private static X509Certificate2 Certificate(string name, DateTimeOffset until)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(Now.AddDays(-90), until);
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }
}
