using System.Net;

namespace Bascule.Relay.Tests;

/// <summary>A request whose end two servers could see in two places is refused, and so is such an answer.</summary>
public sealed class SmugglingTests
{
    private const int Guard = 30_000;

    [Theory(Timeout = Guard)]
    [InlineData("HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked")]
    [InlineData("HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5")]
    [InlineData("HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked")]
    [InlineData("HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked")]
    [InlineData("HTTP/1.0\r\nTransfer-Encoding: chunked")]
    [InlineData("HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6")]
    [InlineData("HTTP/1.1\r\nHost: a\r\nContent-Length: 5x")]
    [InlineData("HTTP/1.1\r\nHost: a\r\nX: a\rb\r\nContent-Length: 0")]
    [InlineData("HTTP/1.1\r\nHost: a\r\nX: a\0b\r\nContent-Length: 0")]
    [InlineData("HTTP/1.1\r\nHost: a\r\nX: a\u0001b\r\nContent-Length: 0")]
    [InlineData("HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\nContent-Length: 0")]
    [InlineData("HTTP/1.1\r\nHost: a\r\nX : a\r\nContent-Length: 0")]
    public async Task A_doubtful_request_is_refused_and_never_reaches_a_back_end(string rest)
    {
        await using var back = RawBackend.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var front = await Front.StartAsync(back.Url);
        using var client = await front.ConnectAsync();

        await client.SendAsync($"POST / {rest}\r\n\r\n0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadHeadAsync());
        Assert.Equal(0, back.Connections);
    }

    [Fact(Timeout = Guard)]
    public async Task What_follows_a_doubtful_request_is_never_read_as_another()
    {
        await using var back = RawBackend.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var front = await Front.StartAsync(back.Url);
        using var client = await front.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\nHost: a\r\n\r\n");

        var answers = await client.ReadToEndAsync();
        Assert.Single(answers.Split("HTTP/1.1 "), part => part.StartsWith("400 ", StringComparison.Ordinal));
        Assert.Equal(2, answers.Split("HTTP/1.1 ").Length);
        Assert.Equal("bad_request", (await front.NextOutcomeAsync()).Label);
        Assert.Equal(0, back.Connections);
    }

    [Fact(Timeout = Guard)]
    public async Task Malformed_chunks_of_a_client_end_the_request()
    {
        var begun = new TaskCompletionSource();
        var rest = new TaskCompletionSource<string>();
        await using var back = new RawBackend(async connection =>
        {
            await connection.ReadThroughAsync("3\r\nabc\r\n");
            begun.SetResult();
            rest.SetResult(await connection.ReadToEndAsync());
        });
        await using var front = await Front.StartAsync(back.Url);
        using var client = await front.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        await begun.Task;
        await client.SendAsync("zz\r\n");

        Assert.Equal("bad_request", (await front.NextOutcomeAsync()).Label);
        Assert.Equal("", await rest.Task);
    }

    [Fact(Timeout = Guard)]
    public async Task A_field_that_only_looks_like_a_length_passes()
    {
        await using var back = RawBackend.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var front = await Front.StartAsync(back.Url);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("X-Content-Length", "5");

        Assert.Equal(HttpStatusCode.OK, (await front.Client.SendAsync(request)).StatusCode);
    }

    [Theory(Timeout = Guard)]
    [InlineData("200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello")]
    [InlineData("200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("205 Reset Content\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("200 OK\r\nX: a\r\n folded\r\n\r\n")]
    [InlineData("200 OK\r\nX : a\r\n\r\n")]
    [InlineData("200 OK\r\nX: a\u0001\r\n\r\n")]
    [InlineData("200 OK\nX: a\n\n")]
    [InlineData("099 Low\r\n\r\n")]
    [InlineData("101 Switching Protocols\r\n\r\n")]
    public async Task A_doubtful_answer_is_garbage(string rest)
    {
        await using var back = RawBackend.Answering("HTTP/1.1 " + rest);
        await using var front = await Front.StartAsync(back.Url);

        Assert.Equal("backend_garbage", await (await front.Client.GetAsync("/")).Content.ReadAsStringAsync());
    }

    [Theory(Timeout = Guard)]
    [InlineData("5\r\nhelloX\r\n0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("fffffffffffffffff\r\n")]
    [InlineData("5 x\r\nhello\r\n")]
    [InlineData("\r\n")]
    [InlineData("0\r\nno field\r\n\r\n")]
    public async Task Malformed_chunks_of_a_back_end_cut_the_answer(string chunks)
    {
        await using var back = RawBackend.Answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
        await using var front = await Front.StartAsync(back.Url);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => front.Client.GetStringAsync("/"));
        Assert.Equal("backend_garbage", (await front.NextOutcomeAsync()).Label);
    }

    [Theory(Timeout = Guard)]
    [InlineData("5;")]
    [InlineData("0\r\nX: ")]
    public async Task Lines_between_chunks_have_a_bound(string start)
    {
        await using var back = RawBackend.Answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + start + new string('x', 9000));
        await using var front = await Front.StartAsync(back.Url);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => front.Client.GetStringAsync("/"));
        Assert.Equal("backend_garbage", (await front.NextOutcomeAsync()).Label);
    }

    [Fact(Timeout = Guard)]
    public async Task Trailers_have_a_bound()
    {
        var trailers = string.Concat(Enumerable.Repeat($"X: {new string('x', 1000)}\r\n", 70));
        await using var back = RawBackend.Answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + trailers);
        await using var front = await Front.StartAsync(back.Url);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => front.Client.GetStringAsync("/"));
        Assert.Equal("backend_garbage", (await front.NextOutcomeAsync()).Label);
    }
}
