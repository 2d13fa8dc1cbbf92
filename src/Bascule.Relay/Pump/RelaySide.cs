using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Authentication;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>One of the two ends of a relayed connection: its stream, its writer, and what was seen of it.</summary>
internal sealed class RelaySide
{
    private readonly TimeProvider _time;

    /// <summary>Pings of our own carry this plus their number, so that their answers are not passed on. Random: another gateway on the way pings too.</summary>
    private readonly ulong _pingMark = (ulong)Random.Shared.NextInt64();
    private ulong _pingNumber;
    private long _roundTripTicks = -1;
    private long _pingSentAt;
    private bool _pingOutstanding;
    private int _missedPongs;

    internal RelaySide(RelayEndpoint endpoint, bool isClient, byte reservedBits, int wholeLimit, TimeProvider time)
    {
        Endpoint = endpoint;
        IsClient = isClient;
        Writer = new SideWriter(endpoint.Stream, time);
        Scanner = new FrameScanner(expectMasked: isClient, reservedBits, wholeLimit);
        _time = time;
        LastByteAt = LastMessageAt = time.GetTimestamp();
    }

    internal RelayEndpoint Endpoint { get; }

    internal bool IsClient { get; }

    internal SideWriter Writer { get; }

    /// <summary>A field, not a property: the scanner is a struct that changes.</summary>
    internal FrameScanner Scanner;

    /// <summary>A field for the same reason.</summary>
    internal DirectionCounts Counts;

    internal long LastByteAt { get; private set; }

    internal long LastMessageAt { get; private set; }

    internal TimeSpan? PingRoundTrip => Volatile.Read(ref _roundTripTicks) is >= 0 and var ticks ? new TimeSpan(ticks) : null;

    /// <summary>We do not read from this side at the moment, because the other one does not take more: its silence proves nothing.</summary>
    internal bool Paused { get; private set; }

    /// <summary>We do not read from this side at the moment, because it sent more than it may.</summary>
    internal bool Held { get; private set; }

    /// <summary>When that last ended; 0 when it never began.</summary>
    internal long HeldUntil { get; private set; }

    /// <summary>Pings of ours that were not answered before the next one went out.</summary>
    internal int MissedPongs => Volatile.Read(ref _missedPongs);

    /// <summary>When the last pause began, and when it or the last hold ended. Silence counts from there: what it sent meanwhile was not read.</summary>
    internal long PausedAt { get; private set; }

    internal long ResumedAt { get; private set; }

    /// <summary>When the first ping in the present silence went out; earlier than the last byte where none did.</summary>
    internal long AskedAt { get; private set; }

    /// <summary>Told of every frame, where somebody wants to know of every message; else null.</summary>
    internal MessageTally? Tally { get; init; }

    /// <summary>The close frame that this side sent; null while it sent none.</summary>
    internal CloseFrame? CloseSeen { get; private set; }

    internal static bool IsConnectionFailure(Exception e) =>
        e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or AuthenticationException
            or Microsoft.AspNetCore.Connections.ConnectionAbortedException;

    internal void BytesArrived(int count)
    {
        Counts.Bytes += count;
        LastByteAt = _time.GetTimestamp();
    }

    internal void FrameArrived(in FramePart part)
    {
        // A large frame under way is traffic, not only its start.
        if (!part.Header.IsControl)
            LastMessageAt = LastByteAt;
        Tally?.FrameArrived(part);
        if (!part.Starts)
            return;
        switch (part.Header.Opcode)
        {
            case Opcode.Text:
                Counts.Texts++;
                break;
            case Opcode.Binary:
                Counts.Binaries++;
                break;
            case Opcode.Ping:
                Counts.Pings++;
                break;
            case Opcode.Pong:
                Counts.Pongs++;
                break;
            case Opcode.Close:
                Counts.Closes++;
                break;
        }
    }

    /// <summary>Sends a ping of our own unless one sent within <paramref name="interval"/> is still unanswered.</summary>
    /// <param name="heard">When this side was last heard of.</param>
    internal void Ping(TimeSpan interval, long heard, Standstills still)
    {
        if (_pingOutstanding && still.TimeSince(_pingSentAt) < interval)
            return;
        Span<byte> payload = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(payload, _pingMark + ++_pingNumber);
        Span<byte> frame = stackalloc byte[ControlFrame.MaxLength];
        var length = ControlFrame.Write(frame, Opcode.Ping, payload, NewMask());
        var unanswered = _pingOutstanding;
        _pingSentAt = _time.GetTimestamp();
        if (AskedAt <= heard)
            AskedAt = _pingSentAt;
        _pingOutstanding = true;
        // A ping that still waits for its boundary was not missed by anybody.
        if (Writer.Post(frame[..length], closes: false) && unanswered)
            Interlocked.Increment(ref _missedPongs);
    }

    /// <summary>Whether this pong answers a ping of ours; then it is not passed on.</summary>
    /// <param name="payload">Unmasked.</param>
    internal bool TakePong(ReadOnlySpan<byte> payload)
    {
        if (payload.Length != sizeof(ulong))
            return false;
        var number = BinaryPrimitives.ReadUInt64BigEndian(payload) - _pingMark;
        if (number == 0 || number > _pingNumber)
            return false;
        if (_pingOutstanding && number == _pingNumber)
        {
            _pingOutstanding = false;
            Volatile.Write(ref _roundTripTicks, _time.GetElapsedTime(_pingSentAt).Ticks);
        }

        return true;
    }

    internal void Pause()
    {
        PausedAt = _time.GetTimestamp();
        Paused = true;
    }

    internal void Resume()
    {
        if (!Paused)
            return;
        ResumedAt = _time.GetTimestamp();
        Paused = false;
    }

    internal void Hold() => Held = true;

    internal void Release()
    {
        ResumedAt = HeldUntil = _time.GetTimestamp();
        Held = false;
    }

    internal void CloseArrived(int code, ReadOnlySpan<byte> reason) => CloseSeen = new CloseFrame(code, System.Text.Encoding.UTF8.GetString(reason));

    /// <summary>Posts a close frame of our own, unless this side was sent one already.</summary>
    internal void PostClose(int code, string reason)
    {
        Span<byte> frame = stackalloc byte[ControlFrame.MaxLength];
        var length = ControlFrame.WriteClose(frame, code, reason, NewMask());
        Writer.Post(frame[..length], closes: true);
    }

    /// <summary>What a client sends is masked (RFC 6455 §5.3), and towards the back end we are the client.</summary>
    private uint? NewMask() => IsClient ? null : (uint)Random.Shared.NextInt64(uint.MaxValue + 1L);
}

/// <summary>What a close frame said. A class, so that another thread sees all of it or nothing.</summary>
/// <param name="Code">0 when it had none.</param>
internal sealed record CloseFrame(int Code, string Reason);
