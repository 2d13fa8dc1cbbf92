using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Bascule.Gateway;

/// <summary>Frames that wait to be sent: many threads add, one takes all that is there at once.</summary>
internal sealed class HandoverOutbox(HandoverTerms terms) : IDisposable
{
    internal const int HeaderBytes = 5;

    /// <summary>Of the kind on the wire: the frame takes the next descriptor.</summary>
    internal const byte WithDescriptor = 0x80;

    private readonly Lock _gate = new();
    private readonly AutoResetEvent _news = new(false);
    private Batch _filling = new();
    private Batch? _spare = new();
    private readonly List<(long Level, TaskCompletionSource Reached)> _waiting = [];
    private long _heldBytes;
    private int _heldDescriptors;
    private bool _closed;

    /// <summary>Copies the frame and duplicates the descriptor, so that the caller may do with both what it wants.</summary>
    internal HandoverSend Add(byte kind, ReadOnlySpan<byte> payload, SafeHandle? descriptor)
    {
        lock (_gate)
        {
            if (_closed)
                return HandoverSend.Closed;
            var bytes = HeaderBytes + payload.Length;
            if (_heldBytes > 0 && _heldBytes + bytes > terms.MostQueuedBytes)
                return HandoverSend.Full;
            if (descriptor is not null)
            {
                if (_heldDescriptors >= terms.MostQueuedDescriptors)
                    return HandoverSend.Full;
                var copy = Duplicate(descriptor);
                if (copy < 0)
                    return HandoverSend.NoDescriptor;
                _filling.Marks.Add(new Mark(_filling.Count, copy));
                _heldDescriptors++;
            }

            _filling.Write(descriptor is null ? kind : (byte)(kind | WithDescriptor), payload);
            _heldBytes += bytes;
            _news.Set();
            return HandoverSend.Queued;
        }
    }

    /// <summary>Waits for something to send. Null when the link is over.</summary>
    internal Batch? Take()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_closed)
                    return null;
                if (_filling.Count > 0)
                {
                    var full = _filling;
                    _filling = _spare ?? new Batch();
                    _spare = null;
                    return full;
                }
            }

            _news.WaitOne();
        }
    }

    /// <summary>A descriptor of the batch was sent: the kernel has it.</summary>
    internal void Sent(Mark mark)
    {
        SystemCalls.Close(mark.Descriptor);
        lock (_gate)
            _heldDescriptors--;
    }

    /// <summary>All of the batch was sent.</summary>
    internal void Done(Batch batch)
    {
        lock (_gate)
        {
            _heldBytes -= batch.Count;
            batch.Clear();
            _spare = batch;
            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                if (_heldBytes > _waiting[i].Level)
                    continue;
                _waiting[i].Reached.TrySetResult();
                _waiting.RemoveAt(i);
            }
        }
    }

    /// <summary>A moment before the next try of what the kernel would not take; over at once when the link is.</summary>
    /// <returns>False when the link is over.</returns>
    internal bool Wait(TimeSpan time)
    {
        _news.WaitOne(time);
        lock (_gate)
            return !_closed;
    }

    /// <summary>Completes when no more than so many bytes wait, or when the link is over.</summary>
    internal Task DrainedAsync(long level)
    {
        lock (_gate)
        {
            if (_closed || _heldBytes <= level)
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((level, reached));
            return reached.Task;
        }
    }

    /// <summary>What waits is given up. A batch that was taken is its taker's to give up.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            if (_closed)
                return;
            _closed = true;
            foreach (var mark in _filling.Marks)
                SystemCalls.Close(mark.Descriptor);
            _filling.Clear();
            _waiting.ForEach(one => one.Reached.TrySetResult());
            _waiting.Clear();
            _news.Set();
        }
    }

    public void Dispose() => _news.Dispose();

    private static int Duplicate(SafeHandle descriptor)
    {
        var held = false;
        try
        {
            descriptor.DangerousAddRef(ref held);
            return SystemCalls.Duplicate((int)descriptor.DangerousGetHandle());
        }
        catch (ObjectDisposedException)
        {
            // The client was cut meanwhile.
            return -1;
        }
        finally
        {
            if (held)
                descriptor.DangerousRelease();
        }
    }

    /// <summary>The frame that begins at <paramref name="Offset"/> takes a descriptor.</summary>
    internal readonly record struct Mark(int Offset, int Descriptor);

    /// <summary>Frames, one after another as they go over the wire.</summary>
    internal sealed class Batch
    {
        private const int UsualBytes = 64 * 1024;
        private const int MostKeptBytes = 1024 * 1024;

        internal byte[] Bytes { get; private set; } = new byte[UsualBytes];

        internal int Count { get; private set; }

        internal List<Mark> Marks { get; } = [];

        internal void Write(byte kind, ReadOnlySpan<byte> payload)
        {
            var end = Count + HeaderBytes + payload.Length;
            if (end > Bytes.Length)
            {
                var larger = new byte[Math.Max(end, Bytes.Length * 2)];
                Bytes.AsSpan(0, Count).CopyTo(larger);
                Bytes = larger;
            }

            BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(Count), (uint)(payload.Length + 1));
            Bytes[Count + 4] = kind;
            payload.CopyTo(Bytes.AsSpan(Count + HeaderBytes));
            Count = end;
        }

        internal void Clear()
        {
            Count = 0;
            Marks.Clear();
            if (Bytes.Length > MostKeptBytes)
                Bytes = new byte[UsualBytes];
        }
    }
}
