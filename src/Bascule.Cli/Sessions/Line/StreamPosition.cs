namespace Bascule.Cli;

/// <summary>How much of one stream of a session was written here (contract/terminal.md).</summary>
internal sealed class StreamPosition
{
    /// <summary>Contract: an ack every 32 KiB.</summary>
    private const int AckBytes = 32 * 1024;

    private long _acked;
    private long? _afterSnapshot;
    private bool _hasShown;

    /// <summary>Offset behind the last byte; null: nothing that could be gone on from. Half a snapshot is nothing.</summary>
    internal long? Written { get; private set; }

    internal bool IsBehind => Written > _acked;

    internal bool IsAckDue => Written - _acked >= AckBytes;

    /// <summary>How many of the first bytes are known already.</summary>
    /// <returns>Negative: bytes are missing before these.</returns>
    internal long Known(long offset) => (Written ?? offset) - offset;

    internal void Advance(long end) => (Written, _hasShown) = (end, true);

    /// <summary>So many bytes were written here; null: some, and nobody knows which.</summary>
    internal long? Shown => Written ?? (_hasShown ? null : 0);

    /// <summary>What to acknowledge; null: nothing new.</summary>
    internal long? Ack()
    {
        if (Written is not { } end || end <= _acked)
            return null;
        _acked = end;
        return end;
    }

    /// <summary>Its offsets mean nothing any more.</summary>
    internal void Forget() => (Written, _acked) = (null, 0);

    internal void BeginSnapshot(long offset)
    {
        Forget();
        _afterSnapshot = offset;
    }

    internal void EndSnapshot()
    {
        if (_afterSnapshot is { } offset)
            (Written, _acked, _afterSnapshot) = (offset, offset, null);
    }

    /// <summary>A connection begins, whose hello acknowledges all that was written.</summary>
    internal void Resume()
    {
        _acked = Written ?? 0;
        _afterSnapshot = null;
    }
}
