using System.Text;
using Bascule.Model;

namespace Bascule.Protocol.Tests;

/// <summary>What our listener makes of the bytes of a request.</summary>
public sealed class RequestHeadTests
{
    private const string Upgrade =
        "GET /ws/chat?room=1 HTTP/1.1\r\nHost: example.org:8666\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        + "X-Odd-Name:  \t spaced value \t\r\nX-Empty:\r\nCookie: a=\"é\"\r\n\r\n";

    [Fact]
    public void A_request_is_read_whole_and_what_follows_is_left()
    {
        var bytes = Encoding.Latin1.GetBytes(Upgrade + "\x81\x80");
        Assert.Equal(HeadRead.Complete, RequestHeadParser.TryParse(bytes, 8192, "https", out var head, out var consumed));

        Assert.Equal(Upgrade.Length, consumed);
        Assert.Equal(("GET", "https", "example.org:8666", "/ws/chat", "?room=1"), (head!.Method, head.Scheme, head.Host, head.Path, head.Query));
        Assert.Equal((HttpKind.Http11, null, 6), (head.Kind, head.ConnectProtocol, head.Headers.Count));
        Assert.Equal(("spaced value", "", "a=\"é\""), (head.Headers.First("x-odd-name"), head.Headers.First("X-Empty"), head.Headers.First("Cookie")));
    }

    [Fact]
    public void Every_split_needs_more_until_the_last_byte()
    {
        var bytes = Encoding.Latin1.GetBytes("\r\n" + Upgrade);
        for (var there = 0; there < bytes.Length; there++)
        {
            Assert.Equal(HeadRead.NeedMore, RequestHeadParser.TryParse(bytes.AsSpan(0, there), 8192, "http", out var none, out var consumed));
            Assert.Null(none);
            Assert.Equal(0, consumed);
        }

        Assert.Equal(HeadRead.Complete, Read(bytes, out _));
    }

    [Theory]
    [InlineData("GET http://a.example:81/x?y HTTP/1.1\r\nHost: b.example\r\n\r\n", "a.example:81", "/x", "?y")]
    [InlineData("GET WS://a.example HTTP/1.1\r\nHost: b.example\r\n\r\n", "a.example", "/", "")]
    [InlineData("GET https://a.example?y=/ HTTP/1.1\r\nHost: b.example\r\n\r\n", "a.example", "/", "?y=/")]
    [InlineData("GET http://a.example/x HTTP/1.1\r\n\r\n", "", "/x", "")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "", "/", "")]
    [InlineData("GET //double?? HTTP/1.1\r\nHost:x\r\n\r\n", "x", "//double", "??")]
    public void The_target_gives_host_path_and_query(string text, string host, string path, string query)
    {
        Assert.Equal(HeadRead.Complete, Read(text, out var head));
        Assert.Equal((host, path, query), (head!.Host, head.Path, head.Query));
    }

    [Theory]
    [InlineData("HTTP/1.0", HttpKind.Http10)]
    [InlineData("HTTP/1.1", HttpKind.Http11)]
    [InlineData("HTTP/1.9", HttpKind.Http11)]
    public void The_version_is_told(string version, HttpKind kind)
    {
        Assert.Equal(HeadRead.Complete, Read($"GET / {version}\r\n\r\n", out var head));
        Assert.Equal(kind, head!.Kind);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\n\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\rYX: b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost : a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n Host: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nX: a\r\n folded\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nX: a\0b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nX: a\u0007b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nX: a\u007Fb\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nNoColon\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n: empty name\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nN\u00E9: a\r\n\r\n")]
    [InlineData("GET  / HTTP/1.1\r\n\r\n")]
    [InlineData("GET /  HTTP/1.1\r\n\r\n")]
    [InlineData("GET /a b HTTP/1.1\r\n\r\n")]
    [InlineData("GET /\tHTTP/1.1\r\n\r\n")]
    [InlineData("GET /\u00E9 HTTP/1.1\r\n\r\n")]
    [InlineData("GET /a#b HTTP/1.1\r\n\r\n")]
    [InlineData("GET * HTTP/1.1\r\n\r\n")]
    [InlineData("GET path HTTP/1.1\r\n\r\n")]
    [InlineData("GET ftp://a/ HTTP/1.1\r\n\r\n")]
    [InlineData("GET http:/// HTTP/1.1\r\n\r\n")]
    [InlineData("GET http://user:secret@a/ HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\n\r\n")]
    [InlineData("G@T / HTTP/1.1\r\n\r\n")]
    [InlineData(" / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/2.0\r\n\r\n")]
    [InlineData("GET / HTTP/1.x\r\n\r\n")]
    [InlineData("GET / http/1.1\r\n\r\n")]
    [InlineData("GET /\r\n\r\n")]
    [InlineData("GET\r\n\r\n")]
    [InlineData("\r\n\r\nGET / HTTP/1.1\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    public void What_RFC_9112_forbids_is_malformed_however_it_is_split(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        Assert.Equal(HeadRead.Malformed, Read(bytes, out var head));
        Assert.Null(head);
        for (var there = 0; there < bytes.Length; there++)
            Assert.Contains(Read(bytes[..there], out _), new[] { HeadRead.NeedMore, HeadRead.Malformed });
    }

    [Fact]
    public void TLS_on_a_plain_port_is_refused_at_the_first_byte() => Assert.Equal(HeadRead.Malformed, Read([0x16], out _));

    [Fact]
    public void A_head_may_be_as_long_as_the_limit_and_not_longer()
    {
        const string text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        var bytes = Encoding.ASCII.GetBytes(text + "GET");
        Assert.Equal(HeadRead.Complete, RequestHeadParser.TryParse(bytes, text.Length, "http", out _, out _));
        Assert.Equal(HeadRead.TooLarge, RequestHeadParser.TryParse(bytes, text.Length - 1, "http", out _, out _));
        Assert.Equal(HeadRead.TooLarge, RequestHeadParser.TryParse(bytes.AsSpan(0, 10), 10, "http", out _, out _));
        Assert.Equal(HeadRead.NeedMore, RequestHeadParser.TryParse(bytes.AsSpan(0, 10), 11, "http", out _, out _));
    }

    [Fact]
    public void Usual_names_cost_no_new_strings()
    {
        Assert.Equal(HeadRead.Complete, Read("GET / HTTP/1.1\r\nsec-websocket-key: a\r\nTRACEPARENT: b\r\nx-own: c\r\n\r\n", out var head));
        Assert.Same("GET", head!.Method);
        Assert.Equal(["Sec-WebSocket-Key", "traceparent", "x-own"], head.Headers.Select(h => h.Key));
        Assert.Same("Sec-WebSocket-Key", head.Headers[0].Key);
    }

    [Fact]
    public void A_head_that_is_not_whole_yet_makes_no_strings()
    {
        var bytes = Encoding.Latin1.GetBytes(Upgrade)[..^1];
        Read(bytes, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = RequestHeadParser.TryParse(bytes, 8192, "http", out _, out _);
        Assert.Equal((HeadRead.NeedMore, 0L), (read, GC.GetAllocatedBytesForCurrentThread() - before));
    }

    private static HeadRead Read(string text, out RequestHead? head) => Read(Encoding.Latin1.GetBytes(text), out head);

    private static HeadRead Read(byte[] bytes, out RequestHead? head) => RequestHeadParser.TryParse(bytes, 8192, "http", out head, out _);
}
