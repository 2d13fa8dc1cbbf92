namespace Bascule.Terminal;

/// <summary>Who needs the output of one stream from where on. The program waits for the one that is furthest behind.</summary>
/// <param name="ring">Of the stream.</param>
/// <param name="hold">Of the terminal; called with the least of all offsets, when it changes.</param>
internal sealed class OutputHold(OutputRing ring, Action<long> hold)
{
    // A program is not let further ahead of a writer who is there than the window: what lies between is what he still sees after Ctrl-C.
    private readonly long _reserve = Math.Max(0, ring.Capacity - TermTalk.WindowBytes);
    private readonly Lock _gate = new();
    private long _writer;
    private long _recorder = long.MaxValue;
    private long? _told;

    /// <summary>The writer, who is attached and has everything before it.</summary>
    internal void ForWriter(long offset) => Set(offset - _reserve);

    /// <summary>The writer, who has everything before it and was cut: all of the ring is kept for him.</summary>
    internal void ForAbsent(long offset) => Set(offset);

    /// <summary>There is no writer to wait for.</summary>
    internal void ForNobody() => Set(long.MaxValue);

    internal void ForRecorder(long offset)
    {
        lock (_gate)
        {
            _recorder = offset;
            Tell();
        }
    }

    private void Set(long offset)
    {
        lock (_gate)
        {
            _writer = offset;
            Tell();
        }
    }

    private void Tell()
    {
        var least = Math.Min(_writer, _recorder);
        if (least == _told)
            return;
        _told = least;
        hold(least);
    }
}
