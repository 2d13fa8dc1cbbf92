using System.Buffers;
using System.Text;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>A whole message, or a pong.</summary>
/// <param name="Opcode">1, 2 or 10.</param>
/// <param name="IsCompressed">RSV1 was set on its first frame.</param>
internal sealed record Said(int Opcode, byte[] Payload, bool IsCompressed = false)
{
    internal static Said Text(string text) => new(1, Encoding.UTF8.GetBytes(text));

    internal static Said Text(byte[] payload) => new(1, payload);

    internal static Said Binary(byte[] payload) => new(2, payload);

    internal static Said Pong(byte[] payload) => new(10, payload);

    internal bool IsPong => Opcode == (int)Protocol.Opcode.Pong;

    internal bool Equals(int opcode, ReadOnlySpan<byte> payload) => Opcode == opcode && payload.SequenceEqual(Payload);

    public override string ToString() => new FrameSeen(Final: true, 0, Opcode, Masked: false, IsShortest: true, Payload).ToString();
}

/// <summary>What the server said next, or why it says nothing, or which rule it broke.</summary>
internal readonly record struct Heard(Said? Said, FrameSeen? Close, string? BrokenRule, PeerEnd End)
{
    public override string ToString() => BrokenRule ?? Said?.ToString() ?? Close?.ToString() ?? End.Words();
}

/// <summary>Puts the frames of a server together to messages, answers its pings, and checks every frame by RFC 6455 §5 on the way.</summary>
/// <param name="agreed">What the handshake agreed on; its window limits are checked too.</param>
internal sealed class Conversation(RawPeer peer, AgreedUpgrade agreed)
{
    private readonly Inflater? _inflater = agreed.ReservedBits == 0 ? null : new Inflater();
    private readonly DeflateTerms _terms = DeflateTerms.Of(agreed);
    private readonly ArrayBufferWriter<byte> _message = new();
    private int _opcode;
    private bool _isCompressed;

    internal Task<Heard> NextAsync(CancellationToken interruption) => NextAsync(peer.Clock.StepLimit, TimeSpan.MaxValue, interruption);

    /// <param name="limit">For all that it takes, the other end's pings too.</param>
    internal Task<Heard> NextAsync(TimeSpan limit, CancellationToken interruption) => NextAsync(limit, limit, interruption);

    /// <param name="each">For each wait.</param>
    /// <param name="whole">For all that it takes: pings and pieces may come for ever.</param>
    internal async Task<Heard> NextAsync(TimeSpan each, TimeSpan whole, CancellationToken interruption)
    {
        var start = peer.Clock.Time.GetTimestamp();
        while (true)
        {
            var left = whole - peer.Clock.Time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
                return new Heard(null, null, null, PeerEnd.Silent);
            var read = await peer.ReadAsync(each, left, interruption);
            if (read.Frame is not { } frame)
                return new Heard(null, null, null, read.End);
            if (FaultOf(frame) is { } fault)
                return new Heard(null, null, $"{fault}: {frame}", PeerEnd.None);
            if (frame.Opcode == (int)Opcode.Ping)
                await peer.SendAsync(RawFrame.Pong(frame.Payload), interruption);
            else if (frame.Opcode == (int)Opcode.Close)
                return new Heard(null, frame, null, PeerEnd.None);
            else if (frame.Opcode == (int)Opcode.Pong)
                return new Heard(Said.Pong(frame.Payload), null, null, PeerEnd.None);
            else if (TakeData(frame) is { } heard)
                return heard;
        }
    }

    private string? FaultOf(FrameSeen frame)
    {
        if (frame.Masked)
            return "the server masked a frame (§5.1)";
        if (!frame.IsShortest)
            return "the server wrote a length in more bytes than needed (§5.2)";
        if (frame.IsControl)
            return !frame.Final ? "the server fragmented a control frame (§5.5)"
                : frame.Reserved != 0 ? "the server set a reserved bit on a control frame (§5.2)"
                : frame.Payload.Length > FrameHeader.MaxControlPayload ? "the server sent a control frame of more than 125 bytes (§5.5)"
                : frame.Opcode > (int)Opcode.Pong ? "the server used a reserved opcode (§5.2)" : null;
        if (frame.Opcode > (int)Opcode.Binary)
            return "the server used a reserved opcode (§5.2)";
        if (frame.Opcode == 0 != (_opcode != 0))
            return _opcode == 0 ? "the server continued a message that had not begun (§5.4)" : "the server began a message inside another (§5.4)";
        var allowed = frame.Opcode == 0 ? 0 : agreed.ReservedBits;
        return (frame.Reserved & ~allowed) == 0 ? null : "the server set a reserved bit that no extension gave a meaning (§5.2)";
    }

    private Heard? TakeData(FrameSeen frame)
    {
        if (frame.Opcode != 0)
            (_opcode, _isCompressed) = (frame.Opcode, frame.Reserved != 0);
        _message.Write(frame.Payload);
        if (!frame.Final)
            return null;

        var said = new Said(_opcode, _message.WrittenSpan.ToArray(), _isCompressed);
        _message.ResetWrittenCount();
        _opcode = 0;
        if (said.IsCompressed)
        {
            try
            {
                said = said with { Payload = _inflater!.Inflate(said.Payload) };
            }
            catch (InvalidDataException e)
            {
                return new Heard(null, null, $"the server sent a compressed message that cannot be inflated: {e.Message} (RFC 7692 §7.2)", PeerEnd.None);
            }
        }

        return new Heard(said, null, _terms.FaultOf(_inflater), PeerEnd.None);
    }
}
