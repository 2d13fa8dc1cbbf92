using System.Text;

namespace Bascule.Protocol;

/// <summary>Strings for the names that nearly every head has, so that reading one makes no new ones.</summary>
internal static class KnownNames
{
    private static readonly string[] Fields =
    [
        "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Connection", "Content-Length", "Content-Type", "Cookie",
        "Date", "DNT", "Forwarded", "Host", "Keep-Alive", "Last-Event-ID", "Location", "Origin", "Pragma", "Referer", "Retry-After", "Sec-CH-UA",
        "Sec-CH-UA-Mobile", "Sec-CH-UA-Platform", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "Sec-Fetch-User", "Sec-WebSocket-Accept",
        "Sec-WebSocket-Extensions", "Sec-WebSocket-Key", "Sec-WebSocket-Protocol", "Sec-WebSocket-Version", "Server", "Set-Cookie",
        "Transfer-Encoding", "Upgrade", "User-Agent", "Vary", "Via", "WWW-Authenticate", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port",
        "X-Forwarded-Proto", "X-Real-IP", "X-Request-ID", "traceparent", "tracestate",
    ];

    private static readonly string[] Methods = ["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "CONNECT"];

    private static readonly string[][] FieldsByLength = ByLength(Fields);

    /// <summary>The name in its usual spelling, or a new string as sent. Names of fields have no case (RFC 9110 §5.1).</summary>
    internal static string Field(ReadOnlySpan<byte> name)
    {
        if (name.Length < FieldsByLength.Length)
        {
            foreach (var known in FieldsByLength[name.Length])
            {
                if (Ascii.EqualsIgnoreCase(name, known))
                    return known;
            }
        }

        return Encoding.ASCII.GetString(name);
    }

    internal static string Method(ReadOnlySpan<byte> method)
    {
        foreach (var known in Methods)
        {
            if (Ascii.Equals(method, known))
                return known;
        }

        return Encoding.ASCII.GetString(method);
    }

    private static string[][] ByLength(string[] names) =>
        [.. Enumerable.Range(0, names.Max(n => n.Length) + 1).Select(length => names.Where(n => n.Length == length).ToArray())];
}
