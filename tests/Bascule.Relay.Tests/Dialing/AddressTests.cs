using System.Net;
using System.Net.Sockets;
using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>Names with several addresses: the first that answers serves, and none is waited for in vain (RFC 8305).</summary>
public sealed class AddressTests
{
    private static readonly IPAddress First = IPAddress.Loopback;
    private static readonly IPAddress Second = IPAddress.Parse("127.0.0.2");
    private static readonly IPAddress Third = IPAddress.Parse("127.0.0.3");
    private static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    private readonly ManualTime _time = new();

    [Fact]
    public async Task An_address_where_nobody_listens_costs_no_time()
    {
        using var second = new WaitingBackend(Second);
        var dialing = Dial(second.Port, First, Third, Second);

        await WaitingBackend.AcceptAsync(await second.TakeAsync());

        Assert.NotNull((await dialing.Soon()).Link);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task An_address_that_swallows_the_connection_is_overtaken_and_let_go()
    {
        using var second = new WaitingBackend(Second);
        using var first = new WaitingBackend(First, second.Port, backlog: 0);
        using var filler = await FillAsync(first);
        var dialing = Dial(second.Port, First, Second);
        await Moment.ComesAsync(() => _time.ArmedTimers == 2);
        Assert.False(second.HasNext);

        _time.Advance(AttemptDelay);

        await WaitingBackend.AcceptAsync(await second.TakeAsync());
        Assert.NotNull((await dialing.Soon()).Link);
        Assert.Equal(0, OpenAttempts(first.Port));
    }

    [Fact]
    public async Task The_other_family_has_its_turn_before_more_of_the_first()
    {
        Assert.True(Socket.OSSupportsIPv6, "no IPv6 on this machine");
        using var third = new WaitingBackend(Third);
        using var first = new WaitingBackend(First, third.Port, backlog: 0);
        using var six = new WaitingBackend(IPAddress.IPv6Loopback, third.Port);
        using var filler = await FillAsync(first);
        var dialing = Dial(third.Port, First, Third, IPAddress.IPv6Loopback);
        await Moment.ComesAsync(() => _time.ArmedTimers == 2);

        _time.Advance(AttemptDelay);

        await WaitingBackend.AcceptAsync(await six.TakeAsync());
        Assert.NotNull((await dialing.Soon()).Link);
        Assert.False(third.HasNext);
    }

    [Fact]
    public async Task When_no_address_answers_the_deadline_ends_all_attempts()
    {
        using var second = new WaitingBackend(Second, backlog: 0);
        using var first = new WaitingBackend(First, second.Port, backlog: 0);
        using var fillers = new Fillers(await FillAsync(first), await FillAsync(second));
        var dialing = Dial(second.Port, First, Second);
        await Moment.ComesAsync(() => _time.ArmedTimers == 2);
        _time.Advance(AttemptDelay);
        await Moment.ComesAsync(() => _time.ArmedTimers == 1 && OpenAttempts(first.Port) == 2);

        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(EndReasons.BackendConnectTimeout, (await dialing.Soon()).Ending!.Value.Reason);
        Assert.Equal(0, OpenAttempts(first.Port));
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task When_every_address_refuses_the_node_is_unreachable()
    {
        using var unused = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        unused.Bind(new IPEndPoint(IPAddress.Any, 0));

        var result = await Dial(((IPEndPoint)unused.LocalEndPoint!).Port, First, Second, Third).Soon();

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
        using var second = new WaitingBackend(Second);
        using var first = new WaitingBackend(First, second.Port, backlog: 0);
        using var filler = await FillAsync(first);
        using var caller = new CancellationTokenSource();
        var dialing = Dial(second.Port, [First, Second], caller.Token);
        await Moment.ComesAsync(() => _time.ArmedTimers == 2);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dialing.Soon());
        Assert.Equal(0, OpenAttempts(first.Port));
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task An_address_that_was_discovered_is_used_without_asking_for_the_name()
    {
        using var second = new WaitingBackend(Second);
        var target = TargetAt(second.Port) with { Address = Second };
        var dialing = new BackendDialer(new NodeConnector(_time, (_, _) => throw new InvalidOperationException("nobody may ask")), Limits, _time)
            .DialAsync(target, TestContext.Current.CancellationToken);

        var request = await WaitingBackend.AcceptAsync(await second.TakeAsync());

        Assert.Contains($"Host: several.test:{second.Port}\r\n", request, StringComparison.Ordinal);
        Assert.NotNull((await dialing.Soon()).Link);
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
