using System.Diagnostics;
using System.Reflection;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Relay.Tests;

/// <summary>Messages cost no memory: only then does a gateway with much traffic not stop for collections.</summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationTests
{
    private const int Messages = 2_000;

    /// <summary>What the runtime itself needs comes once, for a thread or for code that it makes faster; what a message costs comes every time. So the least counts.</summary>
    private const int Measurements = 5;

    /// <summary>A message that gets lost fails the test; how long all of them take does not.</summary>
    private const int GuardMilliseconds = 30_000;

    /// <summary>A state machine or a task per message would be 100 bytes and more; the peers of the test itself use a little.</summary>
    private const double MaxBytesPerMessage = 8;

    private static bool IsDebugBuild => typeof(RelayConnection).Assembly.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true };

    [Fact]
    public Task A_relayed_message_allocates_nothing() => AllocatesNothingAsync(RelayRig.Terms);

    [Fact]
    public async Task A_message_within_every_limit_allocates_nothing()
    {
        var limits = new MessageLimits(1_000_000, 1_000_000_000, 1_000_000, 1_000_000_000, 1_000, 10, MessageLimits.DefaultPatience);
        using var user = new UserAllowances(TimeProvider.System).Enter("user", limits);
        await AllocatesNothingAsync(RelayRig.With(limits) with { User = user });
    }

    private static async Task AllocatesNothingAsync(RelayTerms terms)
    {
        Assert.False(IsDebugBuild, "a debug build makes an object of every state machine: run ./test, which builds for release");
        await using var rig = await RelayRig.StartAsync(terms);
        rig.Client.Socket.ReceiveTimeout = rig.Backend.Socket.ReceiveTimeout = GuardMilliseconds;
        var up = rig.Client.Frame(Opcode.Binary, new byte[64]).Bytes;
        var down = rig.Backend.Frame(Opcode.Binary, new byte[64]).Bytes;
        await EchoAsync(rig, up, down, 2_000);

        var perMessage = double.MaxValue;
        for (var i = 0; i < Measurements; i++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await EchoAsync(rig, up, down, Messages / 2);
            perMessage = Math.Min(perMessage, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Messages);
        }

        Assert.True(perMessage < MaxBytesPerMessage, $"{perMessage:0.0} bytes per message");
        Assert.Equal(0, rig.Relay.Facts.Throttled);
    }

    /// <summary>One message there, one back, in step: the relay waits for each of them, which is its dearest case.</summary>
    private static Task EchoAsync(RelayRig rig, byte[] up, byte[] down, int rounds) => Task.Run(() =>
    {
        // The peers block, so that no state machine but the relay's is counted.
        var there = new byte[up.Length];
        var back = new byte[down.Length];
        for (var i = 0; i < rounds; i++)
        {
            rig.Client.Socket.Send(up);
            Fill(rig.Backend, there);
            rig.Backend.Socket.Send(down);
            Fill(rig.Client, back);
        }
    });

    private static void Fill(WirePeer peer, byte[] buffer)
    {
        for (var filled = 0; filled < buffer.Length;)
            filled += peer.Socket.Receive(buffer.AsSpan(filled));
    }
}
