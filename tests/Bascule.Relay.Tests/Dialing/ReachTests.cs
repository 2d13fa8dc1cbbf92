using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>A back end that cannot be reached, or gives no answer: what stopped the dialing, and whether another may be tried.</summary>
public sealed class ReachTests
{
    private static readonly DialLimits Limits = new(Connect: TimeSpan.FromSeconds(5), Upgrade: TimeSpan.FromSeconds(10));

    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_port_where_nobody_listens_is_unreachable()
    {
        using var unused = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        unused.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        var result = await Dial(new Uri($"http://{unused.LocalEndPoint}")).Soon();

        AssertFailed(result, EndReasons.BackendUnreachable, mayTryAnother: true, "ConnectionRefused");
    }

    [Fact]
    public async Task A_name_that_nobody_knows_is_named()
    {
        var result = await Dial(new Uri("http://no-such-host.invalid:80")).Soon();

        AssertFailed(result, EndReasons.BackendNameUnknown, mayTryAnother: true, "no-such-host.invalid");
    }

    [Fact]
    public async Task A_back_end_that_swallows_the_connection_times_out()
    {
        // With a full accept queue Linux drops what comes: as behind a firewall.
        using var backend = new ScriptedBackend(backlog: 0);
        using var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await filler.ConnectAsync(IPAddress.Loopback, backend.Address.Port).Soon();

        var dialing = Dial(backend.Address);
        await Patience.UntilAsync(() => _time.ArmedTimers == 1);
        _time.Advance(Limits.Connect);

        AssertFailed(await dialing.Soon(), EndReasons.BackendConnectTimeout, mayTryAnother: true, "the TCP connection took longer than 5 s");
    }

    [Theory]
    [InlineData("", "answered nothing within 10 s")]
    [InlineData("HTTP/1.1 101 Swit", "sent 17 bytes, which are no whole answer, within 10 s")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", "sent 25 bytes, which are no whole answer, within 10 s")]
    public async Task A_back_end_without_a_whole_answer_is_silent(string sent, string words)
    {
        using var backend = new ScriptedBackend();
        var dialing = Dial(backend.Address);
        await backend.TakeRequestAsync();
        await backend.SendAsync(sent);

        await Patience.UntilAsync(() => NothingIsUnread(backend));
        _time.Advance(Limits.Upgrade);

        AssertFailed(await dialing.Soon(), EndReasons.BackendSilent, mayTryAnother: false, words);
        await backend.SeesEndAsync();
    }

    [Theory]
    [InlineData("", false, true)]
    [InlineData("", true, true)]
    [InlineData("HTTP/1.1 101", false, false)]
    [InlineData("HTTP/1.1 101", true, false)]
    [InlineData("HTTP/1.1 103 Early Hints\r\n\r\n", false, false)]
    public async Task A_back_end_that_closes_instead_of_answering_is_named(string sent, bool byReset, bool mayTryAnother)
    {
        using var backend = new ScriptedBackend();
        var dialing = Dial(backend.Address);
        await backend.TakeRequestAsync();
        await backend.SendAsync(sent);
        if (byReset)
            backend.Cut();
        else
            backend.Finish();

        AssertFailed(await dialing.Soon(), EndReasons.BackendClosedEarly, mayTryAnother, $"after {sent.Length} bytes of an answer");
        if (!byReset)
            await backend.SeesEndAsync();
    }

    [Fact]
    public async Task A_back_end_that_breaks_within_its_answer_is_not_followed_by_another()
    {
        using var backend = new ScriptedBackend();
        var dialing = Dial(backend.Address);
        await backend.TakeRequestAsync();
        await backend.SendAsync("HTTP/1.1 101");
        await Patience.UntilAsync(() => NothingIsUnread(backend));
        backend.Cut();

        AssertFailed(await dialing.Soon(), EndReasons.BackendClosedEarly, mayTryAnother: false, "ConnectionReset");
    }

    [Theory]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\n\r\n", "backend_failed", true)]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n", "backend_denied", false)]
    [InlineData("HTTP/1.1 40", "backend_closed_early", false)]
    public async Task An_answer_that_came_before_the_request_counts_although_the_request_broke(string sent, string label, bool mayTryAnother)
    {
        using var backend = new ScriptedBackend();
        var dialing = Dial(backend.Address);
        await backend.TakeAsync();
        await backend.SendAsync(sent);
        // It never reads the request: that is answered with a reset.
        backend.Connection.Close();

        var result = await dialing.Soon();
        Assert.Equal((label, mayTryAnother), (result.Ending!.Value.Reason.Label, result.MayTryAnother));
    }

    [Theory]
    [InlineData("", false, true)]
    [InlineData("", true, true)]
    [InlineData("HTTP/1.1 101", false, false)]
    [InlineData("HTTP/1.1 101", true, false)]
    public async Task With_TLS_too_another_is_tried_only_while_no_byte_of_an_answer_came(string sent, bool byReset, bool mayTryAnother)
    {
        using var certificate = SelfSigned();
        using var backend = new ScriptedBackend();
        var node = new UriBuilder(backend.Address) { Scheme = "https" }.Uri;
        var dialing = new BackendDialer(Limits, _time).DialAsync(ScriptedBackend.To(node, insecureTls: true), TestContext.Current.CancellationToken);
        await backend.TakeAsync();
        await using var tls = new SslStream(new NetworkStream(backend.Connection));
        await tls.AuthenticateAsServerAsync(certificate).Soon();
        await WaitingBackend.ReadAsync(tls);
        await tls.WriteAsync(System.Text.Encoding.ASCII.GetBytes(sent));
        if (byReset)
            backend.Cut();
        else
            backend.Finish();

        AssertFailed(await dialing.Soon(), EndReasons.BackendClosedEarly, mayTryAnother, $"{(byReset ? "ConnectionReset" : "closed")}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_caller_that_gives_up_ends_the_dialing(bool afterRequest)
    {
        using var backend = new ScriptedBackend();
        using var caller = new CancellationTokenSource();
        var node = afterRequest ? backend.Address : new UriBuilder(backend.Address) { Scheme = "https" }.Uri;
        var dialing = new BackendDialer(Limits, _time).DialAsync(ScriptedBackend.To(node), caller.Token);
        if (afterRequest)
            await backend.TakeRequestAsync();
        else
            await backend.TakeAsync();

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dialing.Soon());
        await backend.SeesEndAsync();
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("")]
    public async Task A_port_that_does_not_speak_TLS_is_named(string answer)
    {
        using var backend = new ScriptedBackend();
        var dialing = Dial(new UriBuilder(backend.Address) { Scheme = "https" }.Uri);
        await backend.TakeAsync();
        await backend.SendAsync(answer);
        backend.Finish();

        AssertFailed(await dialing.Soon(), EndReasons.BackendTlsFailed, mayTryAnother: true, backend.Address.Authority);
        await backend.SeesEndAsync();
    }

    [Fact]
    public async Task A_port_that_is_silent_where_TLS_was_expected_times_out()
    {
        using var backend = new ScriptedBackend();
        var dialing = Dial(new UriBuilder(backend.Address) { Scheme = "https" }.Uri);
        var connection = await backend.TakeAsync();

        // Its first bytes show that it waits for TLS now.
        await connection.ReceiveAsync(new byte[1]).Soon();
        _time.Advance(Limits.Connect);

        AssertFailed(await dialing.Soon(), EndReasons.BackendConnectTimeout, mayTryAnother: true, "TLS took longer than 5 s");
        await backend.SeesEndAsync();
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused_unless_the_operator_allows_any()
    {
        using var certificate = SelfSigned();

        using var refused = new ScriptedBackend();
        var dialing = Dial(new UriBuilder(refused.Address) { Scheme = "https" }.Uri);
        await refused.TakeAsync();
        await using var tls = new SslStream(new NetworkStream(refused.Connection));
        var handshake = tls.AuthenticateAsServerAsync(certificate);
        AssertFailed(await dialing.Soon(), EndReasons.BackendTlsFailed, mayTryAnother: true, "certificate");
        await Task.WhenAny(handshake).Soon();

        using var allowed = new ScriptedBackend();
        dialing = new BackendDialer(Limits, _time).DialAsync(
            ScriptedBackend.To(new UriBuilder(allowed.Address) { Scheme = "https" }.Uri, insecureTls: true), TestContext.Current.CancellationToken);
        await allowed.TakeAsync();
        await using var accepted = new SslStream(new NetworkStream(allowed.Connection));
        await accepted.AuthenticateAsServerAsync(certificate).Soon();
        await accepted.WriteAsync("HTTP/1.1 404 Not Found\r\n\r\n"u8.ToArray());
        AssertFailed(await dialing.Soon(), EndReasons.BackendNotFound, mayTryAnother: false, "404");
        await allowed.SeesEndAsync();
    }

    /// <summary>The gateway's end has taken what was sent: its receive queue in the table of the kernel is empty.</summary>
    private static bool NothingIsUnread(ScriptedBackend backend)
    {
        var (local, remote) = (Hex(backend.Connection.RemoteEndPoint), Hex(backend.Connection.LocalEndPoint));
        var line = File.ReadLines("/proc/net/tcp").Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Single(l => l[1] == local && l[2] == remote);
        return line[4].EndsWith(":00000000", StringComparison.Ordinal);

        static string Hex(EndPoint? end) => $"0100007F:{((IPEndPoint)end!).Port:X4}";
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }

    private static void AssertFailed(DialResult result, EndReason reason, bool mayTryAnother, string words)
    {
        Assert.Null(result.Link);
        Assert.Equal((reason, mayTryAnother), (result.Ending!.Value.Reason, result.MayTryAnother));
        Assert.Contains(words, result.Ending.Value.Detail, StringComparison.OrdinalIgnoreCase);
    }

    private Task<DialResult> Dial(Uri node) => new BackendDialer(Limits, _time).DialAsync(ScriptedBackend.To(node), TestContext.Current.CancellationToken);
}
