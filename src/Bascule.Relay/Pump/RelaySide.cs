using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Authentication;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>One of the two ends of a relayed connection: its stream, its writer, and what was seen of it.</summary>
internal sealed class RelaySide
{
    /// <summary>Marks pings of our own, so that their answers are not passed on.</summary>
    private const uint OwnPing = 0x62736331; // "bsc1"

    private readonly TimeProvider _time;
    private uint _pingSequence;
    private long _pingSentAt;
    private bool _pingOutstanding;

    internal RelaySide(RelayEndpoint endpoint, bool isClient, byte reservedBits, int wholeLimit, TimeProvider time)
    {
        Endpoint = endpoint;
        IsClient = isClient;
        Writer = new SideWriter(endpoint.Stream);
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

    internal TimeSpan? PingRoundTrip { get; private set; }

    /// <summary>We do not read from this side at the moment, because the other one does not take more: its silence proves nothing.</summary>
    internal bool Paused { get; set; }

    /// <summary>The close frame that this side sent: code (0 when without one) and reason; null while it sent none.</summary>
    internal (int Code, string Reason)? CloseSeen { get; private set; }

    /// <summary>Its close frame came before one of the other side: it is the one that closed, the other one answers.</summary>
    internal bool ClosedFirst { get; private set; }

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
        if (!part.Starts)
            return;
        switch (part.Header.Opcode)
        {
            case Opcode.Text:
                Counts.Texts++;
                LastMessageAt = LastByteAt;
                break;
            case Opcode.Binary:
                Counts.Binaries++;
                LastMessageAt = LastByteAt;
                break;
            case Opcode.Continuation:
                LastMessageAt = LastByteAt;
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
    internal void Ping(TimeSpan interval)
    {
        if (_pingOutstanding && _time.GetElapsedTime(_pingSentAt) < interval)
            return;
        Span<byte> payload = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(payload, OwnPing);
        BinaryPrimitives.WriteUInt32BigEndian(payload[4..], ++_pingSequence);
        Span<byte> frame = stackalloc byte[ControlFrame.MaxLength];
        var length = ControlFrame.Write(frame, Opcode.Ping, payload, NewMask());
        _pingSentAt = _time.GetTimestamp();
        _pingOutstanding = true;
        Writer.Post(frame[..length], closes: false);
    }

    /// <summary>Whether this pong answers a ping of ours; then it is not passed on.</summary>
    /// <param name="payload">Unmasked.</param>
    internal bool TakePong(ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 8 || BinaryPrimitives.ReadUInt32BigEndian(payload) != OwnPing || _pingSequence == 0)
            return false;
        if (_pingOutstanding && BinaryPrimitives.ReadUInt32BigEndian(payload[4..]) == _pingSequence)
        {
            _pingOutstanding = false;
            PingRoundTrip = _time.GetElapsedTime(_pingSentAt);
        }

        return true;
    }

    internal void CloseArrived(int code, ReadOnlySpan<byte> reason, bool first)
    {
        CloseSeen = (code, System.Text.Encoding.UTF8.GetString(reason));
        ClosedFirst = first;
    }

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
