using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary>Counts the frames in what a subscription gave: whole frames of ours.</summary>
internal static class FrameCount
{
    internal static int Of(ReadOnlySpan<byte> frames)
    {
        var count = 0;
        while (FrameHeader.TryRead(frames, out var header).IsComplete && header.FrameLength <= frames.Length)
        {
            count++;
            frames = frames[(int)header.FrameLength..];
        }

        return count;
    }
}
