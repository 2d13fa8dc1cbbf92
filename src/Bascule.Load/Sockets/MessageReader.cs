using System.Buffers;
using System.Globalization;
using Bascule.Protocol;

namespace Bascule.Load;

/// <summary>What <see cref="MessageReader.Next"/> came to.</summary>
internal enum ReadStep
{
    NeedMore,
    Ping,
    Close,
    Fault,
    TooLarge,
}

/// <summary>Makes messages of the bytes of a server. A message that came as one small frame is handed on where it lies; others are put together in a pooled array.</summary>
internal sealed class MessageReader
{
    /// <summary>So much each idle connection holds: fifteen messages of the usual size.</summary>
    internal const int SmallBuffer = 2 << 10;

    // A connection that keeps its buffer full gets a larger one: fewer calls for the same bytes.
    private const int LargeBuffer = 16 << 10;
    private const int FirstMessageBuffer = 16 << 10;

    private byte[] _buffer;
    private int _start;
    private int _end;
    private FrameScanner _scanner;
    private byte[]? _message;
    private int _messageLength;
    private long _payloadLeft;
    private bool _isText;
    private bool _wasFull;
    private int _controlStart;
    private int _controlLength;

    /// <summary>Begins with bytes that came behind the 101.</summary>
    internal MessageReader(byte[] buffer, int start, int end)
    {
        (_buffer, _start, _end) = (buffer, start, end);
        _scanner = new FrameScanner(expectMasked: false, allowedReserved: 0, wholeLimit: buffer.Length);
    }

    /// <summary>Payload of the ping or close frame that was found last.</summary>
    internal ReadOnlySpan<byte> Control => _buffer.AsSpan(_controlStart, _controlLength);

    internal FrameFault Fault => _scanner.Fault;

    /// <summary>The first bytes of the frame that is at fault.</summary>
    internal string Seen => string.Join(' ', _buffer.AsSpan(_start, Math.Min(_end - _start, 4)).ToArray().Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));

    /// <summary>Where the bytes stopped, for a person.</summary>
    internal string Place => !_scanner.AtBoundary || _end > _start ? "inside a frame" : _scanner.InMessage ? "between the frames of a message" : "between two messages";

    /// <summary>Hands on all whole messages that are there.</summary>
    internal ReadStep Next(ISocketWatcher watcher)
    {
        while (true)
        {
            var input = _buffer.AsSpan(_start, _end - _start);
            var step = _scanner.Next(input, out var part);
            if (step != FrameStep.Part)
                return step == FrameStep.Fault ? ReadStep.Fault : ReadStep.NeedMore;

            var headerLength = part.Starts ? part.Header.HeaderLength : 0;
            var payload = input[headerLength..part.Length];
            if (part.Header.IsControl)
            {
                (_controlStart, _controlLength) = (_start + headerLength, payload.Length);
                _start += part.Length;
                if (part.Header.Opcode != Opcode.Pong)
                    return part.Header.Opcode == Opcode.Ping ? ReadStep.Ping : ReadStep.Close;
                continue;
            }

            if (part.Starts && !TryBegin(part.Header))
                return ReadStep.TooLarge;
            _start += part.Length;
            Take(part, payload, watcher);
        }
    }

    /// <summary>Where the next bytes shall go, at least one; after it <see cref="Received"/>.</summary>
    internal Memory<byte> Room(int limit)
    {
        if (_payloadLeft > 0)
        {
            // The payload of a large frame goes straight to where it is put together.
            Reserve(1);
            return _message.AsMemory(_messageLength, (int)Math.Min(Math.Min(_message!.Length - _messageLength, _payloadLeft), limit));
        }

        MakeRoom();
        return _buffer.AsMemory(_end, Math.Min(_buffer.Length - _end, limit));
    }

    internal void Received(int count, ISocketWatcher watcher)
    {
        if (_payloadLeft == 0)
        {
            _end += count;
            _wasFull = _end == _buffer.Length;
            return;
        }

        _scanner.Next(_message.AsSpan(_messageLength, count), out var part);
        _messageLength += count;
        _payloadLeft -= count;
        if (part.Ends && part.Header.Final)
            Deliver(watcher);
    }

    /// <summary>Gives back what was borrowed.</summary>
    internal void Release()
    {
        if (_message is not null)
            ArrayPool<byte>.Shared.Return(_message);
        (_message, _messageLength, _payloadLeft) = (null, 0, 0);
    }

    private bool TryBegin(in FrameHeader header)
    {
        if (header.Opcode != Opcode.Continuation)
            _isText = header.Opcode == Opcode.Text;
        return header.PayloadLength <= LoadPlan.LargestMessage - _messageLength;
    }

    private void Take(in FramePart part, ReadOnlySpan<byte> payload, ISocketWatcher watcher)
    {
        if (part is { Starts: true, Ends: true, Header.Final: true } && part.Header.Opcode != Opcode.Continuation)
        {
            watcher.Message(payload, _isText);
            return;
        }

        if (part.Starts)
            _payloadLeft = part.Header.PayloadLength;
        Reserve(payload.Length);
        payload.CopyTo(_message.AsSpan(_messageLength));
        _messageLength += payload.Length;
        _payloadLeft -= payload.Length;
        if (part.Ends && part.Header.Final)
            Deliver(watcher);
    }

    private void Deliver(ISocketWatcher watcher)
    {
        watcher.Message(_message.AsSpan(0, _messageLength), _isText);
        Release();
    }

    // Grows with the bytes that are really there: a header may promise more than ever comes.
    private void Reserve(int count)
    {
        if (_message is not null && _message.Length - _messageLength >= count)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstMessageBuffer, Math.Max(_messageLength * 2, _messageLength + count)));
        _message.AsSpan(0, _messageLength).CopyTo(larger);
        if (_message is not null)
            ArrayPool<byte>.Shared.Return(_message);
        _message = larger;
    }

    private void MakeRoom()
    {
        var kept = _buffer.AsSpan(_start, _end - _start);
        var target = _buffer;
        if (_wasFull && _buffer.Length < LargeBuffer)
            target = GC.AllocateUninitializedArray<byte>(_buffer.Length * 2);
        if (_start > 0 || target != _buffer)
            kept.CopyTo(target);
        (_buffer, _start, _end, _wasFull) = (target, 0, kept.Length, false);
    }
}
