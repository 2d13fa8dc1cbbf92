using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>One sweep looks after all connections, and tells each byte once.</summary>
public sealed class SweepTests
{
    private const int Connections = 1_000;

    [Fact]
    public async Task What_a_thousand_connections_carried_is_told_exactly_once()
    {
        var time = new ManualTime();
        var told = new Told();
        await using var sweep = new HeartbeatSweep(new HeartbeatSettings(), told.Add, time);
        using var stop = new CancellationTokenSource();
        var sweeping = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                time.Advance(TimeSpan.FromSeconds(1));
                await Moment.PassAsync();
            }
        });

        // A few at a time: each is swept while it lives, and removed while others are.
        foreach (var chunk in Enumerable.Range(0, Connections).Chunk(50))
            await Task.WhenAll(chunk.Select(i => LiveAsync(i % 7, sweep, time))).Soon();
        await stop.CancelAsync();
        await sweeping;

        Assert.Equal(0, sweep.Count);
        var texts = Enumerable.Range(0, Connections).Sum(i => i % 7);
        Assert.Equal((texts, Connections), (told.Up.Texts, told.Up.Closes));
        Assert.Equal((2 * texts, Connections), (told.Down.Binaries, told.Down.Closes));
        Assert.Equal((texts * (6 + 5)) + (Connections * 8), told.Up.Bytes);
        Assert.Equal((2 * texts * (4 + 300)) + (Connections * 4), told.Down.Bytes);
    }

    [Fact]
    public async Task A_connection_that_was_removed_is_not_told_again()
    {
        var told = new Told();
        var time = new ManualTime();
        await using var sweep = new HeartbeatSweep(new HeartbeatSettings(), told.Add, time);
        await using var rig = await RelayRig.StartAsync();
        sweep.Add(rig.Relay);
        await rig.ExchangeAsync();

        sweep.Remove(rig.Relay);
        sweep.Remove(rig.Relay);
        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal((1, 1), (told.Up.Texts, told.Down.Texts));
        Assert.Empty(sweep.Open());
    }

    /// <summary>One short connection: texts up, twice as many binaries down, close.</summary>
    private static async Task LiveAsync(int texts, HeartbeatSweep sweep, TimeProvider time)
    {
        var (clientNear, clientFar) = await WirePeer.PairAsync();
        var (backendNear, backendFar) = await WirePeer.PairAsync();
        using var client = new WirePeer(clientFar, isClient: true);
        using var backend = new WirePeer(backendFar, isClient: false);
        var terms = RelayRig.Terms with { Heartbeat = new HeartbeatSettings { Interval = TimeSpan.Zero, Stale = TimeSpan.Zero }, CloseDeadline = TimeSpan.FromDays(1) };
        var relay = new RelayConnection(RelayRig.EndpointOf(clientNear), RelayRig.EndpointOf(backendNear), 0, terms, AttemptId.New(), time);
        sweep.Add(relay);
        var outcome = relay.RunAsync();
        for (var i = 0; i < texts; i++)
        {
            await client.SendTextAsync("hello");
            await backend.ReceiveTextAsync();
            await backend.SendAsync(backend.Frame(Opcode.Binary, new byte[300]));
            await backend.SendAsync(backend.Frame(Opcode.Binary, new byte[300]));
            await client.ReceiveAsync();
            await client.ReceiveAsync();
        }

        await client.SendCloseAsync(1000);
        await backend.ReceiveCloseAsync();
        await backend.SendCloseAsync(1000);
        await client.ReceiveCloseAsync();
        await client.LeaveAsync();
        await backend.LeaveAsync();
        await outcome;
        sweep.Remove(relay);
    }

    private sealed class Told
    {
        private readonly Lock _gate = new();

        internal DirectionCounts Up { get; private set; }

        internal DirectionCounts Down { get; private set; }

        internal void Add(DirectionCounts up, DirectionCounts down)
        {
            lock (_gate)
            {
                Up = Sum(Up, up);
                Down = Sum(Down, down);
            }
        }

        private static DirectionCounts Sum(DirectionCounts a, DirectionCounts b) => a - (default(DirectionCounts) - b);
    }
}
