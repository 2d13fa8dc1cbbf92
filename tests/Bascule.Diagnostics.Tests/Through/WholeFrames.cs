using Bascule.Protocol;

namespace Bascule.Diagnostics.Tests;

/// <summary>Passes frames from the back end only when they are whole, and may join those of one message. For one connection at a time.</summary>
internal sealed class WholeFrames(bool joins)
{
    private readonly List<byte> _held = [];
    private readonly List<byte> _message = [];

    internal IEnumerable<byte[]> Carry(bool isUp, byte[] piece)
    {
        if (isUp || piece.AsSpan().StartsWith("HTTP/"u8))
            return [piece];
        _held.AddRange(piece);
        return Take();
    }

    private List<byte[]> Take()
    {
        List<byte[]> whole = [];
        while (FrameHeader.TryRead(_held.ToArray(), out var header).IsComplete && header.FrameLength <= _held.Count)
        {
            byte[] frame = [.. _held[..(int)header.FrameLength]];
            _held.RemoveRange(0, frame.Length);
            if (!joins || header.IsControl)
            {
                whole.Add(frame);
                continue;
            }

            _message.AddRange(frame[header.HeaderLength..]);
            if (header.Final)
            {
                whole.Add(RawFrame.Text([.. _message]).ToBytes(asClient: false));
                _message.Clear();
            }
        }

        return whole;
    }
}
