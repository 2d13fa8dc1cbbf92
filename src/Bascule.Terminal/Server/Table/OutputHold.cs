namespace Bascule.Terminal;

/// <summary>Who needs the output of one stream from where on. The program waits for the one that is furthest behind.</summary>
/// <param name="hold">Of the terminal; called with the least of all offsets, when it changes.</param>
internal sealed class OutputHold(Action<long> hold)
{
    private readonly Lock _gate = new();
    private long _writer;
    private long _recorder = long.MaxValue;
    private long? _told;

    /// <summary>The writer, who has everything before it. <see cref="long.MaxValue"/>: there is none to wait for.</summary>
    internal void ForWriter(long offset)
    {
        lock (_gate)
        {
            _writer = offset;
            Tell();
        }
    }

    internal void ForRecorder(long offset)
    {
        lock (_gate)
        {
            _recorder = offset;
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
