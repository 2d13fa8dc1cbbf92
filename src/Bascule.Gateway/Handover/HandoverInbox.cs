using System.Buffers.Binary;
using System.Net.Sockets;

namespace Bascule.Gateway;

/// <summary>Makes frames of the bytes of a link, and gives each the descriptor that it says it carries.</summary>
internal sealed class HandoverInbox(DescriptorPassing passing) : IDisposable
{
    private const int LengthBytes = 4;
    private const int UsualBytes = 64 * 1024;
    private const int MostKeptBytes = 1024 * 1024;

    /// <summary>One receiving may end a frame that has its descriptor already, and begin the next, whose descriptor comes with its first byte.</summary>
    private const int MostDescriptors = 2;

    /// <summary>Null: one that was sent, but that this process could not take.</summary>
    private readonly Queue<SafeSocketHandle?> _descriptors = new();
    private byte[] _buffer = new byte[UsualBytes];
    private int _start;
    private int _end;

    /// <summary>Waits for bytes. What was taken before is not valid any more.</summary>
    /// <returns>Why the link is over, or null.</returns>
    internal string? Receive()
    {
        MakeRoom();
        var arrival = passing.Receive(_buffer, _end, _buffer.Length - _end);
        foreach (var descriptor in arrival.Descriptors)
            _descriptors.Enqueue(new SafeSocketHandle(descriptor, ownsHandle: true));
        if (arrival.Lost)
            _descriptors.Enqueue(null);
        if (arrival.Count <= 0)
            return HandoverFaults.Ended(arrival.Count);
        if (arrival.Descriptors.Count + (arrival.Lost ? 1 : 0) > 1 || _descriptors.Count > MostDescriptors)
            return "more descriptors came than frames";
        _end += arrival.Count;
        return null;
    }

    /// <summary>Takes the next whole frame.</summary>
    /// <returns>False when more bytes are needed, or when a fault is told, which ends the link.</returns>
    internal bool TryTake(out HandoverFrame frame, out string? fault)
    {
        frame = default;
        fault = null;
        var seen = _buffer.AsSpan(_start, _end - _start);
        if (seen.Length < LengthBytes)
        {
            // Every frame that has begun was taken whole, so nobody claims what is left.
            if (seen.IsEmpty && _descriptors.Count > 0)
                fault = "a descriptor came that no frame says it carries";
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(seen);
        if (length is 0 or > HandoverLink.MostFrameBytes)
        {
            fault = $"a frame says that it has {length} bytes; 1 to {HandoverLink.MostFrameBytes} may be";
            return false;
        }

        if (seen.Length < LengthBytes + (int)length)
            return false;
        var kind = seen[LengthBytes];
        SafeSocketHandle? descriptor = null;
        var carries = (kind & HandoverOutbox.WithDescriptor) != 0;
        if (carries && !_descriptors.TryDequeue(out descriptor))
        {
            fault = "a frame says that it carries a descriptor, and none came with it";
            return false;
        }

        frame = new HandoverFrame((byte)(kind & ~HandoverOutbox.WithDescriptor), _buffer.AsMemory(_start + HandoverOutbox.HeaderBytes, (int)length - 1), descriptor, carries && descriptor is null);
        _start += LengthBytes + (int)length;
        return true;
    }

    /// <summary>Closes what nobody claimed.</summary>
    public void Dispose()
    {
        while (_descriptors.TryDequeue(out var descriptor))
            descriptor?.Dispose();
    }

    /// <summary>The rest of the next frame fits after this, as far as its length is known. The length is not believed before it is checked.</summary>
    private void MakeRoom()
    {
        var held = _end - _start;
        var needed = held < LengthBytes ? UsualBytes : Math.Max(UsualBytes, LengthBytes + (int)BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_start)));
        var kept = held == 0 && _buffer.Length > MostKeptBytes ? new byte[UsualBytes] : _buffer;
        var target = needed > kept.Length ? new byte[needed] : kept;
        if (target != _buffer || _start > 0)
            _buffer.AsSpan(_start, held).CopyTo(target);
        _buffer = target;
        _start = 0;
        _end = held;
    }
}
