using System.Threading.Channels;

namespace Bascule.Terminal;

/// <summary>Why the host ends a connection.</summary>
/// <param name="Code">Of the close frame.</param>
/// <param name="Text">The reason of the close frame.</param>
internal sealed record ViewerEnd(int Code, string Text);

/// <summary>One attached connection, as its terminal knows it. Nothing here waits: what is told to a viewer goes into a bounded line of its own.</summary>
internal sealed class Viewer : IDisposable
{
    // Pongs, notices and acks of a client that reads nothing. The oldest go first: each tells the state of a moment.
    private const int MostWaiting = 64;

    private readonly Lock _gate = new();
    private readonly Func<NoticeFrame, ReadOnlyMemory<byte>?> _form;
    private readonly TaskCompletionSource<ViewerEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<ReadOnlyMemory<byte>> _line = Channel.CreateBounded<ReadOnlyMemory<byte>>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private CancellationTokenSource _tenure = new();

    /// <param name="client">Names the client over its connections.</param>
    /// <param name="form">Makes a frame of a notice; null where the dialect has none.</param>
    internal Viewer(TerminalCaller caller, string client, Func<NoticeFrame, ReadOnlyMemory<byte>?> form)
    {
        Caller = caller;
        Client = client;
        _form = form;
        _tenure.Cancel();
    }

    internal TerminalCaller Caller { get; }

    internal string Client { get; }

    /// <summary>What it may do now: at most what its caller may.</summary>
    internal ViewerRole Role { get; private set; } = ViewerRole.Read;

    /// <summary>Cancelled when it may write no more: input that waits for the program is let go.</summary>
    internal CancellationToken Tenure
    {
        get
        {
            lock (_gate)
                return _tenure.Token;
        }
    }

    /// <summary>Done when the host wants the connection to end.</summary>
    internal Task<ViewerEnd> EndAsked => _end.Task;

    /// <summary>Small frames to be sent beside the output.</summary>
    internal ChannelReader<ReadOnlyMemory<byte>> Line => _line.Reader;

    /// <summary>Two connections of one client: the newer takes the place of the older.</summary>
    internal bool IsSameAs(Viewer other) => Client == other.Client && Caller.User == other.Caller.User;

    internal void Become(ViewerRole role)
    {
        CancellationTokenSource? over = null;
        lock (_gate)
        {
            if (Role == role)
                return;
            Role = role;
            if (role == ViewerRole.Write)
                _tenure = new CancellationTokenSource();
            else
                over = _tenure;
        }

        over?.Cancel();
    }

    internal void Post(ReadOnlyMemory<byte> frame) => _line.Writer.TryWrite(frame);

    internal void Tell(NoticeFrame notice)
    {
        if (_form(notice) is { } frame)
            Post(frame);
    }

    /// <summary>The first one counts.</summary>
    internal void End(int code, string label, string retry) => _end.TrySetResult(new ViewerEnd(code, HostRefusal.CloseText(label, retry, Caller.Attempt)));

    public void Dispose() => Become(ViewerRole.Read);
}
