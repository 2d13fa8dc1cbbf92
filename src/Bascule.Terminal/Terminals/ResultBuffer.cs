namespace Bascule.Terminal;

/// <summary>The first bytes of a stream, for the result of a one-shot command.</summary>
internal sealed class ResultBuffer(int most)
{
    private readonly Lock _gate = new();
    private readonly MemoryStream _kept = new();
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
            var room = most - (int)_kept.Length;
            _isTruncated |= bytes.Length > room;
            _kept.Write(bytes[..Math.Min(room, bytes.Length)]);
        }
    }

    internal byte[] ToArray()
    {
        lock (_gate)
            return _kept.ToArray();
    }
}
