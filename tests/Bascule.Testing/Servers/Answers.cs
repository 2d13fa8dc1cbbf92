using Bascule.Protocol;

namespace Bascule.Testing;

/// <summary>What a <see cref="BrokenServer"/> answers to an upgrade.</summary>
internal static class Answers
{
    internal const string Page =
        "HTTP/1.1 200 OK\r\nServer: pages/1.0\r\nContent-Type: text/html\r\nContent-Length: 46\r\n\r\n<html>\r\n<title>Welcome</title>\r\nHello!\r\n</html>";

    internal const string Problem =
        "HTTP/1.1 403 Forbidden\r\nServer: Bascule\r\nX-Bascule-Attempt: 0123456789abcdef0123456789abcdef\r\nContent-Type: application/problem+json\r\n"
        + "Content-Length: 87\r\n\r\n{\"title\":\"Forbidden\",\"label\":\"origin_refused\",\"detail\":\"This page may not connect here.\"}";

    /// <summary>Null: the connection ends without one.</summary>
    internal static string? To(string key, Behaviour behaviour) => behaviour switch
    {
        Behaviour.ResetUnanswered or Behaviour.EndUnanswered => null,
        Behaviour.Page200 => Page,
        Behaviour.Denied401 => "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n",
        Behaviour.Problem403 => Problem,
        Behaviour.Missing404 => "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot found",
        Behaviour.Limited429 => "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
        Behaviour.Busy503 => "HTTP/1.1 503 Service Unavailable\r\nServer: proxy\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nno ba\r\n6\r\nck end\r\n0\r\n\r\n",
        Behaviour.Garbage => "220 mail.test ESMTP\r\n",
        Behaviour.BadAcceptKey => Open("AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        Behaviour.UnofferedSubprotocol => Open(AcceptKey.Compute(key), "Sec-WebSocket-Protocol: chat\r\n"),
        Behaviour.UnofferedExtension => Open(AcceptKey.Compute(key), "Sec-WebSocket-Extensions: permessage-deflate\r\n"),
        _ => Open(AcceptKey.Compute(key)),
    };

    private static string Open(string accept, string fields = "") =>
        $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{fields}\r\n";
}
