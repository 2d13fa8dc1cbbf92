using Bascule.Model;

namespace Bascule.Protocol;

/// <summary>The version text of request line and status line.</summary>
internal static class HttpVersion
{
    internal const int Length = 8;

    internal static ReadOnlySpan<byte> Prefix => "HTTP/1."u8;

    /// <summary>A higher minor version is spoken to as 1.1 (RFC 9110 §2.5).</summary>
    internal static bool TryRead(ReadOnlySpan<byte> text, out HttpKind kind)
    {
        kind = HttpKind.Http11;
        if (text.Length != Length || !text.StartsWith(Prefix) || !char.IsAsciiDigit((char)text[^1]))
            return false;
        if (text[^1] == '0')
            kind = HttpKind.Http10;
        return true;
    }
}
