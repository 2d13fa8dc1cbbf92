using System.Threading.Channels;

namespace Bascule.Terminal;

/// <summary>Input of one viewer on its way to the program. It waits here while the program does not read, so that acks and signals behind it do not wait.</summary>
internal sealed class InputQueue
{
    /// <summary>What a client may send without an ack: as much as it gets without one.</summary>
    internal const int Window = 256 << 10;

    // The client is not read from while so much waits. A client that keeps to the window never gets there.
    private const int MostWaiting = 2 * Window;

    // An ack for each so many bytes: none for what is typed by hand.
    private const int AckEvery = 32 << 10;

    private static readonly TimeSpan DenialPause = TimeSpan.FromSeconds(1);

    private readonly HostedTerminal _terminal;
    private readonly Viewer _viewer;
    private readonly Action<long>? _acknowledge;
    private readonly TimeProvider _time;
    private readonly Channel<byte[]> _waiting = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly Pulse _room = new();
    private long _waitingBytes;
    private long _taken;
    private long _told;
    private long? _deniedAt;

    // The last in the line is an end of stdin, which counts no bytes: no second one is put behind it.
    private volatile bool _endsWithClose;

    /// <param name="acknowledge">Tells the client how many bytes were taken in all; null where the dialect cannot.</param>
    internal InputQueue(HostedTerminal terminal, Viewer viewer, Action<long>? acknowledge, TimeProvider time)
    {
        _terminal = terminal;
        _viewer = viewer;
        _acknowledge = acknowledge;
        _time = time;
    }

    /// <summary>Puts input into the line; waits while too much is in it.</summary>
    internal ValueTask AddAsync(ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        if (input.IsEmpty)
            return ValueTask.CompletedTask;
        Interlocked.Add(ref _waitingBytes, input.Length);
        _endsWithClose = false;
        _waiting.Writer.TryWrite(input.ToArray());
        return Interlocked.Read(ref _waitingBytes) > MostWaiting ? RoomAsync(cancellation) : ValueTask.CompletedTask;
    }

    /// <summary>Ends stdin, behind what is in the line.</summary>
    internal void Close()
    {
        if (_endsWithClose)
            return;
        _endsWithClose = true;
        _waiting.Writer.TryWrite([]);
    }

    /// <summary>Says that something of the client was not passed on: at most once a second.</summary>
    internal void Deny(string text)
    {
        var now = _time.GetTimestamp();
        if (_deniedAt is { } before && _time.GetElapsedTime(before, now) < DenialPause)
            return;
        _deniedAt = now;
        _viewer.Tell(new NoticeFrame("denied", text));
    }

    internal async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (var input in _waiting.Reader.ReadAllAsync(cancellation))
        {
            if (input.Length == 0)
                _endsWithClose = false;
            if (_viewer.Role != ViewerRole.Write)
                Deny(_viewer.Caller.Role == ViewerRole.Write ? "You read. What you typed was not passed on; take over to write." : "You may read only. What you typed was not passed on.");
            else if (input.Length == 0)
                _terminal.Terminal.CloseInput();
            else
                await WriteAsync(input, cancellation);
            Count(input.Length);
        }
    }

    private async ValueTask WriteAsync(byte[] input, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _viewer.Tenure);
        try
        {
            // Before the program has it: one that ends by it would end the recording first.
            if (_terminal.Recorder is { } recorder)
                await recorder.InputAsync(input);
            if (await _terminal.Terminal.WriteAsync(input, over.Token))
                return;
            _terminal.Recorder?.InputRefused();
            Deny("The program reads no more. What you typed was not passed on.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            _terminal.Recorder?.InputRefused();
            Deny("Another client took over before the program read what you typed.");
        }
    }

    private void Count(int bytes)
    {
        Interlocked.Add(ref _waitingBytes, -bytes);
        _room.Set();
        _taken += bytes;
        if (_taken - _told < AckEvery)
            return;
        _told = _taken;
        _acknowledge?.Invoke(_taken);
    }

    private async ValueTask RoomAsync(CancellationToken cancellation)
    {
        while (Interlocked.Read(ref _waitingBytes) > MostWaiting)
            await _room.WaitAsync(cancellation);
    }
}
