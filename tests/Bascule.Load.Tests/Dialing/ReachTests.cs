using System.Net;
using System.Net.Sockets;
using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>Names, addresses and TCP: what stops a handshake before the server has a say.</summary>
public sealed class ReachTests : DialTest
{
    [Fact]
    public async Task A_closed_port_refuses()
    {
        using var port = DeadPort.Closed();

        var failure = await FailureAsync(port.Url);

        Assert.Equal("tcp.refused", failure.Class);
        Assert.Contains(port.Url.Authority, failure.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_nobody_knows_has_its_class()
    {
        using var dialer = Resolving((_, _) => throw new SocketException((int)SocketError.HostNotFound));

        var outcome = await dialer.DialAsync(Order(new Uri("ws://nobody.test/")), CancellationToken.None).Soon();

        Assert.Equal("dns", outcome.Failure!.Class);
        Assert.StartsWith("nobody.test: HostNotFound", outcome.Failure.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_without_addresses_has_its_class()
    {
        using var dialer = Resolving((_, _) => Task.FromResult<IPAddress[]>([]));

        Assert.Equal("dns", (await dialer.DialAsync(Order(new Uri("ws://empty.test/")), CancellationToken.None).Soon()).Failure!.Class);
    }

    [Fact]
    public async Task A_resolver_that_does_not_answer_has_its_class()
    {
        using var dialer = Resolving((_, over) => Task.Delay(Timeout.InfiniteTimeSpan, Time, over).ContinueWith(_ => Array.Empty<IPAddress>(), TaskScheduler.Default));

        var dialing = dialer.DialAsync(Order(new Uri("ws://slow.test/")), CancellationToken.None).AsTask();
        Time.Advance(Limit);

        Assert.Equal(("dns", "slow.test: the resolver did not answer within 10 s"), ((await dialing.Soon()).Failure!.Class, (await dialing).Failure!.Seen));
    }

    [Fact]
    public async Task All_addresses_are_tried_and_the_good_one_is_first_from_then_on()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);
        var asked = 0;
        using var dialer = Resolving((_, _) =>
        {
            asked++;
            return Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.2"), IPAddress.Loopback]);
        });
        var order = Order(new Uri($"ws://two.test:{server.Address.Port}/"));

        for (var i = 0; i < 3; i++)
        {
            var outcome = await dialer.DialAsync(order, CancellationToken.None).Soon();
            Assert.Null(outcome.Failure);
            await outcome.Socket!.DisposeAsync();
        }

        Assert.Equal((1, 3), (asked, server.Accepted));
    }

    [Fact]
    public async Task A_failure_of_all_addresses_is_that_of_the_last()
    {
        using var port = DeadPort.Closed();
        using var dialer = Resolving((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Broadcast, IPAddress.Loopback]));

        var outcome = await dialer.DialAsync(Order(new Uri($"ws://two.test:{port.Url.Port}/")), CancellationToken.None).Soon();

        Assert.Equal("tcp.refused", outcome.Failure!.Class);
    }

    [Fact]
    public async Task An_address_without_a_way_to_it_is_unreachable()
    {
        Assert.Equal("tcp.unreachable", (await FailureAsync(new Uri("ws://255.255.255.255:9/"))).Class);
    }

    [Fact]
    public async Task A_source_of_another_family_is_told()
    {
        var failure = await FailureAsync(Order(new Uri("ws://127.0.0.1:9/")) with { Source = IPAddress.IPv6Loopback });

        Assert.Equal(("tcp.unreachable", "127.0.0.1 cannot be reached from ::1, which is of another family"), (failure.Class, failure.Seen));
    }

    [Fact]
    public async Task A_source_address_is_used()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);

        await using var echo = EchoClient.On(await OpenAsync(Order(server.Url) with { Source = IPAddress.Parse("127.0.0.7") }));

        await echo.RoundTripAsync(100);
        Assert.Equal("127.0.0.7", server.LastPeer!.Address.ToString());
    }

    [Fact]
    public async Task A_source_address_that_this_machine_has_not_is_a_failure_of_its_own()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);

        var failure = await FailureAsync(Order(server.Url) with { Source = IPAddress.Parse("192.0.2.1") });

        Assert.Equal((FailureClasses.LocalPorts, Guilty.Client), (failure.Class, FailureClasses.GuiltyOf(failure.Class)));
        Assert.Contains("from 192.0.2.1", failure.Seen, StringComparison.Ordinal);
    }

    private Dialer Resolving(Func<string, CancellationToken, Task<IPAddress[]>> resolve) => new(Time, resolve);
}
