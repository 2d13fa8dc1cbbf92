using System.Net;
using System.Net.Sockets;
using System.Text;
using Bascule.Protocol;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>Checks of nodes: what counts as well, what is said of the rest, and that no connection stays behind.</summary>
public sealed class ProbeTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly ManualTime _time = new();
    private readonly WaitingBackend _backend = new();

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", null)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", null)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", null)]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n", null)]
    [InlineData("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.0 200 OK\r\n\r\n", null)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n", null)]
    [InlineData("HTTP/1.1 404 Not Found\r\n\r\n", "GET /health?deep=1 answered 404")]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\n\r\n", "GET /health?deep=1 answered 503")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n", "GET /health?deep=1 answered 101")]
    [InlineData("SSH-2.0-test\r\n", "breaks RFC 9112")]
    [InlineData("HTTP/1.1 2", "closed the connection after 10 bytes")]
    [InlineData("", "closed the connection after 0 bytes")]
    public async Task A_GET_is_good_when_its_status_is(string answer, string? seen)
    {
        var checking = Check(HealthCheck.Http, "/health?deep=1");
        var socket = await _backend.TakeAsync();
        await using var stream = new NetworkStream(socket);
        var request = await WaitingBackend.ReadAsync(stream);
        await socket.SendAsync(Encoding.ASCII.GetBytes(answer)).Soon();
        socket.Shutdown(SocketShutdown.Send);

        AssertSeen(seen, await checking.Soon());
        Assert.StartsWith($"GET /health?deep=1 HTTP/1.1\r\nHost: 127.0.0.1:{_backend.Port}\r\nUser-Agent: bascule/", request, StringComparison.Ordinal);
        await AssertNothingLeftAsync(socket);
    }

    [Fact]
    public async Task A_good_status_stays_good_when_the_body_never_ends()
    {
        var checking = Check(HealthCheck.Http, "/events");
        var socket = await _backend.TakeAsync();
        await using var stream = new NetworkStream(socket);
        await WaitingBackend.ReadAsync(stream);
        await socket.SendAsync("HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n"u8.ToArray()).Soon();
        await Patience.UntilAsync(() => IsRead(socket));

        _time.Advance(Limit);

        Assert.Null(await checking.Soon());
        await AssertNothingLeftAsync(socket);
    }

    [Fact]
    public async Task A_body_without_end_that_keeps_coming_is_cut_off()
    {
        var checking = Check(HealthCheck.Http, "/huge");
        var socket = await _backend.TakeAsync();
        await using var stream = new NetworkStream(socket);
        await WaitingBackend.ReadAsync(stream);
        await socket.SendAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray()).Soon();
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (true)
                await socket.SendAsync(new byte[16 * 1024]).Soon();
        });

        Assert.Null(await checking.Soon());
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Theory]
    [InlineData(HealthCheck.Http, "", "GET /health had no answer within 2 s")]
    [InlineData(HealthCheck.Http, "HTTP/1.1 200", "GET /health had no answer within 2 s")]
    [InlineData(HealthCheck.WebSocket, "HTTP/1.1 10", "GET /health had no answer within 2 s")]
    public async Task A_node_that_does_not_answer_in_time_has_failed(HealthCheck kind, string sent, string seen)
    {
        var checking = Check(kind, "/health");
        var socket = await _backend.TakeAsync();
        await using var stream = new NetworkStream(socket);
        await WaitingBackend.ReadAsync(stream);
        await socket.SendAsync(Encoding.ASCII.GetBytes(sent)).Soon();
        await Patience.UntilAsync(() => IsRead(socket));

        _time.Advance(Limit);

        Assert.Equal(seen, await checking.Soon());
        await AssertNothingLeftAsync(socket);
    }

    [Theory]
    [InlineData(HealthCheck.Http)]
    [InlineData(HealthCheck.Tcp)]
    [InlineData(HealthCheck.WebSocket)]
    public async Task A_node_where_nobody_listens_has_failed(HealthCheck kind)
    {
        var node = _backend.Http;
        _backend.Dispose();

        Assert.Contains("ConnectionRefused", await Check(kind, "/health", node).Soon(), StringComparison.Ordinal);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task A_TCP_check_is_content_with_a_connection()
    {
        var checking = Check(HealthCheck.Tcp, "/health");
        var socket = await _backend.TakeAsync();

        Assert.Null(await checking.Soon());
        await AssertNothingLeftAsync(socket);
    }

    [Fact]
    public async Task With_TLS_the_connection_is_good_after_the_handshake()
    {
        using var certificate = LoopbackServer.OwnCertificate();
        var checking = Check(HealthCheck.Tcp, "/health", _backend.Https);
        await using (await _backend.TakeSecureAsync(certificate))
            Assert.Null(await checking.Soon());

        checking = Check(HealthCheck.Tcp, "/health", _backend.Https);
        await _backend.TakeAsync();
        await Patience.UntilAsync(() => _time.ArmedTimers == 1);
        _time.Advance(Limit);
        Assert.Equal($"127.0.0.1:{_backend.Port} took no connection within 2 s", await checking.Soon());

        checking = Check(HealthCheck.Tcp, "/health", _backend.Https with { InsecureTls = false });
        var refused = _backend.TakeSecureAsync(certificate);
        Assert.Contains("certificate", await checking.Soon(), StringComparison.Ordinal);
        await Task.WhenAny(refused).Soon();
    }

    [Fact]
    public async Task A_handshake_that_is_answered_with_101_is_good_and_the_WebSocket_closed_in_order()
    {
        var checking = Check(HealthCheck.WebSocket, "/ws?check=1");
        var socket = await _backend.TakeAsync();
        var request = await WaitingBackend.AcceptAsync(socket);
        using var peer = new WirePeer(socket, isClient: false);

        Assert.Equal((CloseCodes.Normal, ""), await peer.ReceiveCloseAsync());
        await peer.SendCloseAsync(CloseCodes.Normal);
        peer.Finish();

        Assert.Null(await checking.Soon());
        Assert.StartsWith("GET /ws?check=1 HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("User-Agent: bascule/", request, StringComparison.Ordinal);
        await AssertNothingLeftAsync(socket);
    }

    [Fact]
    public async Task A_101_is_good_also_when_the_close_has_no_answer()
    {
        var checking = Check(HealthCheck.WebSocket, "/ws");
        var socket = await _backend.TakeAsync();
        await WaitingBackend.AcceptAsync(socket);
        using var peer = new WirePeer(socket, isClient: false);
        await peer.ReceiveCloseAsync();

        _time.Advance(Limit);

        Assert.Null(await checking.Soon());
        await AssertNothingLeftAsync(socket);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", "answered 200 OK")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "Sec-WebSocket-Accept was absent")]
    [InlineData("", "closed after 0 bytes")]
    public async Task A_handshake_with_another_answer_has_failed(string answer, string seen)
    {
        var checking = Check(HealthCheck.WebSocket, "/ws");
        var socket = await _backend.TakeAsync();
        await using var stream = new NetworkStream(socket);
        await WaitingBackend.ReadAsync(stream);
        await socket.SendAsync(Encoding.ASCII.GetBytes(answer)).Soon();
        socket.Shutdown(SocketShutdown.Send);

        AssertSeen(seen, await checking.Soon());
        await AssertNothingLeftAsync(socket);
    }

    [Theory]
    [InlineData(HealthCheck.Http, false)]
    [InlineData(HealthCheck.WebSocket, false)]
    [InlineData(HealthCheck.WebSocket, true)]
    public async Task A_caller_that_gives_up_ends_the_check(HealthCheck kind, bool accepted)
    {
        using var caller = new CancellationTokenSource();
        var checking = new NodeProbe(new NodeConnector(_time), _time).CheckAsync(_backend.Http, kind, "/health", Limit, caller.Token);
        var socket = await _backend.TakeAsync();
        await using var stream = new NetworkStream(socket);
        if (accepted)
            await WaitingBackend.AcceptAsync(stream);
        else
            await WaitingBackend.ReadAsync(stream);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => checking.Soon());
        await AssertNothingLeftAsync(socket);
    }

    public void Dispose() => _backend.Dispose();

    private static void AssertSeen(string? expected, string? seen)
    {
        if (expected is null)
            Assert.Null(seen);
        else
            Assert.Contains(expected, seen, StringComparison.Ordinal);
    }

    private async Task AssertNothingLeftAsync(Socket socket)
    {
        await WaitingBackend.SeesEndAsync(socket);
        Assert.Equal(0, _time.ArmedTimers);
    }

    /// <summary>The other end has taken what was sent: its receive queue in the table of the kernel is empty.</summary>
    private static bool IsRead(Socket socket)
    {
        var (local, remote) = (Hex(socket.RemoteEndPoint), Hex(socket.LocalEndPoint));
        return File.ReadLines("/proc/net/tcp").Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Single(l => l[1] == local && l[2] == remote)[4]
            .EndsWith(":00000000", StringComparison.Ordinal);

        static string Hex(EndPoint? end) => $"0100007F:{((IPEndPoint)end!).Port:X4}";
    }

    private Task<string?> Check(HealthCheck kind, string path, NodeAddress? node = null) =>
        new NodeProbe(new NodeConnector(_time), _time).CheckAsync(node ?? _backend.Http, kind, path, Limit, TestContext.Current.CancellationToken);
}
