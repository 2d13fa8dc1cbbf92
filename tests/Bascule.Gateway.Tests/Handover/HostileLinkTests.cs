using System.Net.Sockets;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>Whoever connects, and whatever is sent: a link ends with a reason, and nothing is left behind.</summary>
/// <remarks>For another user see <see cref="HandoverProcessTests"/>.</remarks>
public sealed class HostileLinkTests
{
    private const byte CarriesDescriptor = 0x80;

    [Fact]
    public async Task A_wrong_token_is_refused_and_logged_without_the_token()
    {
        await using var bench = new LinkBench().Listen();

        var dialer = bench.Dial(new HandoverTerms("not the token, but as long"));

        var refused = await bench.Log.SeenAsync(e => e.Event == "LinkRefused");
        Assert.Equal("it shows a wrong token", refused.Field("Reason"));
        await Eventually.HoldsAsync(() => dialer.Fault == "the other side does not take the token");
        Assert.Null(dialer.Link);
        Assert.True(bench.Shard.NothingOpened && bench.Gateway.NothingOpened);
        Assert.DoesNotContain(bench.Log.All, e => e.Text.Contains("token that", StringComparison.Ordinal) || e.Text.Contains("not the token", StringComparison.Ordinal));
    }

    public static TheoryData<byte[], string> BadGreetings => new()
    {
        { Greeting.Of(LinkBench.Token, magic: "GET / HT"), "it does not begin like a hand-over link" },
        { Greeting.Of(LinkBench.Token, version: 2), "it speaks version 2, this side 1" },
        { Greeting.Of(""), "it shows a wrong token" },
        { Greeting.Of(LinkBench.Token[..^1]), "it shows a wrong token" },
        { Greeting.Of(new string('x', 600)), "its token is too long" },
        { [], "the other side closed it" },
        { Greeting.Of(LinkBench.Token)[..20], "the other side closed it" },
    };

    [Theory]
    [MemberData(nameof(BadGreetings))]
    public async Task A_greeting_that_is_not_right_makes_no_link(byte[] greeting, string reason)
    {
        await using var bench = new LinkBench().Listen();

        using (var stranger = bench.Connect())
        {
            stranger.Send(greeting);
            stranger.Shutdown(SocketShutdown.Send);
            Assert.Equal(reason, (await bench.Log.SeenAsync(e => e.Event == "LinkRefused")).Field("Reason"));
        }

        Assert.True(bench.Shard.NothingOpened);
        await Eventually.HoldsAsync(() => bench.Listener.Links.Count == 0);
    }

    [Fact]
    public async Task Who_says_nothing_is_cut_at_the_deadline()
    {
        var time = new ManualTime();
        await using var bench = new LinkBench { Time = time }.Listen();
        using var stranger = bench.Connect();
        await Eventually.HoldsAsync(() => time.ArmedTimers == 1);

        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("no greeting within 5 s", (await bench.Log.SeenAsync(e => e.Event == "LinkRefused")).Field("Reason"));
        Assert.Equal("", stranger.HearInPlace(1));
    }

    [Fact]
    public async Task The_gateway_too_cuts_a_shard_that_says_nothing_or_something_else()
    {
        var time = new ManualTime();
        await using var bench = new LinkBench { Time = time };
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(bench.Path));
        listening.Listen(1);

        var dialer = bench.Dial();
        using (await listening.AcceptAsync().Soon())
        {
            await Eventually.HoldsAsync(() => time.ArmedTimers == 1);
            time.Advance(TimeSpan.FromSeconds(5));
            await Eventually.HoldsAsync(() => dialer.Fault == "no greeting within 5 s");
        }

        await Eventually.HoldsAsync(() => time.ArmedTimers == 1);
        time.Advance(TimeSpan.FromSeconds(5));
        using (var second = await listening.AcceptAsync().Soon())
        {
            await second.SayAsync("HTTP/1.1 200 OK");
            await Eventually.HoldsAsync(() => dialer.Fault == "it does not begin like a hand-over link");
        }
    }

    [Fact]
    public async Task A_descriptor_before_the_greeting_is_closed_and_ends_it()
    {
        await using var bench = new LinkBench().Listen();
        using var stranger = bench.Connect();
        using var pair = SocketPair.Unix();

        new DescriptorPassing(stranger).Send(Greeting.Of(LinkBench.Token), 0, 12, pair.Other.Number());
        pair.Other.Dispose();

        Assert.Equal("it sends descriptors before it has shown who it is", (await bench.Log.SeenAsync(e => e.Event == "LinkRefused")).Field("Reason"));
        await pair.One.EndsAsync();
    }

    public static TheoryData<byte[], string> BadFrames => new()
    {
        { Greeting.Length(0), "a frame says that it has 0 bytes" },
        { Greeting.Length(HandoverLink.MostFrameBytes + 1), "a frame says that it has 16777217 bytes" },
        { Greeting.Length(uint.MaxValue), "a frame says that it has 4294967295 bytes" },
        { Greeting.Length(int.MaxValue), "a frame says that it has 2147483647 bytes" },
        { "GET / HTTP/1.1\r\nHost: shard\r\n\r\n"u8.ToArray(), "a frame says that it has 542393671 bytes" },
        { Greeting.Frame(CarriesDescriptor | 1, 1, 2, 3), "a frame says that it carries a descriptor, and none came with it" },
    };

    [Theory]
    [MemberData(nameof(BadFrames))]
    public async Task Bytes_that_are_no_frames_end_the_link(byte[] bytes, string reason)
    {
        await using var bench = new LinkBench().Listen();
        using var stranger = await bench.GreetAsync();

        stranger.Send(Greeting.Frame(5, 1));
        stranger.Send(bytes);

        Assert.Equal(5, (await bench.Shard.FrameAsync()).Kind);
        Assert.StartsWith(reason, await bench.Shard.ClosedAsync(), StringComparison.Ordinal);
        Assert.True(bench.Shard.NothingCame);
    }

    [Fact]
    public async Task A_descriptor_that_no_frame_claims_is_closed_and_ends_the_link()
    {
        await using var bench = new LinkBench().Listen();
        using var stranger = await bench.GreetAsync();
        using var pair = SocketPair.Unix();

        var frame = Greeting.Frame(5, 1);
        new DescriptorPassing(stranger).Send(frame, 0, frame.Length, pair.Other.Number());
        pair.Other.Dispose();

        Assert.Equal("a descriptor came that no frame says it carries", await bench.Shard.ClosedAsync());
        await pair.One.EndsAsync();
    }

    [Fact]
    public async Task More_descriptors_than_frames_are_closed_and_end_the_link()
    {
        await using var bench = new LinkBench().Listen();
        using var stranger = await bench.GreetAsync();
        using var pair = SocketPair.Unix();
        var passing = new DescriptorPassing(stranger);
        var frame = Greeting.Frame(CarriesDescriptor | 1, new byte[100]);

        // The link may be cut by the third already.
        for (var i = 0; i < 20; i++)
            _ = passing.Send(frame, i, 1, pair.Other.Number());
        pair.Other.Dispose();

        Assert.Equal("more descriptors came than frames", await bench.Shard.ClosedAsync());
        await pair.One.EndsAsync();
    }

    [Fact]
    public async Task A_link_that_breaks_within_a_frame_closes_its_descriptor()
    {
        await using var bench = new LinkBench().Listen();
        var stranger = await bench.GreetAsync();
        using var pair = SocketPair.Unix();
        var frame = Greeting.Frame(CarriesDescriptor | 1, new byte[100]);

        new DescriptorPassing(stranger).Send(frame, 0, 50, pair.Other.Number());
        pair.Other.Dispose();
        stranger.Dispose();

        Assert.Equal("the other side closed it", await bench.Shard.ClosedAsync());
        Assert.True(bench.Shard.NothingCame);
        await pair.One.EndsAsync();
    }

    [Fact]
    public async Task Frames_that_come_byte_by_byte_are_whole_and_have_their_descriptors()
    {
        await using var bench = new LinkBench().Listen();
        using var stranger = await bench.GreetAsync();
        using var pair = SocketPair.Unix();
        var passing = new DescriptorPassing(stranger);
        var frame = Greeting.Frame(CarriesDescriptor | 1, [.. "terms"u8]);

        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < frame.Length; i++)
                passing.Send(frame, i, 1, i == 0 ? pair.Other.Number() : -1);
        }

        for (var round = 0; round < 3; round++)
        {
            var whole = await bench.Shard.FrameAsync();
            Assert.Equal("terms"u8.ToArray(), whole.Payload);
            using var socket = new Socket(whole.Descriptor!);
            socket.Send([1]);
        }
    }

    [Fact]
    public async Task More_links_than_a_shard_takes_are_refused()
    {
        await using var bench = new LinkBench().Listen();
        var links = new List<Socket>();
        for (var i = 0; i < 64; i++)
            links.Add(await bench.GreetAsync());

        using var tooMany = bench.Connect();

        Assert.Equal("there are 64 links already", (await bench.Log.SeenAsync(e => e.Event == "LinkRefused")).Field("Reason"));
        Assert.Equal("", tooMany.HearInPlace(1));
        foreach (var link in links)
            link.Dispose();
        await Eventually.HoldsAsync(() => bench.Listener.Links.Count == 0);
        using var again = await bench.GreetAsync();
    }
}
