using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>Answers to the upgrade that are no good 101: each has its class, and says what was seen.</summary>
public sealed class AnswerTests : DialTest
{
    [Theory]
    [InlineData(Behaviour.Page200, "http.200", "answered 200 OK, content-type text/html, server pages/1.0: <html> <title>Welcome</title> Hello! </html>")]
    [InlineData(Behaviour.Denied401, "http.401", "answered 401 Unauthorized, www-authenticate Bearer")]
    [InlineData(Behaviour.Problem403, "http.403", ": origin_refused: This page may not connect here.")]
    [InlineData(Behaviour.Missing404, "http.404", "answered 404 Not Found: not found")]
    [InlineData(Behaviour.Limited429, "http.429", "answered 429 Too Many Requests, retry-after 7")]
    [InlineData(Behaviour.Busy503, "http.503", "answered 503 Service Unavailable, server proxy: no back end")]
    [InlineData(Behaviour.Garbage, "ws.handshake", "the answer is no HTTP/1.1: it began with \"220 mail.test ESMTP..\"")]
    [InlineData(Behaviour.BadAcceptKey, "ws.handshake", "Sec-WebSocket-Accept was \"AAAAAAAAAAAAAAAAAAAAAAAAAAA=\", expected \"")]
    [InlineData(Behaviour.UnofferedSubprotocol, "ws.handshake", "Sec-WebSocket-Protocol was \"chat\", expected none, for none was offered")]
    [InlineData(Behaviour.UnofferedExtension, "ws.handshake", "permessage-deflate was not offered")]
    [InlineData(Behaviour.ResetUnanswered, "tcp.reset", "connection reset: the request was sent, no byte of an answer had come")]
    [InlineData(Behaviour.EndUnanswered, "tcp.reset", "end of stream after the request, before any byte of an answer")]
    public async Task Every_wrong_answer_has_its_class(Behaviour behaviour, string expected, string seen)
    {
        await using var server = BrokenServer.Start(behaviour);

        var failure = await FailureAsync(server.Url);

        Assert.Equal(expected, failure.Class);
        Assert.Contains(seen, failure.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_attempt_that_a_gateway_names_can_be_asked_for()
    {
        await using var server = BrokenServer.Start(Behaviour.Problem403);

        var outcome = await DialAsync(server.Url);

        Assert.Equal("0123456789abcdef0123456789abcdef", outcome.Attempt);
        Assert.Equal(outcome.Attempt, outcome.Failure!.Attempt);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("Tue, 01 Jan 2030 00:01:00 GMT", 60)]
    [InlineData("Tue, 01 Jan 2019 00:00:00 GMT", 0)]
    [InlineData("soon", null)]
    public async Task A_server_may_say_when_to_come_back(string field, int? seconds)
    {
        await using var server = Answering($"HTTP/1.1 429 Too Many Requests\r\nRetry-After: {field}\r\nContent-Length: 0\r\n\r\n");

        var outcome = await DialAsync(server.Url);

        Assert.Equal(seconds, outcome.RetryAfter?.TotalSeconds);
    }

    [Fact]
    public async Task An_announcement_before_the_answer_is_passed_over()
    {
        await using var server = Answering("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal("http.404", (await FailureAsync(server.Url)).Class);
    }

    [Fact]
    public async Task An_answer_without_end_is_judged_by_its_head()
    {
        await using var server = Answering("HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/json\r\n\r\n{\"title\":\"cut");

        // Without a limit of its own the first timer is that for the body.
        var dialing = DialAsync(Order(server.Url) with { Limit = Timeout.InfiniteTimeSpan });
        await TimerAsync();
        Time.Advance(TimeSpan.FromSeconds(1));

        var failure = (await dialing).Failure!;
        Assert.Equal("http.502", failure.Class);
        Assert.EndsWith(": {\"title\":\"cut", failure.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_without_end_is_no_answer()
    {
        await using var server = Answering("HTTP/1.1 200 OK\r\nX-Long: " + new string('x', 40_000));

        var failure = await FailureAsync(server.Url);

        Assert.Equal("ws.handshake", failure.Class);
        Assert.Contains("no HTTP head of 32768 bytes at most", failure.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_the_server_repeats_is_not_told_on()
    {
        await using var server = Answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 36\r\n\r\nsecret-token and key-value are wrong");

        var failure = await FailureAsync(Order(server.Url) with { Token = "secret-token", Headers = [new("X-Key", "key-value")] });

        Assert.EndsWith(": … and … are wrong", failure.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_body_is_cut()
    {
        await using var server = Answering($"HTTP/1.1 500 Oops\r\nContent-Length: 9000\r\n\r\n{new string('y', 9000)}");

        Assert.EndsWith($": {new string('y', 100)}…", (await FailureAsync(server.Url)).Seen, StringComparison.Ordinal);
    }

    private static BrokenServer Answering(string answer) => BrokenServer.Start(new ServerScript(Behaviour.Mute, answer));
}
