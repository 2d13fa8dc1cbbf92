using System.Buffers;

namespace Bascule.Terminal;

/// <summary>The first bytes of a stream, for the result of a one-shot command.</summary>
internal sealed class ResultBuffer(int most)
{
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _kept = new();
    private bool _isTruncated;

    /// <summary>There was more.</summary>
    internal bool IsTruncated
    {
        get
        {
            lock (_gate)
                return _isTruncated;
        }
    }

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            var room = most - _kept.WrittenCount;
            _isTruncated |= bytes.Length > room;
            _kept.Write(bytes[..Math.Min(room, bytes.Length)]);
        }
    }

    internal byte[] ToArray()
    {
        lock (_gate)
            return _kept.WrittenSpan.ToArray();
    }
}
