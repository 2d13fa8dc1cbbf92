using System.Text;

namespace Bascule.Terminal;

/// <summary>Makes text frames of output that is split anywhere: every frame is whole UTF-8, and what is none becomes U+FFFD.</summary>
public sealed class TextFrames
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <param name="isLast">No more will come: half a character at the end becomes U+FFFD.</param>
    /// <returns>May be empty: half a character waits for its rest.</returns>
    public byte[] Take(ReadOnlySpan<byte> output, bool isLast)
    {
        var characters = new char[_decoder.GetCharCount(output, isLast)];
        var count = _decoder.GetChars(output, characters, isLast);
        return Encoding.UTF8.GetBytes(characters, 0, count);
    }
}
