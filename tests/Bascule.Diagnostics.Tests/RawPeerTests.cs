using System.Net;
using System.Net.Sockets;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>Both ends in our hand: what one sends is what the other sees.</summary>
public sealed class RawPeerTests
{
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(0, LengthForm.Shortest)]
    [InlineData(125, LengthForm.Shortest)]
    [InlineData(126, LengthForm.Shortest)]
    [InlineData(65536, LengthForm.Shortest)]
    [InlineData(5, LengthForm.Bits16)]
    [InlineData(5, LengthForm.Bits64)]
    public async Task A_frame_arrives_with_every_bit_of_its_header(int length, LengthForm form)
    {
        await using var pair = await PairAsync();
        var sent = new RawFrame(11, [.. Enumerable.Range(0, length).Select(i => (byte)i)]) { Final = false, Reserved = 0x50, Form = form };

        var sending = pair.Client.SendAsync(sent, CancellationToken.None);
        var seen = (await pair.Server.ReadAsync(CancellationToken.None).Soon()).Frame!;

        Assert.Equal(PeerSend.Sent, await sending);
        Assert.Equal((false, (byte)0x50, 11, true, form == LengthForm.Shortest), (seen.Final, seen.Reserved, seen.Opcode, seen.Masked, seen.IsShortest));
        Assert.Equal(sent.Payload, seen.Payload);
    }

    [Fact]
    public async Task A_server_does_not_mask_unless_it_is_told_to()
    {
        await using var pair = await PairAsync();

        await pair.Server.SendAsync([RawFrame.Text("bare"), RawFrame.Text("masked") with { Masked = true }], CancellationToken.None);

        Assert.False((await pair.Client.ReadAsync(CancellationToken.None).Soon()).Frame!.Masked);
        var masked = (await pair.Client.ReadAsync(CancellationToken.None).Soon()).Frame!;
        Assert.True(masked.Masked);
        Assert.Equal("masked"u8.ToArray(), masked.Payload);
    }

    [Fact]
    public async Task A_frame_in_pieces_arrives_whole()
    {
        await using var pair = await PairAsync();

        await pair.Client.SendInPiecesAsync(RawFrame.Text("in pieces").ToBytes(asClient: true), [1, 1, 3], CancellationToken.None);

        Assert.Equal("text \"in pieces\"", (await pair.Server.ReadAsync(CancellationToken.None).Soon()).ToString());
    }

    [Fact]
    public async Task Silence_is_told_and_what_comes_later_is_not_lost()
    {
        await using var pair = await PairAsync();
        var first = pair.Client.ReadAsync(CancellationToken.None);
        while (_time.ArmedTimers == 0)
            await Task.Yield();

        _time.Advance(PeerClock.DefaultStepLimit);

        Assert.Equal(PeerEnd.Silent, (await first.Soon()).End);
        var second = pair.Client.ReadAsync(CancellationToken.None);
        await pair.Server.SendAsync(RawFrame.Text("late"), CancellationToken.None);
        Assert.Equal("text \"late\"", (await second.Soon()).ToString());
    }

    [Fact]
    public async Task A_close_is_answered_and_the_way_it_ended_is_told()
    {
        await using var pair = await PairAsync();
        var ending = pair.Client.ReadToEndAsync(answerClose: true, CancellationToken.None);

        await pair.Server.SendAsync([RawFrame.Ping([1]), RawFrame.Close(4711, "done")], CancellationToken.None);
        var answer = await pair.Server.ReadAsync(CancellationToken.None).Soon();
        pair.Server.HalfClose();

        Assert.Equal(new ClosePayload(4711, ""), answer.Frame!.Close);
        var seen = await ending.Soon();
        Assert.Equal((4711, PeerEnd.Fin), (seen.Code!.Value, seen.End));
        Assert.Equal("ping of 1 byte, close 4711 \"done\", then the end of the connection", seen.ToString());
    }

    [Fact]
    public async Task A_reset_is_no_end_in_peace()
    {
        await using var pair = await PairAsync();

        pair.Server.Reset();

        Assert.Equal(PeerEnd.Reset, (await pair.Client.ReadAsync(CancellationToken.None).Soon()).End);
    }

    [Fact]
    public async Task A_frame_beyond_all_limits_is_not_read()
    {
        await using var pair = await PairAsync();

        await pair.Client.SendAsync(RawFrame.Binary([1]) with { ClaimedLength = 1UL << 62 }, CancellationToken.None);

        Assert.Equal(PeerEnd.Unreadable, (await pair.Server.ReadAsync(CancellationToken.None).Soon()).End);
    }

    [Fact]
    public async Task A_handshake_is_read_as_it_was_sent_and_a_frame_behind_it_stays()
    {
        await using var pair = await PairAsync();
        var request = HeadText.Upgrade(new Uri("ws://example.test/path?a=b"), [new("X-More", "1")]);

        await pair.Client.SendAsync((byte[])[.. request.ToBytes(), .. RawFrame.Text("behind").ToBytes(asClient: true)], CancellationToken.None);
        var head = (await pair.Server.ReadRequestAsync(CancellationToken.None).Soon()).Head!;
        await pair.Server.SendAsync(HeadText.SwitchingProtocols(head.Headers.First("Sec-WebSocket-Key")!), CancellationToken.None);

        Assert.Equal(("/path", "?a=b", "1"), (head.Path, head.Query, head.Headers.First("X-More")));
        Assert.Equal("text \"behind\"", (await pair.Server.ReadAsync(CancellationToken.None).Soon()).ToString());
        Assert.Equal(101, (await pair.Client.ReadAnswerAsync(CancellationToken.None).Soon()).Head!.Status);
    }

    [Fact]
    public async Task A_head_that_is_no_HTTP_is_unreadable()
    {
        await using var pair = await PairAsync();

        await pair.Server.SendAsync("SSH-2.0-OpenSSH\r\n"u8.ToArray(), CancellationToken.None);

        Assert.Equal(PeerEnd.Unreadable, (await pair.Client.ReadAnswerAsync(CancellationToken.None).Soon()).End);
    }

    [Fact]
    public async Task A_closed_port_is_not_reached()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var url = new Uri($"ws://127.0.0.1:{((IPEndPoint)bound.LocalEndPoint!).Port}/");

        var thrown = await Assert.ThrowsAsync<NotReachedException>(() => RawPeer.DialAsync(url, anyCertificate: false, Clock, CancellationToken.None));

        Assert.Contains("cannot be reached", thrown.Message);
    }

    [Fact]
    public async Task A_certificate_that_nobody_signed_is_refused_unless_any_will_do()
    {
        await using var server = await KestrelEcho.StartAsync(isSecure: true);
        var clock = new PeerClock(WorkingTime.Shared, PeerClock.DefaultStepLimit);

        await Assert.ThrowsAsync<NotReachedException>(() => RawPeer.DialAsync(server.Url, anyCertificate: false, clock, CancellationToken.None));
        await using var peer = await RawPeer.DialAsync(server.Url, anyCertificate: true, clock, CancellationToken.None);
    }

    [Fact]
    public async Task Bytes_that_nobody_takes_stall_and_are_counted_as_far_as_they_went()
    {
        await using var pair = await PairAsync();
        // More than both ends of a loopback connection hold.
        var sending = pair.Client.SendAsync(new byte[64 * 1024 * 1024], CancellationToken.None);
        while (!sending.IsCompleted)
        {
            _time.Advance(PeerClock.DefaultStepLimit);
            await Task.Yield();
        }

        Assert.Equal(PeerSend.Stalled, await sending.Soon());
        Assert.InRange(pair.Client.SentBytes, 0, (64 * 1024 * 1024) - 1);
    }

    [Fact]
    public async Task A_connection_that_we_ended_with_something_unread_is_half_closed_without_a_fault()
    {
        await using var pair = await PairAsync();
        await pair.Client.DisposeAsync();
        pair.Client.HalfClose();

        pair.Server.Reset();
        pair.Server.HalfClose();

        Assert.Equal(PeerEnd.Reset, await pair.Server.ReceiveAsync(PeerClock.DefaultStepLimit, CancellationToken.None).Soon());
    }

    private PeerClock Clock => new(_time, PeerClock.DefaultStepLimit);

    private async Task<Pair> PairAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var url = new Uri($"ws://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}/");
        var client = await RawPeer.DialAsync(url, anyCertificate: false, Clock, CancellationToken.None).Soon();
        return new Pair(client, await RawPeer.AcceptAsync(await listener.AcceptAsync(), null, Clock, CancellationToken.None).Soon());
    }

    private sealed record Pair(RawPeer Client, RawPeer Server) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await Server.DisposeAsync();
        }
    }
}
