using System.Net;
using System.Net.Sockets;
using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>Names with several addresses: the first that answers serves, and none is waited for in vain (RFC 8305).</summary>
public sealed class AddressTests
{
    private static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    // One port on three addresses that no other test has: nobody listens there but who is asked to.
    private readonly IPEndPoint _own = OwnAddress.Next();
    private readonly ManualTime _time = new();

    private int Port => _own.Port;

    private IPAddress First => _own.Address;

    private IPAddress Second => Beside(1);

    private IPAddress Third => Beside(2);

    [Fact]
    public async Task An_address_where_nobody_listens_costs_no_time()
    {
        using var second = new WaitingBackend(Second, Port);
        var dialing = Dial(Port, First, Third, Second);

        await WaitingBackend.AcceptAsync(await second.TakeAsync());

        Assert.NotNull((await dialing.Soon()).Link);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task An_address_that_swallows_the_connection_is_overtaken_and_let_go()
    {
        using var second = new WaitingBackend(Second, Port);
        using var first = new WaitingBackend(First, Port, backlog: 0);
        using var filler = await FillAsync(first);
        var dialing = Dial(Port, First, Second);
        await Patience.UntilAsync(() => _time.ArmedTimers == 2);
        Assert.False(second.HasNext);

        _time.Advance(AttemptDelay);

        await WaitingBackend.AcceptAsync(await second.TakeAsync());
        Assert.NotNull((await dialing.Soon()).Link);
        Assert.Equal(0, OpenAttempts(Port));
    }

    [Fact]
    public async Task The_other_family_has_its_turn_before_more_of_the_first()
    {
        Assert.True(Socket.OSSupportsIPv6, "no IPv6 on this machine");
        using var third = new WaitingBackend(Third, Port);
        using var first = new WaitingBackend(First, Port, backlog: 0);
        using var six = new WaitingBackend(IPAddress.IPv6Loopback, Port);
        using var filler = await FillAsync(first);
        var dialing = Dial(Port, First, Third, IPAddress.IPv6Loopback);
        await Patience.UntilAsync(() => _time.ArmedTimers == 2);

        _time.Advance(AttemptDelay);

        await WaitingBackend.AcceptAsync(await six.TakeAsync());
        Assert.NotNull((await dialing.Soon()).Link);
        Assert.False(third.HasNext);
    }

    [Fact]
    public async Task When_no_address_answers_the_deadline_ends_all_attempts()
    {
        using var second = new WaitingBackend(Second, Port, backlog: 0);
        using var first = new WaitingBackend(First, Port, backlog: 0);
        using var fillers = new Fillers(await FillAsync(first), await FillAsync(second));
        var dialing = Dial(Port, First, Second);
        await Patience.UntilAsync(() => _time.ArmedTimers == 2);
        _time.Advance(AttemptDelay);
        await Patience.UntilAsync(() => _time.ArmedTimers == 1 && OpenAttempts(Port) == 2);

        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(EndReasons.BackendConnectTimeout, (await dialing.Soon()).Ending!.Value.Reason);
        Assert.Equal(0, OpenAttempts(Port));
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task When_every_address_refuses_the_node_is_unreachable()
    {
        var result = await Dial(Port, First, Second, Third).Soon();

        Assert.Equal((EndReasons.BackendUnreachable, true), (result.Ending!.Value.Reason, result.MayTryAnother));
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task A_name_without_addresses_is_unknown()
    {
        Assert.Equal(EndReasons.BackendNameUnknown, (await Dial(80).Soon()).Ending!.Value.Reason);
    }

    [Fact]
    public async Task A_caller_that_gives_up_ends_every_attempt()
    {
        using var second = new WaitingBackend(Second, Port);
        using var first = new WaitingBackend(First, Port, backlog: 0);
        using var filler = await FillAsync(first);
        using var caller = new CancellationTokenSource();
        var dialing = Dial(Port, [First, Second], caller.Token);
        await Patience.UntilAsync(() => _time.ArmedTimers == 2);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dialing.Soon());
        Assert.Equal(0, OpenAttempts(Port));
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task An_address_that_was_discovered_is_used_without_asking_for_the_name()
    {
        using var second = new WaitingBackend(Second, Port);
        var target = TargetAt(second.Port) with { Address = Second };
        var dialing = new BackendDialer(new NodeConnector(_time, (_, _) => throw new InvalidOperationException("nobody may ask")), Limits, _time)
            .DialAsync(target, TestContext.Current.CancellationToken);

        var request = await WaitingBackend.AcceptAsync(await second.TakeAsync());

        Assert.Contains($"Host: several.test:{second.Port}\r\n", request, StringComparison.Ordinal);
        Assert.NotNull((await dialing.Soon()).Link);
    }

    /// <summary>The last byte goes from 1 to 254.</summary>
    private IPAddress Beside(int step)
    {
        var bytes = _own.Address.GetAddressBytes();
        bytes[3] = (byte)(((bytes[3] - 1 + step) % 254) + 1);
        return new IPAddress(bytes);
    }

    private static DialLimits Limits { get; } = new(Connect: TimeSpan.FromSeconds(5), Upgrade: TimeSpan.FromSeconds(10));

    private sealed record Fillers(Socket One, Socket Other) : IDisposable
    {
        public void Dispose()
        {
            One.Dispose();
            Other.Dispose();
        }
    }

    /// <summary>With a full accept queue Linux drops what comes: as behind a firewall.</summary>
    private static async Task<Socket> FillAsync(WaitingBackend backend)
    {
        var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await filler.ConnectAsync(backend.EndPoint).Soon();
        return filler;
    }

    /// <summary>Connections of this machine to that port which nobody has answered yet (SYN_SENT).</summary>
    private static int OpenAttempts(int port) =>
        File.ReadLines("/proc/net/tcp").Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Count(l => l[2].EndsWith($":{port:X4}", StringComparison.Ordinal) && l[3] == "02");

    private static DialTarget TargetAt(int port) => ScriptedBackend.To(new Uri($"http://several.test:{port}"));

    private Task<DialResult> Dial(int port, params IPAddress[] addresses) => Dial(port, addresses, TestContext.Current.CancellationToken);

    private Task<DialResult> Dial(int port, IPAddress[] addresses, CancellationToken cancellation) =>
        new BackendDialer(new NodeConnector(_time, (_, _) => Task.FromResult(addresses)), Limits, _time).DialAsync(TargetAt(port), cancellation);
}
