using Bascule.Model;

namespace Bascule.Backends;

/// <summary>Why an attempt that finds no free slot may not wait for one.</summary>
internal enum Refusal
{
    NoUsableNode,
    QueueFull,
    ShareTaken,
}

/// <summary>The endings of refused attempts. Their texts are made outside the lock of the pool: refusals come in crowds.</summary>
internal static class Refusals
{
    internal static SlotResult Result(this Refusal refusal, Pool pool, in SlotRequest request, int seenInUse)
    {
        var ending = refusal switch
        {
            Refusal.NoUsableNode => new Ending(EndReasons.NoUsableNode, PoolText.NoneUsable(pool, request)),
            Refusal.ShareTaken => new Ending(EndReasons.QueueFull, PoolText.ShareTaken(pool)),
            _ => new Ending(EndReasons.QueueFull, PoolText.Full(pool, request, seenInUse)),
        };
        return new(null, ending, TimeSpan.Zero, 0);
    }
}
