namespace Bascule.Backends;

/// <summary>How far a connection came, as the breaker of its node sees it.</summary>
internal enum SlotStage : byte
{
    Dialing,
    Open,

    /// <summary>Ended well, or lived so long that its end says nothing about its beginning.</summary>
    EndedWell,

    /// <summary>Never opened, or died early.</summary>
    EndedBadly,

    /// <summary>Given back, and nobody said how it went.</summary>
    Unknown,
}

/// <summary>The right to one connection on one node. Disposing gives it back, once, however often and from wherever that is called.</summary>
public sealed class Slot : IDisposable
{
    private int _givenBack;

    internal Slot(Pool pool, Node node)
    {
        Pool = pool;
        Node = node;
    }

    public Pool Pool { get; }

    public Node Node { get; }

    internal SlotStage Stage { get; set; }

    /// <summary>A timestamp of the pool's clock.</summary>
    internal long OpenedAt { get; set; }

    /// <summary>Tells how the connection goes: <see cref="ConnectionVerdict.Opened"/> at its 101, or that it failed to connect; later how it ended, before the slot
    /// is given back. The first ending counts. A slot that is given back without one counts as neither good nor bad.</summary>
    public void Report(ConnectionVerdict verdict) => Pool.Report(this, verdict);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _givenBack, 1) == 0)
            Pool.GiveBack(this);
    }
}
