using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>WebSockets to back ends over HTTP/2 (RFC 8441), against a real server.</summary>
public sealed class Http2Tests : IDisposable
{
    private static readonly DialLimits Limits = new(Connect: TimeSpan.FromSeconds(5), Upgrade: TimeSpan.FromSeconds(10));

    private readonly ManualTime _time = new();
    private readonly Http2Dialer _dialer;

    public Http2Tests()
    {
        var connector = new NodeConnector(_time);
        _dialer = new Http2Dialer(connector, new BackendDialer(connector, Limits, _time), Limits, _time);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_talks_with_a_back_end_and_both_close_in_order(bool tls)
    {
        await using var backend = await Http2Backend.StartAsync(tls);
        var result = await Dial(backend).Soon();
        Assert.Equal((BackendProtocol.Http2, null, 200), (result.Protocol, result.FellBack, result.Answer?.Status));
        using var client = await RelayTo(result.Link!);

        await client.SendTextAsync("there and back");
        Assert.Equal("there and back", await client.Peer.ReceiveTextAsync());
        await client.Peer.SendCloseAsync(3000, "bye");

        Assert.Equal((3000, "bye"), await client.Peer.ReceiveCloseAsync());
        await client.Peer.LeaveAsync();
        Assert.Equal("closed 3000", await (await backend.SeenAsync()).Ended.Soon());
        Assert.Equal(EndReasons.ClientClosed, (await client.Outcome.Soon()).Ending.Reason);
    }

    [Fact]
    public async Task A_back_end_that_closes_gets_its_answer()
    {
        await using var backend = await Http2Backend.StartAsync();
        using var client = await RelayTo((await Dial(backend).Soon()).Link!);

        await client.SendTextAsync("close");

        Assert.Equal((1008, "enough"), await client.Peer.AnswerCloseAsync());
        Assert.Equal("closed 1008", await (await backend.SeenAsync()).Ended.Soon());
        Assert.Equal(EndReasons.BackendClosed, (await client.Outcome.Soon()).Ending.Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Many_WebSockets_share_one_TCP_connection(bool tls)
    {
        await using var backend = await Http2Backend.StartAsync(tls);
        var links = new List<BackendLink>();
        for (var i = 0; i < 100; i++)
            links.Add((await Dial(backend).Soon()).Link!);

        Assert.Equal(1, backend.Connections);
        foreach (var link in links)
            await EchoAsync(link);
        foreach (var link in links)
            link.Endpoint.Abort();
        Assert.Equal(1, backend.Connections);
    }

    [Fact]
    public async Task More_than_a_connection_takes_open_another_one()
    {
        await using var backend = await Http2Backend.StartAsync(maxStreams: 4);
        var links = new List<BackendLink>();
        for (var i = 0; i < 12; i++)
            links.Add((await Dial(backend).Soon()).Link!);

        Assert.Equal(3, backend.Connections);
        foreach (var link in links)
            link.Endpoint.Abort();
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task With_TLS_each_host_has_its_own_connection(bool tls, int connections)
    {
        await using var backend = await Http2Backend.StartAsync(tls);
        foreach (var host in (string[])["a.example.org", "b.example.org"])
        {
            var headers = new HeaderList();
            headers.Add("Host", host);
            Assert.NotNull((await Dial(ScriptedBackend.To(backend.Url, insecureTls: true) with { Headers = headers }).Soon()).Link);
        }

        Assert.Equal(connections, backend.Connections);
    }

    [Fact]
    public async Task A_WebSocket_that_ended_makes_room_for_another()
    {
        await using var backend = await Http2Backend.StartAsync(maxStreams: 1);
        await ComeAndGoAsync();

        // The client of the framework learns of the room a moment after the WebSocket has ended. Who comes in that moment gets a connection more; without any room everybody would.
        for (var before = 0; backend.Connections > before;)
        {
            before = backend.Connections;
            Assert.True(before < 100, "No WebSocket made room for another.");
            await ComeAndGoAsync();
        }

        async Task ComeAndGoAsync()
        {
            using var client = await RelayTo((await Dial(backend).Soon()).Link!);
            await client.Peer.SendCloseAsync(1000);
            await client.Peer.ReceiveCloseAsync();
            await client.Peer.LeaveAsync();
            await client.Outcome.Soon();
            Assert.Equal("closed 1000", await (await backend.SeenAsync()).Ended.Soon());
        }
    }

    [Fact]
    public async Task Path_fields_and_offers_arrive_as_they_are()
    {
        await using var backend = await Http2Backend.StartAsync();
        var headers = new HeaderList();
        headers.Add("Host", "play.example.org");
        headers.Add("X-Bascule-Attempt", "test");
        headers.Add("Cookie", "a=1; b=2");
        headers.Add("X-Name", "Zo\u00eb");
        headers.Add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        var target = ScriptedBackend.To(backend.Url, new UpgradeOffer(null, ["chat", "json"], [], null)) with { PathAndQuery = "/a/../b%2Fc?x=%41&y", Headers = headers };

        var result = await Dial(target).Soon();

        var seen = await backend.SeenAsync();
        Assert.Equal(("HTTP/2", "/a/../b%2Fc?x=%41&y"), (seen.Protocol, seen.RawTarget));
        Assert.Equal(("play.example.org", "test", "a=1; b=2"), (seen.Headers["Host"], seen.Headers["X-Bascule-Attempt"], seen.Headers["Cookie"]));
        Assert.Equal("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", seen.Headers["traceparent"]);
        Assert.Equal("Zo\u00eb", seen.Headers["X-Name"]);
        Assert.Equal(("13", "chat, json"), (seen.Headers["Sec-WebSocket-Version"], seen.Headers["Sec-WebSocket-Protocol"]));
        Assert.DoesNotContain("Sec-WebSocket-Key", seen.Headers.Keys);
        Assert.Equal(new AgreedUpgrade("chat", null, 0), result.Link!.Agreed);
        result.Link.Endpoint.Abort();
    }

    [Fact]
    public async Task A_header_that_could_begin_another_one_goes_nowhere()
    {
        await using var backend = await Http2Backend.StartAsync();
        var headers = new HeaderList();
        headers.Add("X-Bad", "a\r\nX-Forged: b");

        var result = await Dial(ScriptedBackend.To(backend.Url) with { Headers = headers }).Soon();

        Assert.Equal((EndReasons.GatewayFault, 0), (result.Ending!.Value.Reason, backend.Connections));
    }

    [Fact]
    public async Task A_back_end_that_leaves_without_a_close_frame_is_lost_and_the_client_told()
    {
        await using var backend = await Http2Backend.StartAsync();
        using var client = await RelayTo((await Dial(backend).Soon()).Link!);

        await client.SendTextAsync("leave");

        Assert.Equal(EndReasons.BackendLost.Code, (await client.Peer.AnswerCloseAsync()).Code);
        Assert.Equal(EndReasons.BackendLost, (await client.Outcome.Soon()).Ending.Reason);
    }

    [Fact]
    public async Task A_stream_that_the_back_end_resets_is_lost_and_leaves_the_others_alone()
    {
        await using var backend = await Http2Backend.StartAsync();
        using var client = await RelayTo((await Dial(backend).Soon()).Link!);
        var other = (await Dial(backend).Soon()).Link!;

        await client.SendTextAsync("abort");

        Assert.Equal(EndReasons.BackendLost.Code, (await client.Peer.AnswerCloseAsync()).Code);
        var outcome = await client.Outcome.Soon();
        Assert.Equal(EndReasons.BackendLost, outcome.Ending.Reason);
        Assert.Contains("reset the stream", outcome.Ending.Detail, StringComparison.Ordinal);
        await EchoAsync(other);
        other.Endpoint.Abort();
    }

    [Fact]
    public async Task A_server_that_goes_away_ends_all_its_WebSockets()
    {
        var backend = await Http2Backend.StartAsync();
        using var one = await RelayTo((await Dial(backend).Soon()).Link!);
        using var other = await RelayTo((await Dial(backend).Soon()).Link!);

        using (var now = new CancellationTokenSource())
        {
            await now.CancelAsync();
            await backend.StopAsync(now.Token);
        }

        Assert.Equal(EndReasons.BackendLost.Code, (await one.Peer.AnswerCloseAsync()).Code);
        Assert.Equal(EndReasons.BackendLost.Code, (await other.Peer.AnswerCloseAsync()).Code);
        await Task.WhenAll(one.Outcome, other.Outcome).Soon();
        await backend.DisposeAsync();
    }

    [Fact]
    public async Task A_client_that_is_lost_is_told_to_the_back_end()
    {
        await using var backend = await Http2Backend.StartAsync();
        using var client = await RelayTo((await Dial(backend).Soon()).Link!);

        client.Peer.Cut();

        Assert.Equal("closed 1001", await (await backend.SeenAsync()).Ended.Soon());
        Assert.Equal(EndReasons.ClientLost, (await client.Outcome.Soon()).Ending.Reason);
    }

    [Fact]
    public async Task A_back_end_that_takes_no_more_is_cut_after_the_close_deadlines()
    {
        await using var backend = await Http2Backend.StartAsync();
        using var client = await RelayTo((await Dial(backend).Soon()).Link!);
        await client.SendTextAsync("deaf");
        var pushing = PushAsync(client.Peer);
        await Patience.UntilAsync(() => client.Relay.Facts.Backend.Received.Bytes == 0 && client.Relay.Facts.Client.Received.Bytes > 128 * 1024);

        client.Relay.End(new Ending(EndReasons.MaximumAge));
        while (!client.Outcome.IsCompleted)
        {
            await Patience.UntilAsync(() => client.Outcome.IsCompleted || _time.ArmedTimers > 0);
            _time.Advance(RelayRig.Terms.CloseDeadline);
        }

        Assert.Equal(EndReasons.MaximumAge, (await client.Outcome).Ending.Reason);
        Assert.Equal("deaf to the end", await (await backend.SeenAsync()).Ended.Soon());
        client.Dispose();
        await Task.WhenAny(pushing).Soon();
    }

    [Fact]
    public async Task A_write_that_waits_for_its_window_ends_with_the_stream()
    {
        await using var backend = await Http2Backend.StartAsync(serve: async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.ReceiveAsync(new byte[100], CancellationToken.None);
            context.Abort();
        });
        var endpoint = (await Dial(backend).Soon()).Link!.Endpoint;
        // More than any window: the first frame is read, the rest waits.
        var writing = endpoint.Stream.WriteAsync(new byte[][] { WireFrame.Of(Opcode.Text, "go"u8, maskKey: 1).Bytes, new byte[4 * 1024 * 1024] }.SelectMany(b => b).ToArray()).AsTask();

        await Assert.ThrowsAnyAsync<IOException>(async () => await endpoint.Stream.ReadAsync(new byte[1]).Soon());

        Assert.True(RelaySideFailure(await Assert.ThrowsAnyAsync<Exception>(() => writing.Soon())));
        static bool RelaySideFailure(Exception e) => e is IOException or ObjectDisposedException or OperationCanceledException;
    }

    public void Dispose() => _dialer.Dispose();

    private static async Task EchoAsync(BackendLink link)
    {
        await link.Endpoint.Stream.WriteAsync(WireFrame.Of(Opcode.Text, "echo"u8, maskKey: 7).Bytes).AsTask().Soon();
        var answer = new byte[6];
        await link.Endpoint.Stream.ReadExactlyAsync(answer).AsTask().Soon();
        Assert.Equal(WireFrame.Of(Opcode.Text, "echo"u8, maskKey: null).Bytes, answer);
    }

    private static async Task PushAsync(WirePeer client)
    {
        var frame = client.Frame(Opcode.Binary, new byte[16 * 1024]);
        while (true)
            await client.Socket.SendAsync(frame.Bytes);
    }

    private Task<DialResult> Dial(Http2Backend backend) => Dial(ScriptedBackend.To(backend.Url, insecureTls: true));

    private Task<DialResult> Dial(DialTarget target) => _dialer.DialAsync(target, TestContext.Current.CancellationToken);

    private async Task<RelayedClient> RelayTo(BackendLink link)
    {
        var (near, far) = await WirePeer.PairAsync();
        var relay = new RelayConnection(RelayRig.EndpointOf(near), link.Endpoint, 0, RelayRig.Terms, AttemptId.New(), _time);
        return new RelayedClient(new WirePeer(far, isClient: true), relay, relay.RunAsync());
    }

    private sealed record RelayedClient(WirePeer Peer, RelayConnection Relay, Task<RelayOutcome> Outcome) : IDisposable
    {
        internal Task SendTextAsync(string text) => Peer.SendTextAsync(text);

        public void Dispose() => Peer.Dispose();
    }
}
