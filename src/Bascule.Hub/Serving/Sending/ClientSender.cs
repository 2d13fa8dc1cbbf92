using System.Buffers;
using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary>Sends what one client is to get: frames of ours first, then what its subscriptions have, in turn. Between two writes it always stands at a boundary of frames.</summary>
/// <remarks>Any thread may ask for a turn; turns run on the send loop, one at a time. Allocates nothing per message, and holds no buffer while it has nothing to send.</remarks>
internal sealed class ClientSender : ISubscriber, ISendTurn
{
    /// <summary>Bytes of one turn: then others have theirs.</summary>
    private const int BudgetBytes = 64 * 1024;

    /// <summary>Copying so much is cheaper than a send of its own.</summary>
    private const int SmallBytes = 4 * 1024;

    private readonly HubConnection _owner;
    private readonly SendLoop _loop;
    private readonly ClientWriter _writer;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ReadyList _ready;
    private int _scheduled;
    private int _writeDone;
    private volatile bool _stopping;

    // Of the send loop.
    private bool _pending;
    private byte[]? _pendingBuffer;
    private ClientSubscription? _pendingOf;
    private int _pendingBytes;
    private int _pendingMessages;
    private bool _saidLast;
    private bool _over;

    // Read by others.
    private long _messages;
    private long _bytes;
    private long _blockedAt;
    private long _sentAt;
    private long _dropped;

    internal ClientSender(HubConnection owner, HubClient client, SendLoop loop, bool deflate, TimeProvider time)
    {
        _owner = owner;
        _loop = loop;
        _time = time;
        _sentAt = time.GetTimestamp();
        _writer = new ClientWriter(this, client, loop);
        Own = new Outbox(deflate);
    }

    internal Outbox Own { get; }

    internal ClientTopics Topics { get; } = new();

    internal long Messages => Volatile.Read(ref _messages);

    internal long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Messages that the client did not get because it read too slowly.</summary>
    internal long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Since when a write waits for the client to read, as a timestamp; 0: none does.</summary>
    internal long BlockedAt => Volatile.Read(ref _blockedAt);

    /// <summary>When something of a subscription was last written.</summary>
    internal long SentAt => Volatile.Read(ref _sentAt);

    /// <summary>The last words are written, or never will be.</summary>
    internal Task Told => _told.Task;

    internal Exception? Cause => _writer.Cause;

    public void DataReady(Subscription subscription)
    {
        // Without a tag the subscribing is still under way, and looks for data itself.
        if (subscription.Tag is ClientSubscription one)
            Ready(one);
    }

    internal void Ready(ClientSubscription subscription)
    {
        _ready.Put(subscription);
        Schedule();
    }

    /// <summary>Asks for a turn.</summary>
    internal void Schedule()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
            _loop.Enqueue(this);
    }

    /// <summary>Posts a frame of ours and asks for a turn.</summary>
    internal bool Post(Opcode opcode, ReadOnlySpan<byte> payload, bool asked = true)
    {
        var isTaken = Own.Post(opcode, payload, asked);
        Schedule();
        return isTaken;
    }

    /// <summary>After these frames nothing is sent any more.</summary>
    internal void PostLast(ReadOnlySpan<byte> frames)
    {
        Own.PostLast(frames);
        Schedule();
    }

    /// <summary>Ends all subscriptions. A write that is pending has to end first: whoever stops cuts the client.</summary>
    internal Task StopAsync()
    {
        _stopping = true;
        Schedule();
        return _stopped.Task;
    }

    /// <summary>A pending write is done. Called by whatever thread it ended on.</summary>
    internal void WriteDone()
    {
        Volatile.Write(ref _writeDone, 1);
        Schedule();
    }

    /// <summary>Of the send loop alone.</summary>
    public void Turn()
    {
        Interlocked.Exchange(ref _scheduled, 0);
        if (_pending && !TryFinish())
        {
            LookAtAll();
            return;
        }

        if (_stopping)
            Stop();
        if (_over)
            return;
        if (Send() == WriteStep.Failed)
            Fail();
        _loop.Gather.Clear();
    }

    /// <returns>Pending or failed: nothing more can be sent in this turn.</returns>
    private WriteStep Send()
    {
        var left = BudgetBytes;
        while (true)
        {
            if (!Own.IsEmpty && SendOwn() is not WriteStep.Done and var step)
                return step;
            if (_saidLast || _ready.Take() is not { } next)
                return Flush();
            step = Serve(next, ref left);
            if (step != WriteStep.Done)
                return step;
            if (left > 0)
                continue;
            Schedule();
            return Flush();
        }
    }

    private WriteStep SendOwn()
    {
        if (Own.Take(out var length, out var messages, out _saidLast) is not { } frames)
            return WriteStep.Done;
        if (length <= _loop.Gather.Room)
        {
            _loop.Gather.Add(frames.AsSpan(0, length), messages);
            ArrayPool<byte>.Shared.Return(frames);
            return WriteStep.Done;
        }

        // What does not fit into one buffer any more goes out after what is in it.
        var gathered = _loop.Gather.Length == 0 ? [] : _loop.Gather.Written.ToArray();
        messages += _loop.Gather.Messages;
        _loop.Gather.Clear();
        var all = ArrayPool<byte>.Shared.Rent(gathered.Length + length);
        gathered.CopyTo(all, 0);
        frames.AsSpan(0, length).CopyTo(all.AsSpan(gathered.Length));
        ArrayPool<byte>.Shared.Return(frames);
        return Write(all.AsMemory(0, gathered.Length + length), messages, all, null);
    }

    /// <summary>Sends what a subscription has, as far as the budget goes.</summary>
    private WriteStep Serve(ClientSubscription one, ref int left)
    {
        while (!one.IsOver)
        {
            if (one.LastWords is { } words)
            {
                End(one, words);
                return WriteStep.Done;
            }

            var hasBytes = one.Subscription.TryRead(left, out var bytes);
            if (!LookAt(one) || !hasBytes)
                return WriteStep.Done;
            left -= bytes.Length;
            var step = Deliver(one, bytes);
            if (step != WriteStep.Done)
                return step;
            if (left > 0 && _ready.IsEmpty && Own.IsEmpty)
                continue;
            _ready.Put(one);
            return WriteStep.Done;
        }

        return WriteStep.Done;
    }

    /// <summary>Puts small pieces together where there are several; writes large ones from where they lie.</summary>
    private WriteStep Deliver(ClientSubscription one, ReadOnlyMemory<byte> bytes)
    {
        var gather = _loop.Gather;
        var messages = FrameCount.Of(bytes.Span);
        if (bytes.Length <= SmallBytes && bytes.Length <= gather.Room && (gather.Length > 0 || !_ready.IsEmpty || !Own.IsEmpty))
        {
            gather.Add(bytes.Span, messages);
            one.Subscription.Advance(bytes.Length);
            return WriteStep.Done;
        }

        var step = Flush();
        if (step == WriteStep.Done)
            return Write(bytes, messages, null, one);
        // It gets its turn when the client reads again.
        _ready.Put(one);
        return step;
    }

    private WriteStep Flush()
    {
        var gather = _loop.Gather;
        if (gather.Length == 0)
            return WriteStep.Done;
        var step = _writer.Write(gather.Written);
        var (length, messages) = (gather.Length, gather.Messages);
        return step == WriteStep.Pending ? Pend(length, messages, gather.Detach(), null) : Wrote(step, length, messages, null, null);
    }

    private WriteStep Write(ReadOnlyMemory<byte> bytes, int messages, byte[]? buffer, ClientSubscription? of)
    {
        var step = _writer.Write(bytes);
        return step == WriteStep.Pending ? Pend(bytes.Length, messages, buffer, of) : Wrote(step, bytes.Length, messages, buffer, of);
    }

    private WriteStep Pend(int length, int messages, byte[]? buffer, ClientSubscription? of)
    {
        _pending = true;
        (_pendingBytes, _pendingMessages, _pendingBuffer, _pendingOf) = (length, messages, buffer, of);
        Volatile.Write(ref _blockedAt, _time.GetTimestamp());
        return WriteStep.Pending;
    }

    private WriteStep Wrote(WriteStep step, int length, int messages, byte[]? buffer, ClientSubscription? of)
    {
        _loop.Gather.Clear();
        if (buffer is not null)
            ArrayPool<byte>.Shared.Return(buffer);
        if (step != WriteStep.Done)
            return step;
        of?.Subscription.Advance(length);
        if (messages > 0)
            Volatile.Write(ref _sentAt, _time.GetTimestamp());
        Volatile.Write(ref _bytes, _bytes + length);
        Volatile.Write(ref _messages, _messages + messages);
        if (_saidLast)
            Finished();
        return step;
    }

    /// <summary>False while the pending write is not done.</summary>
    private bool TryFinish()
    {
        if (Interlocked.Exchange(ref _writeDone, 0) == 0)
            return false;
        _pending = false;
        Volatile.Write(ref _blockedAt, 0);
        var of = _pendingOf;
        var buffer = _pendingBuffer;
        (_pendingOf, _pendingBuffer) = (null, null);
        if (Wrote(_writer.Finish(), _pendingBytes, _pendingMessages, buffer, of) == WriteStep.Failed)
            Fail();
        else if (of is not null)
            _ready.Put(of);
        return true;
    }

    private void End(ClientSubscription one, byte[] words)
    {
        one.IsOver = true;
        one.Subscription.Dispose();
        Topics.Remove(one);
        Own.Post(Opcode.Text, words);
    }

    /// <summary>The limits of its subscriptions hold also while a client does not read.</summary>
    private void LookAtAll()
    {
        foreach (var one in Topics.All())
            LookAt(one);
    }

    /// <summary>False when it fell behind too far and the connection ends for it.</summary>
    private bool LookAt(ClientSubscription one)
    {
        if (one.Subscription.TakeOverrun() is not { } overrun)
            return true;
        if (overrun.MustClose)
        {
            _owner.TooSlow(one.Subscription);
            return false;
        }

        Interlocked.Add(ref _dropped, overrun.Messages);
        return true;
    }

    private void Fail()
    {
        _over = true;
        Finished();
        Own.Shut();
        _owner.WriteFailed();
    }

    private void Finished()
    {
        _over = true;
        _told.TrySetResult();
    }

    private void Stop()
    {
        Finished();
        Own.Shut();
        foreach (var one in Topics.All())
        {
            one.IsOver = true;
            one.Subscription.Dispose();
            Topics.Remove(one);
        }

        _stopped.TrySetResult();
    }
}
