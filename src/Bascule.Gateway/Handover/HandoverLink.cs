using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Frames in both directions between two processes of this machine, and sockets with them. One thread reads, one writes; nobody else ever waits.</summary>
/// <remarks>On the wire: length (4 bytes, little-endian, of what follows), kind (1 byte; its upper bit: carries a descriptor), payload.</remarks>
public sealed class HandoverLink : IAsyncDisposable
{
    /// <summary>Kind and payload of one frame.</summary>
    public const int MostFrameBytes = 16 * 1024 * 1024;

    /// <summary>Until the kernel takes a descriptor of which too many are on their way to somebody.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(5);

    private readonly Socket _socket;
    private readonly DescriptorPassing _passing;
    private readonly HandoverGreeting _greeting;
    private readonly HandoverOutbox _outbox;
    private readonly IHandoverReceiver _receiver;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<string?> _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _reason;
    private bool _released;
    private volatile bool _open;

    /// <param name="socket">Connected; the link's own from now on.</param>
    internal HandoverLink(Socket socket, HandoverTerms terms, IHandoverReceiver receiver, ILogger log)
    {
        _socket = socket;
        _passing = new DescriptorPassing(socket);
        _greeting = new HandoverGreeting(socket, _passing, terms);
        _outbox = new HandoverOutbox(terms);
        _receiver = receiver;
        _log = log;
    }

    /// <summary>Both sides have shown who they are, and it is not over.</summary>
    public bool IsOpen => _open;

    /// <summary>The process on the other side; 0 before it is known.</summary>
    public int PeerProcess => _greeting.PeerProcess;

    /// <summary>For the receiver, to find its own things again.</summary>
    public object? Tag { get; set; }

    /// <summary>Completes with the reason after the receiver's last call.</summary>
    public Task<string> Ended => _ended.Task;

    /// <summary>Null when the link is there, else why not.</summary>
    internal Task<string?> Greeted => _greeted.Task;

    /// <summary>Puts a frame into the queue; from any thread, never waits. The payload is copied and the descriptor duplicated: both stay the caller's.</summary>
    /// <param name="kind">0 to 127.</param>
    /// <exception cref="ArgumentException">The frame is larger than <see cref="MostFrameBytes"/>, or there is no such kind.</exception>
    public HandoverSend Send(byte kind, ReadOnlySpan<byte> payload, SafeHandle? descriptor = null)
    {
        if (kind >= HandoverOutbox.WithDescriptor)
            throw new ArgumentException($"Kind {kind} is not in 0 to 127.", nameof(kind));
        if (payload.Length >= MostFrameBytes)
            throw new ArgumentException($"A frame of {payload.Length} bytes; the most is {MostFrameBytes - 1}.", nameof(payload));
        return _open ? _outbox.Add(kind, payload, descriptor) : HandoverSend.Closed;
    }

    /// <summary>Waits until all frames in the queue were sent, or the link is over.</summary>
    public Task FlushAsync(CancellationToken cancellation) => _outbox.DrainedAsync(level: 0).WaitAsync(cancellation);

    /// <summary>Waits until no more than so many bytes of frames are in the queue, or the link is over: for who has much to send that can wait.</summary>
    public Task RoomAsync(long mostBytes) => _outbox.DrainedAsync(mostBytes);

    /// <summary>Ends the link; what waits in the queue is given up. The first reason counts.</summary>
    public void Close(string reason)
    {
        lock (_gate)
        {
            _reason ??= reason;
            _open = false;
            if (!_released)
                SystemCalls.Shutdown((int)_socket.SafeHandle.DangerousGetHandle());
        }

        _outbox.Close();
    }

    /// <summary>Must not be awaited by the receiver, whose last call it awaits.</summary>
    public async ValueTask DisposeAsync()
    {
        Close("this side closed it");
        await _ended.Task;
    }

    /// <param name="dialed">This side connected, and speaks first.</param>
    internal void Start(bool dialed, TimeSpan greetingDeadline, TimeProvider time)
    {
        var deadline = time.CreateTimer(_ => Close($"no greeting within {greetingDeadline.TotalSeconds} s"), null, greetingDeadline, Timeout.InfiniteTimeSpan);
        new Thread(() => Run(dialed, deadline)) { IsBackground = true, Name = "handover read" }.Start();
    }

    private void Run(bool dialed, ITimer deadline)
    {
        var opened = false;
        Thread? writer = null;
        try
        {
            var refusal = dialed ? _greeting.Ask() : _greeting.Answer();
            deadline.Dispose();
            if (refusal is not null || !TryOpen())
            {
                Close(refusal ?? "closed while it began");
                return;
            }

            writer = new Thread(Write) { IsBackground = true, Name = "handover write" };
            writer.Start();
            opened = true;
            _receiver.Opened(this);
            _greeted.TrySetResult(null);
            Close(Read());
        }
        catch (Exception e)
        {
            // A thread has nobody above it: without this the process would end.
            _log.HandoverFault(e);
            Close($"this side failed: {e.Message}");
        }
        finally
        {
            deadline.Dispose();
            writer?.Join();
            Release(opened);
        }
    }

    /// <summary>False when it was closed meanwhile.</summary>
    private bool TryOpen()
    {
        lock (_gate)
            return _open = _reason is null;
    }

    /// <returns>Why it is over.</returns>
    private string Read()
    {
        using var inbox = new HandoverInbox(_passing);
        while (true)
        {
            if (inbox.Receive() is { } end)
                return end;
            string? fault;
            while (inbox.TryTake(out var frame, out fault))
                _receiver.Received(this, frame);
            if (fault is not null)
                return fault;
        }
    }

    private void Write()
    {
        while (_outbox.Take() is { } batch)
        {
            var left = 0;
            if (Write(batch, ref left) is { } fault)
            {
                foreach (var mark in CollectionsMarshal.AsSpan(batch.Marks)[left..])
                    _outbox.Sent(mark);
                Close(fault);
                return;
            }

            _outbox.Done(batch);
        }
    }

    /// <param name="mark">Descriptors of the batch that were sent.</param>
    private string? Write(HandoverOutbox.Batch batch, ref int mark)
    {
        for (var sent = 0; sent < batch.Count;)
        {
            // Up to the next frame with a descriptor, which begins a call of its own.
            var carries = mark < batch.Marks.Count && batch.Marks[mark].Offset == sent;
            var following = mark + (carries ? 1 : 0);
            var end = following < batch.Marks.Count ? batch.Marks[following].Offset : batch.Count;
            var more = _passing.Send(batch.Bytes, sent, end - sent, carries ? batch.Marks[mark].Descriptor : -1);
            if (more == -SystemCalls.TooManyDescriptorsInFlight && _outbox.Wait(Retry))
                continue;
            if (more < 0)
                return HandoverFaults.Ended(more);
            if (carries)
                _outbox.Sent(batch.Marks[mark++]);
            sent += more;
        }

        return null;
    }

    private void Release(bool opened)
    {
        string reason;
        lock (_gate)
        {
            _released = true;
            reason = _reason!;
        }

        _socket.Dispose();
        _outbox.Dispose();
        try
        {
            if (opened)
                _receiver.Closed(this, reason);
        }
        catch (Exception e)
        {
            _log.HandoverFault(e);
        }

        _greeted.TrySetResult(reason);
        _ended.TrySetResult(reason);
    }
}
