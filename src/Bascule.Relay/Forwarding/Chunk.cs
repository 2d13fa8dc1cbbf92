using System.Buffers.Text;
using System.Text;
using Bascule.Model;

namespace Bascule.Relay;

/// <summary>Writes chunks (RFC 9112 §7.1).</summary>
internal static class Chunk
{
    /// <summary>What a chunk needs besides its content, at most: eight hexadecimal digits and two line ends.</summary>
    internal const int ExtraBytes = 12;

    /// <returns>Bytes written. <paramref name="content"/> must not be empty: an empty chunk would end the body.</returns>
    internal static int Write(ReadOnlySpan<byte> content, Span<byte> output)
    {
        Utf8Formatter.TryFormat(content.Length, output, out var written, 'x');
        "\r\n"u8.CopyTo(output[written..]);
        content.CopyTo(output[(written + 2)..]);
        "\r\n"u8.CopyTo(output[(written + 2 + content.Length)..]);
        return written + content.Length + 4;
    }

    /// <summary>The last chunk with its trailers. Their names and values must be clean.</summary>
    internal static byte[] End(HeaderList trailers)
    {
        var text = new StringBuilder("0\r\n");
        foreach (var (name, value) in trailers)
            text.Append(name).Append(": ").Append(value).Append("\r\n");
        return Encoding.Latin1.GetBytes(text.Append("\r\n").ToString());
    }
}
