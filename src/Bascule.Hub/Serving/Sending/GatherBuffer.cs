using System.Buffers;

namespace Bascule.Hub;

/// <summary>A buffer that small pieces are copied into, so that they go out in one send.</summary>
internal sealed class GatherBuffer
{
    private const int Capacity = 64 * 1024;

    private byte[]? _bytes;

    internal int Length { get; private set; }

    internal int Messages { get; private set; }

    internal int Room => Capacity - Length;

    internal ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    internal void Add(ReadOnlySpan<byte> piece, int messages)
    {
        _bytes ??= ArrayPool<byte>.Shared.Rent(Capacity);
        piece.CopyTo(_bytes.AsSpan(Length));
        Length += piece.Length;
        Messages += messages;
    }

    internal void Clear() => Length = Messages = 0;

    /// <summary>Gives the buffer away; whoever gets it returns it to the shared pool.</summary>
    internal byte[] Detach()
    {
        var bytes = _bytes!;
        _bytes = null;
        Clear();
        return bytes;
    }

    /// <summary>Holds nothing while there is nothing to do.</summary>
    internal void Release()
    {
        if (_bytes is { } bytes)
            ArrayPool<byte>.Shared.Return(bytes);
        _bytes = null;
        Clear();
    }
}
