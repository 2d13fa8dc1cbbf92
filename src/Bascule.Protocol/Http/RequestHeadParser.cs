using System.Text;
using Bascule.Model;

namespace Bascule.Protocol;

/// <summary>Reads the head of an HTTP/1 request strictly by RFC 9112.</summary>
public static class RequestHeadParser
{
    /// <summary>Reads one head from the start of the input. Nothing is kept between calls: give all the bytes again when more have come.</summary>
    /// <param name="maxBytes">The longest head that is read, its empty line included.</param>
    /// <param name="scheme"><c>http</c> or <c>https</c>: how the listener took the connection.</param>
    /// <param name="head">Set when complete. The target of an absolute form is taken apart, and its host goes before the Host field (RFC 9112 §3.2.2).</param>
    /// <param name="consumed">Bytes of the head when complete, else 0.</param>
    public static HeadRead TryParse(ReadOnlySpan<byte> input, int maxBytes, string scheme, out RequestHead? head, out int consumed)
    {
        head = null;
        consumed = 0;
        var lines = new HeadLines(input, maxBytes);
        var read = RequestLine(ref lines, out var line);
        if (read != HeadRead.Complete)
            return read;
        if (!RequestLineParts.TryRead(line, out var parts))
            return HeadRead.Malformed;

        var headers = lines.IsWhole ? new HeaderList() : null;
        read = lines.Fields(headers);
        if (read != HeadRead.Complete)
            return read;
        consumed = lines.Consumed;

        // The lines are there, so the end was in sight and the list was made.
        var host = headers!.First("Host") ?? "";
        head = new RequestHead
        {
            Kind = parts.Kind,
            Method = KnownNames.Method(parts.Method),
            Scheme = scheme,
            // Without a Host field the request is invalid even in absolute form (RFC 9112 §3.2); the empty host says so.
            Host = host.Length == 0 || parts.Authority.IsEmpty ? host : Encoding.ASCII.GetString(parts.Authority),
            Path = parts.Path.IsEmpty ? "/" : Encoding.ASCII.GetString(parts.Path),
            Query = Encoding.ASCII.GetString(parts.Query),
            Headers = headers,
        };
        return HeadRead.Complete;
    }

    private static HeadRead RequestLine(ref HeadLines lines, out ReadOnlySpan<byte> line)
    {
        var read = lines.Next(out line);

        // One empty line may stand before a request: some clients end a body with it (RFC 9112 §2.2).
        if (read == HeadRead.Complete && line.IsEmpty)
            read = lines.Next(out line);
        if (read == HeadRead.NeedMore && !CanBeginRequestLine(lines.Rest))
            return HeadRead.Malformed;
        return read;
    }

    // TLS on a plain port and other noise is refused at once, not when the time for the handshake is over.
    private static bool CanBeginRequestLine(ReadOnlySpan<byte> start)
    {
        start = start.TrimEnd((byte)'\r');
        var method = start.IndexOf((byte)' ') is >= 0 and var end ? start[..end] : start;
        return start.IsEmpty || HttpSyntax.IsToken(method);
    }
}

/// <summary>The request line taken apart; slices of the input.</summary>
internal ref struct RequestLineParts
{
    internal HttpKind Kind { get; private set; }

    internal ReadOnlySpan<byte> Method { get; private set; }

    /// <summary>Host and port of an absolute form, else empty.</summary>
    internal ReadOnlySpan<byte> Authority { get; private set; }

    internal ReadOnlySpan<byte> Path { get; private set; }

    /// <summary>With its <c>?</c>, or empty.</summary>
    internal ReadOnlySpan<byte> Query { get; private set; }

    internal static bool TryRead(ReadOnlySpan<byte> line, out RequestLineParts parts)
    {
        parts = default;
        var afterMethod = line.IndexOf((byte)' ');
        var beforeVersion = line.LastIndexOf((byte)' ');
        if (afterMethod < 0 || beforeVersion == afterMethod || !HttpVersion.TryRead(line[(beforeVersion + 1)..], out var kind))
            return false;
        parts.Kind = kind;
        parts.Method = line[..afterMethod];
        return HttpSyntax.IsToken(parts.Method) && parts.TakeTarget(line[(afterMethod + 1)..beforeVersion]);
    }

    private bool TakeTarget(ReadOnlySpan<byte> target)
    {
        // A fragment is the client's own and never sent (RFC 9112 §3.2).
        if (!HttpSyntax.IsVisible(target) || target.Contains((byte)'#'))
            return false;
        if (target[0] != '/' && !TakeAuthority(ref target))
            return false;
        var query = target.IndexOf((byte)'?');
        Path = query < 0 ? target : target[..query];
        Query = query < 0 ? default : target[query..];
        return true;
    }

    private bool TakeAuthority(ref ReadOnlySpan<byte> target)
    {
        var start = target.IndexOf("://"u8);
        if (start < 0 || !IsScheme(target[..start]))
            return false;
        var rest = target[(start + 3)..];
        var end = rest.IndexOfAny((byte)'/', (byte)'?');
        Authority = end < 0 ? rest : rest[..end];
        target = end < 0 ? default : rest[end..];

        // User and password in a target would be a secret in every log (RFC 9110 §4.2.4).
        return !Authority.IsEmpty && !Authority.Contains((byte)'@');
    }

    private static bool IsScheme(ReadOnlySpan<byte> scheme) =>
        Ascii.EqualsIgnoreCase(scheme, "http"u8) || Ascii.EqualsIgnoreCase(scheme, "https"u8)
        || Ascii.EqualsIgnoreCase(scheme, "ws"u8) || Ascii.EqualsIgnoreCase(scheme, "wss"u8);
}
