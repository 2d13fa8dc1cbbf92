using System.Net;
using System.Net.Sockets;
using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>Connections that are opened ahead: used when they are good, never when they are not.</summary>
public sealed class ReadyTests : IAsyncDisposable
{
    private static readonly DialLimits Limits = new(Connect: TimeSpan.FromSeconds(5), Upgrade: TimeSpan.FromSeconds(10));
    private static readonly TimeSpan MaximumAge = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();
    private readonly WaitingBackend _backend = new();
    private readonly ReadyConnections _ready;

    public ReadyTests() => _ready = new ReadyConnections(new NodeConnector(_time), Limits.Connect, _time);

    private ReadyCounts Counts => Assert.Single(_ready.Counts());

    [Fact]
    public async Task A_dial_goes_on_where_a_connection_is_open_already_and_another_takes_its_place()
    {
        var waiting = await KeepOneAsync();
        var dialing = Dial();

        await WaitingBackend.AcceptAsync(waiting);

        Assert.NotNull((await dialing.Soon()).Link);
        await _backend.TakeAsync();
        await Patience.UntilAsync(() => Counts is { Ready: 1, Hits: 1, Misses: 0 });
    }

    [Fact]
    public async Task A_link_on_a_ready_connection_carries_frames_both_ways()
    {
        var waiting = await KeepOneAsync();
        var dialing = Dial();
        await WaitingBackend.AcceptAsync(waiting);
        var (client, relay) = await RelayTo((await dialing.Soon()).Link!);
        using var backend = new WirePeer(waiting, isClient: false);

        await client.SendTextAsync("there");
        Assert.Equal("there", await backend.ReceiveTextAsync());
        await backend.SendTextAsync("back");
        Assert.Equal("back", await client.ReceiveTextAsync());
        await client.SendCloseAsync(1000);
        await backend.AnswerCloseAsync();
        await client.ReceiveCloseAsync();
        await client.LeaveAsync();

        Assert.Equal(EndReasons.ClientClosed, (await relay.Soon()).Ending.Reason);
        client.Dispose();
    }

    [Fact]
    public async Task With_TLS_the_handshake_is_done_ahead()
    {
        using var certificate = LoopbackServer.OwnCertificate();
        _ready.SetWanted(_backend.Https, 1);
        await using var waiting = await _backend.TakeSecureAsync(certificate);
        await Patience.UntilAsync(() => Counts.Ready == 1);
        var dialing = Dial(_backend.Https);

        await WaitingBackend.AcceptAsync(waiting);

        Assert.NotNull((await dialing.Soon()).Link);
        await Patience.UntilAsync(() => Counts.Hits == 1);
    }

    [Fact]
    public async Task With_none_left_a_dial_opens_its_own()
    {
        _ready.SetWanted(_backend.Https, 1);
        var stuck = await _backend.TakeAsync();
        var dialing = Dial(_backend.Https);

        using var certificate = LoopbackServer.OwnCertificate();
        await using var own = await _backend.TakeSecureAsync(certificate);
        await WaitingBackend.AcceptAsync(own);

        Assert.NotNull((await dialing.Soon()).Link);
        Assert.Equal((0, 0L, 1L), (Counts.Ready, Counts.Hits, Counts.Misses));
        stuck.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_its_node_closed_is_never_handed_out(bool byReset)
    {
        var waiting = await KeepOneAsync();
        if (byReset)
            waiting.LingerState = new LingerOption(true, 0);
        waiting.Close();

        await DialsAfreshAsync();
        await Patience.UntilAsync(() => Counts is { Ready: 0, Hits: 0, Misses: 1, Failure: not null });
    }

    [Fact]
    public async Task One_on_which_the_node_spoke_unasked_is_never_handed_out()
    {
        var waiting = await KeepOneAsync();
        await waiting.SendAsync("HTTP/1.1 408 Request Timeout\r\n\r\n"u8.ToArray());

        await DialsAfreshAsync();
        await WaitingBackend.SeesEndAsync(waiting);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_is_closed_while_it_is_asked_is_replaced_at_once(bool byReset)
    {
        var waiting = await KeepOneAsync();
        var dialing = Dial();
        await using (var stream = new NetworkStream(waiting))
            await WaitingBackend.ReadAsync(stream);
        // Only the fresh one comes after it.
        await _backend.TakeAsync();
        _ready.SetWanted(_backend.Http, 0);

        if (byReset)
            waiting.LingerState = new LingerOption(true, 0);
        waiting.Close();

        await WaitingBackend.AcceptAsync(await _backend.TakeAsync());
        Assert.NotNull((await dialing.Soon()).Link);
    }

    [Fact]
    public async Task A_refusal_on_a_ready_connection_stands()
    {
        var waiting = await KeepOneAsync();
        var dialing = Dial();
        await using var stream = new NetworkStream(waiting);
        await WaitingBackend.ReadAsync(stream);
        await waiting.SendAsync("HTTP/1.1 403 Forbidden\r\n\r\n"u8.ToArray());

        Assert.Equal(EndReasons.BackendDenied, (await dialing.Soon()).Ending!.Value.Reason);
        await WaitingBackend.SeesEndAsync(waiting);
    }

    [Fact]
    public async Task A_node_that_says_nothing_on_a_ready_connection_is_silent()
    {
        var waiting = await KeepOneAsync();
        var dialing = Dial();
        await using var stream = new NetworkStream(waiting);
        await WaitingBackend.ReadAsync(stream);

        _time.Advance(Limits.Upgrade);

        Assert.Equal((EndReasons.BackendSilent, false), ((await dialing.Soon()).Ending!.Value.Reason, (await dialing).MayTryAnother));
        await WaitingBackend.SeesEndAsync(waiting);
    }

    [Fact]
    public async Task Before_a_server_would_close_it_an_old_one_makes_room_for_a_new_one()
    {
        var old = await KeepOneAsync();

        _time.Advance(MaximumAge);

        await WaitingBackend.SeesEndAsync(old);
        await _backend.TakeAsync();
        await Patience.UntilAsync(() => Counts is { Ready: 1, Failure: null });
    }

    [Fact]
    public async Task A_node_that_closes_them_at_once_is_asked_less_and_less_often()
    {
        _ready.SetWanted(_backend.Http, 1);
        foreach (var pause in (int[])[1, 2, 4, 8, 16, 30, 30])
        {
            var waiting = await _backend.TakeAsync();
            await Patience.UntilAsync(() => Counts.Ready == 1);
            waiting.Close();
            await Patience.UntilAsync(() => Counts is { Ready: 0, Failure: not null });
            _time.Advance((pause - 1) * Second);
            await Moment.PassAsync();
            Assert.False(_backend.HasNext);
            _time.Advance(Second);
        }

        Assert.Contains("closes connections that wait", Counts.Failure!.Value.Detail, StringComparison.Ordinal);

        await _backend.TakeAsync();
        await Patience.UntilAsync(() => Counts.Ready == 1);
        _time.Advance(2 * Second);
        Assert.Null(Counts.Failure);
    }

    [Fact]
    public async Task A_node_that_cannot_be_reached_is_tried_again_later()
    {
        using var unused = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        unused.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)unused.LocalEndPoint!).Port;
        var node = new NodeAddress(new Uri($"http://127.0.0.1:{port}"), InsecureTls: false);
        _ready.SetWanted(node, 1);
        await Patience.UntilAsync(() => Counts.Failure?.Reason == EndReasons.BackendUnreachable);

        unused.Listen();
        _time.Advance(Second);
        await Patience.UntilAsync(() => Counts.Ready == 1);
        _ready.SetWanted(node, 2);
        _time.Advance(2 * Second);

        await Patience.UntilAsync(() => Counts is { Ready: 2, Failure: null });
    }

    [Fact]
    public async Task Only_a_few_are_opened_at_once()
    {
        using var certificate = LoopbackServer.OwnCertificate();
        _ready.SetWanted(_backend.Https, 10);
        List<Socket> halfway = [];
        for (var i = 0; i < 4; i++)
            halfway.Add(await _backend.TakeAsync());
        await Moment.PassAsync();
        Assert.False(_backend.HasNext);

        await using var finished = new System.Net.Security.SslStream(new NetworkStream(halfway[0]));
        await finished.AuthenticateAsServerAsync(certificate).Soon();

        await _backend.TakeAsync();
    }

    [Fact]
    public async Task Fewer_are_kept_when_fewer_are_wanted_and_none_when_none_are()
    {
        _ready.SetWanted(_backend.Http, 3);
        Socket[] waiting = [await _backend.TakeAsync(), await _backend.TakeAsync(), await _backend.TakeAsync()];
        await Patience.UntilAsync(() => Counts.Ready == 3);

        _ready.SetWanted(_backend.Http, 1);
        Assert.Equal((1, 1), (Counts.Wanted, Counts.Ready));
        _ready.SetWanted(_backend.Http, 0);
        Assert.Empty(_ready.Counts());

        foreach (var socket in waiting)
            await WaitingBackend.SeesEndAsync(socket);
        Assert.Equal(0, _time.ArmedTimers);
        var dialing = Dial();
        await WaitingBackend.AcceptAsync(await _backend.TakeAsync());
        Assert.NotNull((await dialing.Soon()).Link);
    }

    [Fact]
    public async Task The_end_closes_what_waits_and_what_is_being_opened()
    {
        var waiting = await KeepOneAsync();
        using var other = new WaitingBackend();
        _ready.SetWanted(other.Https, 1);
        var opening = await other.TakeAsync();

        await _ready.DisposeAsync().AsTask().Soon();
        _ready.SetWanted(other.Http, 1);

        await WaitingBackend.SeesEndAsync(waiting);
        await WaitingBackend.SeesEndAsync(opening);
        Assert.Equal(0, _time.ArmedTimers);
        Assert.False(other.HasNext);
    }

    public async ValueTask DisposeAsync()
    {
        await _ready.DisposeAsync();
        _backend.Dispose();
    }

    private async Task<Socket> KeepOneAsync()
    {
        _ready.SetWanted(_backend.Http, 1);
        var waiting = await _backend.TakeAsync();
        await Patience.UntilAsync(() => Counts.Ready == 1);
        return waiting;
    }

    /// <summary>A dial gets a connection that was opened after it was asked.</summary>
    private async Task DialsAfreshAsync()
    {
        var dialing = Dial();
        await WaitingBackend.AcceptAsync(await _backend.TakeAsync());
        Assert.NotNull((await dialing.Soon()).Link);
    }

    private Task<DialResult> Dial() => Dial(_backend.Http);

    private Task<DialResult> Dial(NodeAddress node) =>
        new BackendDialer(new NodeConnector(_time), Limits, _time, _ready).DialAsync(ScriptedBackend.To(node.Node, insecureTls: node.InsecureTls), TestContext.Current.CancellationToken);

    private async Task<(WirePeer Client, Task<RelayOutcome> Relay)> RelayTo(BackendLink link)
    {
        var (near, far) = await WirePeer.PairAsync();
        return (new WirePeer(far, isClient: true), new RelayConnection(RelayRig.EndpointOf(near), link.Endpoint, 0, RelayRig.Terms, AttemptId.New(), _time).RunAsync());
    }
}
