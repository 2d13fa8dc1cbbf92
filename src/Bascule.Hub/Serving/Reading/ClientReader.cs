using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary>Reads what one client sends, by the rules of RFC 6455, until it closes, is lost, or breaks them. Holds a buffer only while bytes are there.</summary>
internal sealed class ClientReader
{
    private const int BufferBytes = 8 * 1024;

    private readonly HubConnection _owner;
    private readonly HubClient _client;
    private readonly HubTerms _terms;
    private readonly TimeProvider _time;
    private FrameScanner _scanner;
    private ClientAssembly _assembly;
    private byte[]? _buffer;
    private int _filled;
    private long _messages;
    private long _bytes;

    internal ClientReader(HubConnection owner, HubClient client, HubTerms terms, TimeProvider time)
    {
        _owner = owner;
        _client = client;
        _terms = terms;
        _time = time;
        _scanner = new FrameScanner(expectMasked: true, terms.Deflate ? FrameHeader.Reserved1 : (byte)0, BufferBytes);
        _assembly = new ClientAssembly(terms.MessageBytes);
        LastByteAt = LastMessageAt = ResumedAt = time.GetTimestamp();
    }

    /// <summary>Keeps the client to what it may send; null where nothing is limited. The size of messages is the assembly's.</summary>
    internal MessageLimiter? Limiter { get; private set; }

    internal long Messages => Volatile.Read(ref _messages);

    internal long Bytes => Volatile.Read(ref _bytes);

    internal long LastByteAt { get; private set; }

    internal long LastMessageAt { get; private set; }

    /// <summary>We do not read at the moment: its silence says nothing.</summary>
    internal bool IsPaused { get; private set; }

    internal long ResumedAt { get; private set; }

    /// <summary>We do not read because the client does not take what it asked for.</summary>
    internal bool WaitsForRoom { get; private set; }

    /// <summary>It sends more than it may, or takes no answers.</summary>
    internal bool IsHeldBack => WaitsForRoom || (Limiter?.IsHolding ?? false);

    /// <summary>The close frame of the client; null while it sent none.</summary>
    internal ClientClose? Close { get; private set; }

    /// <summary>Before anything is read.</summary>
    /// <param name="user">The share of the connection in what its user may send.</param>
    internal void Limit(UserAllowance? user) => Limiter = MessageLimiter.For(_terms.Limits with { MessageBytes = null }, user, _time);

    /// <summary>How it ended without a close frame of the client; null: with one.</summary>
    internal async Task<HubFarewell?> RunAsync()
    {
        try
        {
            if (!_client.Early.IsEmpty)
            {
                Rent(_client.Early.Length);
                _client.Early.CopyTo(_buffer);
                BytesArrived(_client.Early.Length);
            }

            while (true)
            {
                if (_filled > 0 && await TakeFramesAsync() is { } farewell)
                    return farewell;
                if (Close is not null)
                    return null;
                if (await ReadAsync() is { } lost)
                    return lost;
            }
        }
        finally
        {
            Return();
            _assembly.Clear();
        }
    }

    /// <summary>After the last words: whatever still comes means nothing (RFC 6455 §5.5.1).</summary>
    internal async Task DrainAsync()
    {
        var rest = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            while (await _client.Stream.ReadAsync(rest) > 0)
            {
                // Only the end is waited for.
            }
        }
        catch (Exception e) when (HubConnection.IsConnectionFailure(e))
        {
            // The client is gone already; its ending is known.
            return;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rest);
        }
    }

    /// <remarks>Waits once per message, so it must not allocate when it does.</remarks>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<HubFarewell?> ReadAsync()
    {
        try
        {
            if (_filled == 0)
            {
                Return();
                // A zero-byte read only waits until bytes are there.
                var arriving = _client.Stream.ReadAsync(Memory<byte>.Empty);
                if (!arriving.IsCompleted)
                    Limiter?.CaughtUp();
                await arriving;
            }

            Rent(BufferBytes);
            var reading = _client.Stream.ReadAsync(_buffer.AsMemory(_filled));
            if (!reading.IsCompleted)
                Limiter?.CaughtUp();
            var read = await reading;
            if (read == 0)
                return Lost("the connection ended without a close frame");
            BytesArrived(read);
            return null;
        }
        catch (Exception e) when (HubConnection.IsConnectionFailure(e))
        {
            return Lost($"reading failed: {HubConnection.WordsOf(e)}");
        }
    }

    /// <summary>Takes the frames in the buffer; what is left of one waits for more bytes.</summary>
    private async ValueTask<HubFarewell?> TakeFramesAsync()
    {
        var taken = 0;
        while (taken < _filled)
        {
            FramePart part;
            var step = Limiter is null
                ? _scanner.Next(_buffer.AsSpan(taken, _filled - taken), out part)
                : Limiter.Next(ref _scanner, _buffer.AsSpan(taken, _filled - taken), LastByteAt, out part);
            if (step == FrameStep.NeedMore)
            {
                if (Limiter is null or { Verdict: LimitVerdict.Pass })
                    break;
                if (Limiter.Verdict == LimitVerdict.TooBig)
                    return new HubFarewell(Limiter.TooBig());
                await HoldBackAsync(Limiter, _buffer.AsMemory(taken, _filled - taken));
                continue;
            }

            if (step == FrameStep.Fault)
                return Faulty(FrameFaults.Text(_scanner.Fault), CloseCodes.ProtocolError);
            var farewell = part.Header.IsControl ? TakeControl(_buffer.AsSpan(taken, part.Length), part) : await TakePartAsync(_buffer.AsMemory(taken, part.Length), part);
            taken += part.Length;
            if (farewell is not null || Close is not null)
                return farewell;
        }

        _filled -= taken;
        _buffer.AsSpan(taken, _filled).CopyTo(_buffer);
        return null;
    }

    private HubFarewell? TakeControl(Span<byte> frame, in FramePart part)
    {
        var header = part.Header;
        var payload = frame[header.HeaderLength..];
        Masking.Apply(payload, header.MaskKey);
        switch (header.Opcode)
        {
            case Opcode.Ping:
                _owner.Sender.Post(Opcode.Pong, payload);
                return null;
            case Opcode.Pong:
                // What we asked for costs the client nothing.
                if (_owner.Beat.TakePong(payload))
                    Limiter?.GiveBack(part);
                return null;
            default:
                var fault = ClosePayload.TryRead(payload, out ClosePayload close);
                if (fault != FrameFault.None)
                    return Faulty(FrameFaults.Text(fault), CloseCodes.ProtocolError);
                Close = new ClientClose(close.Code, close.Reason);
                return null;
        }
    }

    private async ValueTask<HubFarewell?> TakePartAsync(Memory<byte> bytes, FramePart part)
    {
        LastMessageAt = LastByteAt;
        // After an ending of ours, what the client says is not heard any more.
        if (_owner.IsEnding)
            return null;
        var payload = bytes[(part.Starts ? part.Header.HeaderLength : 0)..];
        var fault = _assembly.Add(payload.Span, part);
        if (fault is not null)
            return fault;
        if (!part.Ends || !part.Header.Final)
            return null;
        Volatile.Write(ref _messages, _messages + 1);
        fault = _assembly.Finish(payload, out var message);
        if (fault is null && _assembly.IsText && !Utf8.IsValid(message.Span))
            fault = Faulty("a text message is not UTF-8", CloseCodes.InvalidPayload);
        if (fault is null && _terms.SpeaksBascule)
            await HandAsync(message);
        _assembly.Clear();
        return fault;
    }

    private async ValueTask HandAsync(ReadOnlyMemory<byte> message)
    {
        var handling = _assembly.IsText ? _owner.Requests.HandleAsync(message) : _owner.Requests.RefuseBinary();
        if (!handling.IsCompleted)
        {
            Pause();
            await handling;
            Resume();
        }

        if (!_owner.Sender.Own.IsFull)
            return;
        Pause();
        WaitsForRoom = true;
        await Task.WhenAny(_owner.Sender.Own.HasRoomAsync(), _owner.Over);
        WaitsForRoom = false;
        Resume();
    }

    /// <summary>A client that sends more than it may is read later.</summary>
    private async ValueTask HoldBackAsync(MessageLimiter limiter, ReadOnlyMemory<byte> buffered)
    {
        Pause();
        await limiter.HoldAsync(buffered);
        Resume();
    }

    private void Pause() => IsPaused = true;

    private void Resume()
    {
        ResumedAt = _time.GetTimestamp();
        IsPaused = false;
    }

    private void BytesArrived(int count)
    {
        _filled += count;
        Volatile.Write(ref _bytes, _bytes + count);
        LastByteAt = _time.GetTimestamp();
    }

    private static HubFarewell Lost(string words) => new(new Ending(EndReasons.ClientLost, words));

    internal static HubFarewell Faulty(string words, int code) => new(new Ending(EndReasons.ClientProtocolError, words), OwnWords: (code, ""));

    private void Rent(int least) => _buffer ??= ArrayPool<byte>.Shared.Rent(Math.Max(least, BufferBytes));

    private void Return()
    {
        if (_buffer is { } buffer)
            ArrayPool<byte>.Shared.Return(buffer);
        _buffer = null;
    }
}

/// <summary>What the close frame of a client said. A class, so that another thread sees all of it or nothing.</summary>
/// <param name="Code">0 when it had none.</param>
internal sealed record ClientClose(int Code, string Reason);
