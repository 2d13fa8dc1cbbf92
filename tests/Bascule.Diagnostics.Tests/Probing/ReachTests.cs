using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Bascule.System.Tests;
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
    public async Task An_IPv4_address_written_as_one_of_IPv6_is_tried_as_what_it_is()
    {
        await using var server = SmallServer.Healthy();

        var report = await server.ProbeAsync("[::ffff:127.0.0.1]");

        report.AssertGood();
        Assert.StartsWith($"127.0.0.1:{server.Port}: ", report.Step("tcp").Evidence, StringComparison.Ordinal);
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
    public async Task WebSockets_that_HTTP_2_announces_and_refuses_are_a_warning()
    {
        await using var server = await KestrelEcho.StartAsync(isSecure: true, refusesHttp2: true);

        var report = await Probes.RunAsync(server.Url, target: t => t with { AnyCertificate = true });

        Assert.Contains(report.Verdicts, v => v is { RuleId: "PROBE-H2-CONNECT", Severity: Severity.Warning });
        Assert.True(report.Facts.IsWebSocket);
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
    public async Task A_public_name_with_a_private_address_is_named()
    {
        using var port = DeadPort.Full();

        var report = await Probes.RunAsync(new Uri($"ws://ws.example.com:{port.Url.Port}/"), options: o => o with { Clock = o.Clock with { StepLimit = TimeSpan.FromMilliseconds(500) } });

        report.AssertFirst("PROBE-DNS-PRIVATE", "127.0.0.1", "private address");
    }

    [Fact]
    public async Task IPv6_that_leads_to_something_else_is_a_warning()
    {
        Assert.True(Socket.OSSupportsIPv6, "This test needs IPv6 on the loopback interface.");
        await using var other = SmallServer.Start(asked => asked.AnswerAsync("404 Not Found"), place: new IPEndPoint(IPAddress.IPv6Loopback, 0));
        // The same port of another address, which nobody else takes.
        var own = OwnAddress.Next().Address;
        await using var server = SmallServer.Start(asked => asked.IsUpgrade ? asked.EchoAsync() : asked.AnswerAsync("200 OK"), place: new IPEndPoint(own, other.Port));

        var report = await server.ProbeAsync("ws.example.com", options: o => o with { Resolve = (_, _) => Task.FromResult<IPAddress[]>([own, IPAddress.IPv6Loopback]) });

        Assert.Equal(Severity.Warning, report.AssertFirst("PROBE-DNS-V6-BROKEN", "Only IPv6 clients fail").Severity);
    }

    [Fact]
    public async Task Loopback_addresses_without_a_listener_are_no_finding()
    {
        await using var server = SmallServer.Healthy();

        // As with localhost: clients try the next address at once.
        var report = await server.ProbeAsync("ws.example.com", options: o => o with { Resolve = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback, IPAddress.Parse("127.0.0.2")]) });

        report.AssertGood();
        Assert.Contains(report.Steps, s => s.Id == "tcp" && s.Evidence.StartsWith("127.0.0.2", StringComparison.Ordinal));
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
        using var certificate = Certificates.For("localhost", Now.AddDays(30));
        await using var server = SmallServer.Healthy(certificate);

        var report = await Probes.RunAsync(new Uri($"ws://127.0.0.1:{server.Port}/ws"));

        Assert.Contains("wss://127.0.0.1", report.AssertFirst("PROBE-TLS-PLAINTEXT", "speaks TLS").Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_fits_is_no_finding()
    {
        using var certificate = Certificates.For("ws.example.com", Now.AddDays(60));
        await using var server = SmallServer.Healthy(certificate);

        (await server.ProbeAsync("ws.example.com", t => t with { Authorities = [certificate] })).AssertGood();
    }

    [Theory]
    [InlineData("other.example.com", 60, true, "it is for other.example.com, not for ws.example.com")]
    [InlineData("ws.example.com", -2, true, "it expired on")]
    [InlineData("ws.example.com", 60, false, "it signed itself")]
    public async Task What_is_wrong_with_a_certificate_is_said_exactly(string name, int days, bool isTrusted, string words)
    {
        using var certificate = Certificates.For(name, Now.AddDays(days));
        await using var server = SmallServer.Healthy(certificate);

        var report = await server.ProbeAsync("ws.example.com", t => isTrusted ? t with { Authorities = [certificate] } : t);

        report.AssertFirst("PROBE-TLS-CERT", words);
        Assert.True(report.Facts.IsWebSocket, "The steps behind it are worth seeing.");
    }

    [Fact]
    public async Task A_certificate_that_ends_soon_is_a_warning()
    {
        using var certificate = Certificates.For("ws.example.com", Now.AddDays(3));
        await using var server = SmallServer.Healthy(certificate);

        var report = await server.ProbeAsync("ws.example.com", t => t with { Authorities = [certificate] });

        Assert.Equal(Severity.Warning, report.AssertFirst("PROBE-TLS-EXPIRES").Severity);
    }

    [Fact]
    public async Task A_token_is_not_sent_to_somebody_with_a_wrong_certificate()
    {
        using var certificate = Certificates.For("ws.example.com", Now.AddDays(60));
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
        using var certificate = Certificates.For("ws.example.com", Now.AddDays(60));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeHttp2OnlyAsync(listener, certificate);

        var report = await Probes.RunAsync(new Uri($"wss://ws.example.com:{((IPEndPoint)listener.LocalEndpoint).Port}/ws"));

        report.AssertFirst("PROBE-H2-ONLY", "HTTP/2 only");
        listener.Stop();
        await serving.Soon();
    }

    [Fact]
    public async Task A_fragment_in_the_URL_is_a_warning()
    {
        await using var server = SmallServer.Healthy();

        Assert.Equal(Severity.Warning, (await Probes.RunAsync(new Uri(server.Url() + "#room"))).AssertFirst("PROBE-URL", "fragment").Severity);
    }

    [Fact]
    public async Task A_port_that_takes_neither_TLS_nor_HTTP_is_named()
    {
        // What it reads of TLS is no request, and it hangs up; a request gets no answer either.
        await using var server = SmallServer.Start(_ => Task.CompletedTask);

        (await Probes.RunAsync(new Uri($"wss://127.0.0.1:{server.Port}/ws"))).AssertFirst("PROBE-TLS-FAILED", "TLS with 127.0.0.1");
    }

    [Fact]
    public async Task One_of_several_addresses_that_fails_is_a_warning_and_a_step_of_its_own()
    {
        var own = OwnAddress.Next();
        await using var server = SmallServer.Start(asked => asked.IsUpgrade ? asked.EchoAsync() : asked.AnswerAsync("200 OK"), place: own);

        // 0.0.0.0 leads to 127.0.0.1, where nobody has this port.
        var report = await server.ProbeAsync("ws.example.com", options: o => o with { Resolve = (_, _) => Task.FromResult<IPAddress[]>([own.Address, IPAddress.Any]) });

        Assert.Equal(Severity.Warning, report.AssertFirst("PROBE-TCP-PARTLY", $"0.0.0.0:{own.Port} (refused)").Severity);
        Assert.Equal([StepResult.Ok, StepResult.Warn], report.Steps.Where(s => s.Id == "tcp").Select(s => s.Result));
    }

    [Fact]
    public async Task A_first_packet_that_is_dropped_is_seen_by_the_second_in_which_it_is_sent_again()
    {
        // A queue for one connection, and that one is taken: Linux drops the next packet, and the sender sends it again after a second.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        using var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await filler.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        var time = new ManualTime();
        var patience = TimeSpan.FromHours(1);

        var probing = Probes.RunAsync(new Uri($"ws://{listener.LocalEndPoint}/"), options: o => o with { Clock = new PeerClock(time, patience) });
        await Waiting.UntilAsync(() => Task.FromResult(time.ArmedTimers), timers => timers > 0, () => "");
        time.Advance(TimeSpan.FromSeconds(1.01));
        using var first = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        // The probe's own connections: hung up on, because only the first step is looked at.
        while (!probing.IsCompleted)
        {
            using var one = listener.Poll(20_000, SelectMode.SelectRead) ? listener.Accept() : null;
            await Task.Yield();
        }

        Assert.Equal(Severity.Warning, Assert.Single((await probing).Verdicts, v => v.RuleId == "PROBE-TCP-STEPS").Severity);
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
}
