using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>One message that passed, as its frames said; never its content.</summary>
/// <param name="Bytes">Payload as it is on the wire, compressed where it is.</param>
/// <param name="Frames">That it consisted of.</param>
public readonly record struct MessageSeen(bool FromClient, bool IsText, long Bytes, int Frames);

/// <summary>Adds up the frames of each message of one side, for whoever wants to know of every message.</summary>
internal sealed class MessageTally(bool fromClient, Action<MessageSeen> tell)
{
    private bool _isText;
    private long _bytes;
    private int _frames;

    internal void FrameArrived(in FramePart part)
    {
        if (part.Header.IsControl)
            return;
        if (part.Starts)
        {
            if (part.Header.Opcode != Opcode.Continuation)
                (_isText, _bytes, _frames) = (part.Header.Opcode == Opcode.Text, 0, 0);
            _bytes += part.Header.PayloadLength;
            _frames++;
        }

        if (part.Ends && part.Header.Final)
            tell(new MessageSeen(fromClient, _isText, _bytes, _frames));
    }
}
