using System.Text;
using Bascule.Model;

namespace Bascule.Protocol;

/// <summary>The head of an answer as it arrived.</summary>
public sealed record ResponseHead(int Status, string ReasonPhrase, HttpKind Kind, HeaderList Headers);

/// <summary>Reads the head of an HTTP/1 answer strictly by RFC 9112.</summary>
public static class ResponseHeadParser
{
    private const int StatusLength = 3;

    /// <summary>Reads one head from the start of <paramref name="input"/>; malformed at the first bytes that cannot be <c>HTTP/1.</c></summary>
    /// <param name="maxBytes">The longest head that is read, its empty line included.</param>
    /// <param name="consumed">Bytes of the head when complete, else 0. What follows belongs to the body, or is the first frame.</param>
    public static HeadRead TryParse(ReadOnlySpan<byte> input, int maxBytes, out ResponseHead? head, out int consumed)
    {
        head = null;
        consumed = 0;
        var known = Math.Min(input.Length, HttpVersion.Prefix.Length);
        if (!HttpVersion.Prefix.StartsWith(input[..known]))
            return HeadRead.Malformed;

        var lines = new HeadLines(input, maxBytes);
        var read = lines.Next(out var line);
        if (read != HeadRead.Complete)
            return read;
        if (!TryReadStatusLine(line, out var kind, out var status, out var reason))
            return HeadRead.Malformed;

        var headers = lines.IsWhole ? new HeaderList() : null;
        read = lines.Fields(headers);
        if (read != HeadRead.Complete)
            return read;
        consumed = lines.Consumed;
        head = new ResponseHead(status, Encoding.Latin1.GetString(reason), kind, headers!);
        return HeadRead.Complete;
    }

    // "HTTP/1.1 101 Switching Protocols"; the space after the status is missing in some servers that send no phrase.
    private static bool TryReadStatusLine(ReadOnlySpan<byte> line, out HttpKind kind, out int status, out ReadOnlySpan<byte> reason)
    {
        status = 0;
        reason = default;
        kind = default;
        const int statusAt = HttpVersion.Length + 1;
        const int statusEnd = statusAt + StatusLength;
        if (line.Length < statusEnd || !HttpVersion.TryRead(line[..HttpVersion.Length], out kind) || line[HttpVersion.Length] != ' ')
            return false;
        foreach (var digit in line[statusAt..statusEnd])
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;
            status = (status * 10) + digit - '0';
        }

        reason = line.Length == statusEnd ? default : line[(statusEnd + 1)..];
        return status >= 100 && (line.Length == statusEnd || line[statusEnd] == ' ') && HttpSyntax.IsValue(reason);
    }
}
