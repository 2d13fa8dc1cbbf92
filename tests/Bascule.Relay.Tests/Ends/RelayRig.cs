using System.Net.Sockets;
using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>A relay between two peers on real sockets, under a clock of the test.</summary>
internal sealed class RelayRig : IAsyncDisposable
{
    private readonly TimeSpan _closeDeadline;
    private readonly HeartbeatSweep _sweep;

    private RelayRig(RelayTerms terms, RelayEndpoint client, RelayEndpoint backend, byte reservedBits, ManualTime time)
    {
        Time = time;
        _closeDeadline = terms.CloseDeadline;
        Relay = new RelayConnection(client, backend, reservedBits, terms, Attempt, Time);
        _sweep = new HeartbeatSweep(terms.Heartbeat, (_, _) => { }, Time);
        _sweep.Add(Relay);
    }

    internal ManualTime Time { get; }

    internal AttemptId Attempt { get; } = AttemptId.New();

    internal RelayConnection Relay { get; }

    internal required WirePeer Client { get; init; }

    internal required WirePeer Backend { get; init; }

    internal Task<RelayOutcome> Outcome { get; private set; } = Task.FromException<RelayOutcome>(new InvalidOperationException("not started"));

    /// <summary>The relay reads so much at once.</summary>
    internal const int BufferBytes = 32 * 1024;

    internal static RelayTerms Terms { get; } = new(new HeartbeatSettings(), TimeSpan.Zero, TimeSpan.Zero, CloseDeadline: TimeSpan.FromSeconds(5), SpeaksBascule: true);

    /// <summary>The usual terms with limits of what the client may send.</summary>
    internal static RelayTerms With(MessageLimits limits) => Terms with { Limits = limits };

    /// <param name="socketStream">The client is on a stream of ours, as without TLS, and not on one of the framework.</param>
    /// <param name="bufferBytes">Small socket buffers, so that a side that does not read is felt soon.</param>
    internal static async Task<RelayRig> StartAsync(RelayTerms? terms = null, byte reservedBits = 0, int? bufferBytes = null, byte[]? early = null, ManualTime? time = null, bool socketStream = false)
    {
        var (clientNear, clientFar) = await WirePeer.PairAsync(bufferBytes);
        var (backendNear, backendFar) = await WirePeer.PairAsync(bufferBytes);
        var rig = new RelayRig(terms ?? Terms, EndpointOf(clientNear, socketStream), EndpointOf(backendNear) with { Early = early }, reservedBits, time ?? new ManualTime())
        {
            Client = new WirePeer(clientFar, isClient: true),
            Backend = new WirePeer(backendFar, isClient: false),
        };
        rig.Outcome = rig.Relay.RunAsync();
        return rig;
    }

    internal static RelayEndpoint EndpointOf(Socket socket, bool socketStream = false)
    {
        Stream stream = socketStream ? new SocketStream(socket) : new NetworkStream(socket, ownsSocket: true);
        return new RelayEndpoint(stream, stream.Dispose, socket);
    }

    internal string CloseText(EndReason reason, string? facts = null) => reason.CloseText(Attempt, facts);

    /// <summary>Waits until the client is held back: then a timer of the relay runs beside that of the sweep.</summary>
    internal Task HeldAsync() => Patience.UntilAsync(() => Time.ArmedTimers > 1);

    /// <summary>Moves the clock step by step while the client is held back, so that it is held for exactly so long.</summary>
    /// <param name="step">As long as a hold lasts: else it would end, and begin again, at different times of the clock.</param>
    internal async Task StayHeldAsync(TimeSpan span, TimeSpan step)
    {
        for (var passed = TimeSpan.Zero; passed < span; passed += step)
        {
            await HeldAsync();
            Time.Advance(step);
        }
    }

    /// <summary>A message each way, so that what was sent before has surely arrived.</summary>
    internal async Task ExchangeAsync()
    {
        await Client.SendTextAsync("there");
        Assert.Equal("there", await Backend.ReceiveTextAsync());
        await Backend.SendTextAsync("back");
        Assert.Equal("back", await Client.ReceiveTextAsync());
    }

    /// <summary>Waits until the relay waits for its close deadline, and lets it pass.</summary>
    internal async Task PassCloseDeadlineAsync()
    {
        await Patience.UntilAsync(() => Time.ArmedTimers > 1);
        Time.Advance(_closeDeadline);
    }

    /// <summary>Lets deadlines pass until the relay has ended.</summary>
    internal async Task<RelayOutcome> RunOutAsync()
    {
        while (true)
        {
            await Patience.UntilAsync(() => Outcome.IsCompleted || Time.ArmedTimers > 1);
            if (Outcome.IsCompleted)
                return await Outcome;
            Time.Advance(_closeDeadline);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Backend.Dispose();
        await RunOutAsync();
        _sweep.Remove(Relay);
        await _sweep.DisposeAsync();
    }
}
