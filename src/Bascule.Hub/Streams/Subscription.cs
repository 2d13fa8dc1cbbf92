namespace Bascule.Hub;

/// <summary>One client's place in a stream. One reader at a time.</summary>
public sealed class Subscription : IDisposable
{
    internal Subscription(string name, MessageFormat format)
    {
        Name = name;
        Format = format;
    }

    /// <summary>The topic or the pattern.</summary>
    public string Name { get; }

    public MessageFormat Format { get; }

    /// <summary>For whoever owns the subscription.</summary>
    public object? Tag { get; set; }

    /// <summary>What the client may keep at once as its cursor: where the stream stood, or, when it came back, what it brought.</summary>
    public Cursor At { get; } = Cursor.Empty;

    public ResumeResult Resume { get; } = ResumeResult.Fresh;

    /// <summary>Whether what was sent so far ends with a whole frame.</summary>
    public bool AtFrameBoundary => true;

    /// <summary>Bytes that the reader is behind the end of the stream.</summary>
    public long LagBytes => 0;

    public long LagMessages => 0;

    /// <summary>The next bytes to send: whole frames, as many as <paramref name="atMost"/> has room for, but one at least. They stay as they are for as long as somebody holds them.</summary>
    /// <returns>False when nothing is left: <see cref="ISubscriber.DataReady"/> comes when something is.</returns>
    public bool TryRead(int atMost, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        return false;
    }

    /// <summary>So many of the bytes last read were sent; the next read goes on behind them, also inside a frame.</summary>
    public void Advance(int count)
    {
    }

    /// <summary>What the topic's policy did since the last call; null when nothing.</summary>
    public Overrun? TakeOverrun() => null;

    public void Dispose()
    {
    }
}
