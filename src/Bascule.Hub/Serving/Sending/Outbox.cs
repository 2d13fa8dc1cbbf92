using System.Buffers;
using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary>Frames of our own that wait for their turn: answers, pings, presence. Any thread puts in; the sender takes all at once. Holds nothing while empty.</summary>
internal sealed class Outbox(bool deflate)
{
    /// <summary>Above it a client is not read: it asks more than it takes.</summary>
    internal const int FullBytes = 16 * 1024;

    /// <summary>What nobody asked for is dropped above it.</summary>
    private const int UnaskedBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private byte[]? _bytes;
    private int _length;
    private int _messages;
    private bool _closed;
    private TaskCompletionSource? _room;

    internal bool IsEmpty => Volatile.Read(ref _length) == 0;

    internal bool IsFull => Volatile.Read(ref _length) > FullBytes;

    /// <returns>False when it is dropped: nothing more is sent, or too much waits and nobody asked for this.</returns>
    internal bool Post(Opcode opcode, ReadOnlySpan<byte> payload, bool asked = true)
    {
        var compressed = deflate && opcode == Opcode.Text && RawDeflater.TryCompress(payload, out var smaller) ? smaller : default;
        var header = compressed.IsEmpty
            ? FrameHeader.For(opcode, payload.Length, maskKey: null)
            : FrameHeader.For(opcode, compressed.Length, maskKey: null, reserved: FrameHeader.Reserved1);
        lock (_gate)
        {
            if (_closed || (!asked && _length > UnaskedBytes))
                return false;
            var frame = Grow((int)header.FrameLength);
            header.Write(frame);
            (compressed.IsEmpty ? payload : compressed).CopyTo(frame[header.HeaderLength..]);
            if (!header.IsControl)
                _messages++;
        }

        return true;
    }

    /// <summary>Puts in what ends the connection; nothing is taken after it.</summary>
    internal void PostLast(ReadOnlySpan<byte> frames)
    {
        lock (_gate)
        {
            if (_closed)
                return;
            frames.CopyTo(Grow(frames.Length));
            _closed = true;
        }
    }

    /// <summary>Takes all; the caller returns the buffer to the shared pool. Null when there is nothing.</summary>
    /// <param name="isLast">The last frames of the connection are among them.</param>
    internal byte[]? Take(out int length, out int messages, out bool isLast)
    {
        TaskCompletionSource? room;
        byte[]? bytes;
        lock (_gate)
        {
            (bytes, length, messages, isLast) = (_bytes, _length, _messages, _closed);
            (_bytes, _messages) = (null, 0);
            Volatile.Write(ref _length, 0);
            (room, _room) = (_room, null);
        }

        room?.SetResult();
        return bytes;
    }

    /// <summary>Completes when all that waits now was taken, or nothing is sent any more.</summary>
    internal Task HasRoomAsync()
    {
        lock (_gate)
        {
            if (_length == 0 || _closed)
                return Task.CompletedTask;
            return (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Nothing is sent any more.</summary>
    internal void Shut()
    {
        if (Take(out _, out _, out _) is { } bytes)
            ArrayPool<byte>.Shared.Return(bytes);
        lock (_gate)
            _closed = true;
    }

    private Span<byte> Grow(int count)
    {
        if (_bytes is null || _bytes.Length - _length < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + count, 2 * _length));
            _bytes.AsSpan(0, _length).CopyTo(larger);
            if (_bytes is not null)
                ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        var place = _bytes.AsSpan(_length, count);
        Volatile.Write(ref _length, _length + count);
        return place;
    }
}
