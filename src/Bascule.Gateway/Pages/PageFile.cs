using System.IO.Compression;
using System.Security.Cryptography;

namespace Bascule.Gateway;

/// <summary>One file that browsers get.</summary>
/// <param name="Tag">Names the content, in quotes (RFC 9110 §8.8.3).</param>
/// <param name="Packed">The content as gzip; null where that would save nothing.</param>
internal sealed record PageFile(string ContentType, byte[] Content, string Tag, byte[]? Packed)
{
    /// <summary>Below this, the head of an answer is larger than what is saved.</summary>
    private const int LeastPackedBytes = 1024;

    internal static PageFile Of(string name, byte[] content)
    {
        var packed = content.Length < LeastPackedBytes ? null : Pack(content);
        return new PageFile(TypeOf(name), content, $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\"", packed);
    }

    /// <summary>Of what the build of <c>web/</c> makes; what is not named here is shown as text, and never run.</summary>
    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    };

    private static byte[] Pack(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
            gzip.Write(content);
        return packed.ToArray();
    }
}
