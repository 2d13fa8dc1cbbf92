using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Backends.Tests;

/// <summary>Makes the pools of these tests, and takes slots that are known to be free.</summary>
internal static class Pools
{
    internal static readonly SlotRequest Any = new(null, null);

    /// <summary>A pool named <c>kb</c> with nodes on the ports 8001, 8002, … that have these limits.</summary>
    internal static Pool Make(TimeProvider time, int[] limits, int queueLength = 1000, Balance balance = Balance.LeastConnections) =>
        new("kb", Settings(limits, queueLength, balance), time);

    internal static PoolSettings Settings(int[] limits, int queueLength = 1000, Balance balance = Balance.LeastConnections) => new()
    {
        Nodes = [.. limits.Select((limit, at) => new NodeSettings { Url = $"http://10.0.0.1:{8001 + at}", Slots = limit })],
        Balance = balance,
        Queue = new QueueSettings { Length = queueLength, Wait = TimeSpan.FromSeconds(10) },
    };

    internal static Slot TakeFree(this Pool pool, string? key = null, params Node[] avoid)
    {
        var taking = pool.TakeAsync(new SlotRequest(key, avoid), TestContext.Current.CancellationToken);
        Assert.True(taking.IsCompletedSuccessfully, "A slot should have been free.");
        return Assert.IsType<Slot>(Finished(taking).Slot);
    }

    /// <summary>A slot of this very node: every other one is avoided.</summary>
    internal static Slot TakeFrom(this Pool pool, Node node) => pool.TakeFree(null, [.. pool.Nodes.Where(other => other != node)]);

    /// <summary>The ending of a take that must be refused at once.</summary>
    internal static Ending Refused(this Pool pool, SlotRequest request = default) =>
        Assert.NotNull(Finished(pool.TakeAsync(request, TestContext.Current.CancellationToken)).Ending);

    /// <summary>Begins a take that must wait.</summary>
    internal static Task<SlotResult> StartWaiting(this Pool pool, CancellationToken cancellation = default, params Node[] avoid) =>
        pool.StartWaiting(new SlotRequest(null, avoid), cancellation);

    /// <summary>Begins a take that must wait.</summary>
    internal static Task<SlotResult> StartWaiting(this Pool pool, SlotRequest request, CancellationToken cancellation = default)
    {
        var before = pool.Waiting;
        var task = pool.TakeAsync(request, cancellation).AsTask();
        Assert.Equal(before + 1, pool.Waiting);
        return task;
    }

    /// <summary>A connection to this node that fails before it opens.</summary>
    internal static void FailToConnect(this Pool pool, Node node)
    {
        using var slot = pool.TakeFrom(node);
        slot.Report(ConnectionVerdict.ConnectFailed("connection refused"));
    }

    /// <summary>A connection to this node that opens; its slot is still out.</summary>
    internal static Slot Open(this Pool pool, Node node)
    {
        var slot = pool.TakeFrom(node);
        slot.Report(ConnectionVerdict.Opened);
        return slot;
    }

    /// <summary>Ends a connection as its back end should not.</summary>
    internal static void Break(this Slot slot)
    {
        slot.Report(ConnectionVerdict.EndedBadly("reset by the back end"));
        slot.Dispose();
    }

    /// <summary>The result of a take that ended at once.</summary>
    internal static SlotResult Finished(ValueTask<SlotResult> taking)
    {
        Assert.True(taking.IsCompleted, "The take should have ended at once.");
#pragma warning disable CA2012, VSTHRD002 // It is complete: nothing blocks.
        return taking.GetAwaiter().GetResult();
#pragma warning restore CA2012, VSTHRD002
    }
}
