using System.Text;
using Bascule.Model;

namespace Bascule.Protocol.Tests;

/// <summary>What dialing makes of the bytes of an answer.</summary>
public sealed class ResponseHeadTests
{
    private const string Switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nServer: tést\r\n\r\n";

    [Fact]
    public void An_answer_is_read_whole_and_the_first_frame_is_left()
    {
        var bytes = Encoding.Latin1.GetBytes(Switching + "\x81\x00");
        Assert.Equal(HeadRead.Complete, ResponseHeadParser.TryParse(bytes, 8192, out var head, out var consumed));
        Assert.Equal(Switching.Length, consumed);
        Assert.Equal((101, "Switching Protocols", HttpKind.Http11, "tést"), (head!.Status, head.ReasonPhrase, head.Kind, head.Headers.First("server")));
    }

    [Fact]
    public void Every_split_needs_more_until_the_last_byte()
    {
        var bytes = Encoding.Latin1.GetBytes(Switching);
        for (var there = 0; there < bytes.Length; there++)
        {
            Assert.Equal(HeadRead.NeedMore, ResponseHeadParser.TryParse(bytes.AsSpan(0, there), 8192, out var none, out var consumed));
            Assert.Null(none);
            Assert.Equal(0, consumed);
        }
    }

    [Theory]
    [InlineData("HTTP/1.0 200 OK", 200, "OK", HttpKind.Http10)]
    [InlineData("HTTP/1.1 404 ", 404, "", HttpKind.Http11)]
    [InlineData("HTTP/1.1 503", 503, "", HttpKind.Http11)]
    [InlineData("HTTP/1.1 299 A b  c", 299, "A b  c", HttpKind.Http11)]
    public void The_status_line_is_read_with_or_without_phrase(string line, int status, string phrase, HttpKind kind)
    {
        Assert.Equal(HeadRead.Complete, Read(line + "\r\n\r\n", out var head));
        Assert.Equal((status, phrase, kind, 0), (head!.Status, head.ReasonPhrase, head.Kind, head.Headers.Count));
    }

    [Theory]
    [InlineData("S")]
    [InlineData("HTTP/2")]
    [InlineData("HTTP/1,")]
    [InlineData("http/1.")]
    [InlineData("\x15\x03\x03\0\x02")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("-ERR unknown command\r\n")]
    [InlineData("HTTP/1.x 200 OK\r\n")]
    [InlineData("HTTP/1.1  200 OK\r\n")]
    [InlineData("HTTP/1.1 20 OK\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\n")]
    [InlineData("HTTP/1.1 099 OK\r\n")]
    [InlineData("HTTP/1.1 2x0 OK\r\n")]
    [InlineData("HTTP/1.1\t200 OK\r\n")]
    [InlineData("HTTP/1.1 200 O\0K\r\n")]
    [InlineData("HTTP/1.1 200 OK\n")]
    [InlineData("HTTP/1.1 200 OK\r\nName : value\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nName: a\r\n b\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nName: \x01\r\n")]
    public void What_is_not_HTTP_is_malformed_as_soon_as_it_shows(string text) => Assert.Equal(HeadRead.Malformed, Read(text, out _));

    [Fact]
    public void An_endless_head_is_too_large()
    {
        var bytes = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("A: b\r\n", 100)));
        Assert.Equal(HeadRead.TooLarge, ResponseHeadParser.TryParse(bytes, 200, out _, out _));
        Assert.Equal(HeadRead.NeedMore, ResponseHeadParser.TryParse(bytes, 8192, out _, out _));
    }

    private static HeadRead Read(string text, out ResponseHead? head) => ResponseHeadParser.TryParse(Encoding.Latin1.GetBytes(text), 8192, out head, out _);
}
