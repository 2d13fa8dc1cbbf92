using System.Buffers;
using System.Net.Sockets;

namespace Bascule.Load;

/// <summary>Sends numbered messages on one connection and checks what comes back. Messages that the socket does not take at once wait in their order.</summary>
/// <param name="attempt">The id that a Bascule gateway gave it, or null.</param>
internal sealed class EchoWork(RunState run, TargetCounts counts, uint connection, LoadSocket socket, string? attempt) : ISocketWatcher
{
    private readonly Lock _lock = new();
    private readonly EchoLedger _ledger = new();
    private readonly Queue<long> _waiting = new();
    private Task _finishing = Task.CompletedTask;
    private bool _isSending;
    private volatile bool _isOver;

    /// <summary>Ends when no send is under way any more. Ask after the connection has ended.</summary>
    internal Task Settled => _finishing;

    /// <summary>Messages without an answer.</summary>
    internal int Outstanding
    {
        get
        {
            lock (_lock)
                return _ledger.Outstanding;
        }
    }

    /// <summary>No more is sent; answers are still counted.</summary>
    internal void Stop() => _isOver = true;

    /// <summary>Sends a message now, or as soon as those before it are out.</summary>
    /// <param name="intended">Timestamp at which it should have gone.</param>
    internal void Send(long intended)
    {
        lock (_lock)
        {
            if (_isOver)
                return;
            if (_waiting.Count == EchoLedger.MostOutstanding)
            {
                counts.MessagesLost(FailureClasses.MessageTimeout, 1, run.Elapsed, $"connection {connection}: {EchoLedger.MostOutstanding} messages wait to be sent, the server takes none");
                return;
            }

            _waiting.Enqueue(intended);
        }

        SendWaiting();
    }

    public void Message(ReadOnlySpan<byte> payload, bool isText)
    {
        var read = MessageStamp.Read(payload, out var from, out var sequence);

        // Greetings and the like: not ours, no answer, and not to be called echoed.
        if (read == StampRead.Foreign)
            return;
        counts.MessageReceived(payload.Length);
        bool isAnswer;
        if (read == StampRead.Corrupt || from != connection)
        {
            var seen = read == StampRead.Corrupt ? $"{payload.Length} bytes whose checksum does not fit" : $"a message of connection {from} came on connection {connection}";
            counts.Failures.Add(new LoadFailure(FailureClasses.MessageCorrupt, seen, attempt), run.Elapsed);
            lock (_lock)
                isAnswer = _ledger.AnswerOldest();
        }
        else
        {
            isAnswer = Judge(sequence);
        }

        // An echo that comes twice, or after it was given up, asks for no further message: a server that doubles would get more and more of them.
        if (!run.IsClosedLoop)
            SendWaiting();
        else if (isAnswer)
            Send(run.Time.GetTimestamp());
    }

    /// <summary>The run is over. What a later answer proves lost is counted so.</summary>
    /// <returns>Messages whose answer might still have come.</returns>
    internal int CutShort()
    {
        lock (_lock)
        {
            var (gaps, silent) = _ledger.Expire(long.MaxValue);
            counts.MessagesLost(FailureClasses.MessageGap, gaps, run.Elapsed, $"connection {connection}: a later message was answered, this one was not");
            return silent;
        }
    }

    /// <summary>Gives up messages that are overdue. In a closed loop the next one goes, or nothing would ever go again.</summary>
    /// <param name="limit">Older ones are given up.</param>
    internal void Sweep(TimeSpan limit)
    {
        int gaps, silent, left;
        lock (_lock)
        {
            (gaps, silent) = _ledger.Expire(run.Time.GetTimestamp() - (long)(limit.TotalSeconds * run.Time.TimestampFrequency));
            left = _ledger.Outstanding;
        }

        counts.MessagesLost(FailureClasses.MessageGap, gaps, run.Elapsed, $"connection {connection}: a later message was answered, this one was not within {limit.TotalSeconds:0.#} s");
        counts.MessagesLost(FailureClasses.MessageTimeout, silent, run.Elapsed, $"connection {connection}: no answer within {limit.TotalSeconds:0.#} s");
        if (gaps + silent > 0 && left == 0 && run.IsClosedLoop)
            Send(run.Time.GetTimestamp());
    }

    /// <returns>Whether a message had waited for it.</returns>
    private bool Judge(uint sequence)
    {
        var now = run.Time.GetTimestamp();
        long intended, sent;
        EchoFound found;
        lock (_lock)
            found = _ledger.Answer(sequence, out intended, out sent);
        switch (found)
        {
            case EchoFound.Good:
                counts.Answered(run.Time.GetElapsedTime(intended, now), run.Time.GetElapsedTime(sent, now), run.WindowAt(now));
                break;
            case EchoFound.Doubled:
                Report(FailureClasses.MessageDouble, $"message {sequence} of connection {connection} came back again");
                break;
            case EchoFound.Disordered:
                Report(FailureClasses.MessageOrder, $"message {sequence} of connection {connection} came back after a later one");
                break;
            case EchoFound.NeverSent:
                Report(FailureClasses.MessageCorrupt, $"message {sequence} of connection {connection} was never sent");
                break;
            case EchoFound.Overdue:
                break; // Counted as missing when it was given up.
        }

        return found is EchoFound.Good or EchoFound.Disordered;
    }

    private void Report(string failureClass, string seen) => counts.Failures.Add(new LoadFailure(failureClass, seen, attempt), run.Elapsed);

    private void SendWaiting()
    {
        while (TryNext(out var intended))
        {
            var sending = Begin(intended, out var frame);
            if (!sending.IsCompletedSuccessfully)
            {
                _finishing = FinishAsync(sending, frame);
                return;
            }

            Sent(frame);
        }
    }

    private ValueTask Begin(long intended, out byte[] frame)
    {
        uint sequence;
        lock (_lock)
            sequence = _ledger.Begin(intended, run.Time.GetTimestamp());
        counts.MessageSent(run.Plan.Size);
        frame = ArrayPool<byte>.Shared.Rent(MessageStamp.FrameLength(run.Plan.Size));
        var length = MessageStamp.WriteFrame(frame, run.Plan.Size, connection, sequence, (uint)Random.Shared.Next());
        return socket.SendAsync(frame.AsMemory(0, length), CancellationToken.None);
    }

    private async Task FinishAsync(ValueTask sending, byte[] frame)
    {
        try
        {
            await sending;
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            return; // The connection is over; the reading side says how.
        }

        Sent(frame);
        SendWaiting();
    }

    private void Sent(byte[] frame)
    {
        ArrayPool<byte>.Shared.Return(frame);
        lock (_lock)
            _isSending = false;
    }

    // One at a time: who gets one must say Sent.
    private bool TryNext(out long intended)
    {
        intended = 0;
        lock (_lock)
            return !_isOver && !_isSending && !_ledger.IsFull && _waiting.TryDequeue(out intended) && (_isSending = true);
    }
}
