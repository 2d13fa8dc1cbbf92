using System.Buffers;
using System.Text;
using Bascule.Model;

namespace Bascule.Protocol;

/// <summary>Writes heads of HTTP/1.1 that <see cref="RequestHeadParser"/> and <see cref="ResponseHeadParser"/> would read back unchanged.</summary>
public static class HeadWriter
{
    private const string Version = "HTTP/1.1";

    /// <summary>Writes request line, fields and the empty line.</summary>
    /// <returns>False, and nothing written, when a part holds what could begin another line or field: a control character, a space in name or target.</returns>
    public static bool TryWriteRequest(IBufferWriter<byte> output, string method, string target, HeaderList headers)
    {
        if (!HttpSyntax.IsToken(method) || !HttpSyntax.IsVisible(target) || !AreClean(headers))
            return false;
        Write(output, method, " ", target, " " + Version + "\r\n");
        WriteFields(output, headers);
        return true;
    }

    /// <summary>Writes status line, fields and the empty line.</summary>
    /// <param name="status">100 to 999.</param>
    /// <returns>False, and nothing written, when a part holds a control character, or a name is no token.</returns>
    public static bool TryWriteResponse(IBufferWriter<byte> output, int status, string reasonPhrase, HeaderList headers)
    {
        if (status is < 100 or > 999 || !HttpSyntax.IsValue(reasonPhrase) || !AreClean(headers))
            return false;
        Span<char> digits = stackalloc char[3];
        status.TryFormat(digits, out _);
        Write(output, Version + " ", digits, " ", reasonPhrase);
        Write(output, "\r\n");
        WriteFields(output, headers);
        return true;
    }

    private static bool AreClean(HeaderList headers)
    {
        foreach (var (name, value) in headers)
        {
            if (!HttpSyntax.IsToken(name) || !HttpSyntax.IsValue(value))
                return false;
        }

        return true;
    }

    private static void WriteFields(IBufferWriter<byte> output, HeaderList headers)
    {
        foreach (var (name, value) in headers)
            Write(output, name, ": ", value, "\r\n");
        Write(output, "\r\n");
    }

    private static void Write(
        IBufferWriter<byte> output, ReadOnlySpan<char> a, ReadOnlySpan<char> b = default, ReadOnlySpan<char> c = default, ReadOnlySpan<char> d = default)
    {
        var length = a.Length + b.Length + c.Length + d.Length;
        var span = output.GetSpan(length);
        span = span[Encoding.Latin1.GetBytes(a, span)..];
        span = span[Encoding.Latin1.GetBytes(b, span)..];
        span = span[Encoding.Latin1.GetBytes(c, span)..];
        Encoding.Latin1.GetBytes(d, span);
        output.Advance(length);
    }
}
