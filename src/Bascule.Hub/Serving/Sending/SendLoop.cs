using System.Collections.Concurrent;

namespace Bascule.Hub;

/// <summary>Sends for its share of the connections, one after the other, on one thread at a time. While it is busy, messages pile up in the streams, and each send carries more.</summary>
internal sealed class SendLoop : IThreadPoolWorkItem
{
    /// <summary>After so many turns others in the thread pool get theirs.</summary>
    private const int TurnsBeforeYield = 4096;

    /// <summary>More clients that are slow at once make their own.</summary>
    private const int KeptRests = 256;

    private readonly ConcurrentQueue<ISendTurn> _ready = new();
    private int _working;

    /// <summary>Where small pieces are put together. A send that has to wait takes it along.</summary>
    internal GatherBuffer Gather { get; } = new();

    /// <summary>Operations that no client needs at the moment. Of this loop alone.</summary>
    private readonly Stack<SendRest> _rests = new();

    internal SendRest RentRest() => _rests.TryPop(out var rest) ? rest : new SendRest();

    internal void Return(SendRest rest)
    {
        if (_rests.Count < KeptRests)
            _rests.Push(rest);
        else
            rest.Dispose();
    }

    /// <summary>Nobody waits for a turn, and nobody has one.</summary>
    internal bool IsIdle => _ready.IsEmpty && Volatile.Read(ref _working) == 0;

    internal void Enqueue(ISendTurn turn)
    {
        _ready.Enqueue(turn);
        if (Interlocked.CompareExchange(ref _working, 1, 0) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        for (var turns = 0; ; turns++)
        {
            if (turns == TurnsBeforeYield)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return;
            }

            if (_ready.TryDequeue(out var next))
            {
                next.Turn();
                continue;
            }

            Gather.Release();
            Volatile.Write(ref _working, 0);
            // Who put one in before this was written did not start us: look again.
            Interlocked.MemoryBarrier();
            if (_ready.IsEmpty || Interlocked.CompareExchange(ref _working, 1, 0) != 0)
                return;
        }
    }
}
