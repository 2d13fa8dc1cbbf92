using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Bascule.Relay.Tests;

/// <summary>Bodies pass in both directions as they come, whatever their size and framing.</summary>
public sealed class StreamingTests
{
    private const int Guard = 30_000;
    private const int LargeBytes = 50 * 1024 * 1024;

    [Theory(Timeout = Guard)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_upload_of_50_MiB_arrives_whole(bool knownLength)
    {
        await using var back = await LoopbackServer.StartAsync(async context =>
            await context.Response.WriteAsync($"{context.Request.ContentLength} {Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body))}"),
            server: options => options.Limits.MaxRequestBodySize = null);
        await using var front = await Front.StartAsync(back.Url);
        var bytes = RandomNumberGenerator.GetBytes(LargeBytes);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ByteArrayContent(bytes) };
        request.Headers.TransferEncodingChunked = !knownLength;

        var answer = await front.Client.SendAsync(request);

        Assert.Equal($"{(knownLength ? LargeBytes : null)} {Convert.ToHexString(SHA256.HashData(bytes))}", await answer.Content.ReadAsStringAsync());
        Assert.Equal(LargeBytes, (await front.NextOutcomeAsync()).Result.RequestBytes);
    }

    [Theory(Timeout = Guard)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_download_of_50_MiB_arrives_whole(bool knownLength)
    {
        var bytes = RandomNumberGenerator.GetBytes(LargeBytes);
        await using var back = await LoopbackServer.StartAsync(async context =>
        {
            if (knownLength)
                context.Response.ContentLength = bytes.Length;
            await context.Response.Body.WriteAsync(bytes);
        });
        await using var front = await Front.StartAsync(back.Url);

        using var answer = await front.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(knownLength ? LargeBytes : null, answer.Content.Headers.ContentLength);
        Assert.Equal(SHA256.HashData(bytes), await SHA256.HashDataAsync(await answer.Content.ReadAsStreamAsync()));
        var outcome = await front.NextOutcomeAsync();
        Assert.Equal(new ForwardResult(null, 200, 0, LargeBytes), outcome.Result);
    }

    [Fact(Timeout = Guard)]
    public async Task Chunks_flow_both_ways_at_the_same_time()
    {
        await using var back = await LoopbackServer.StartAsync(EchoAsync);
        await using var front = await Front.StartAsync(back.Url);
        using var client = await front.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync());
        foreach (var word in (string[])["one", "two", "three"])
        {
            await client.SendAsync($"{word.Length:x}\r\n{word}\r\n");
            Assert.Equal($"{word.Length:x}\r\n{word}\r\n", await client.ReadThroughAsync($"{word}\r\n"));
        }

        await client.SendAsync("0\r\n\r\n");
        Assert.Equal("0\r\n\r\n", await client.ReadThroughAsync("0\r\n\r\n"));
        Assert.Equal(new ForwardResult(null, 200, 11, 11), (await front.NextOutcomeAsync()).Result);
    }

    [Fact(Timeout = Guard)]
    public async Task Data_flows_both_ways_over_one_HTTP2_stream()
    {
        await using var back = await LoopbackServer.StartAsync(EchoAsync);
        await using var front = await Front.StartAsync(back.Url, new FrontOptions { Protocols = HttpProtocols.Http2 });
        var body = new OpenContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = body, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var answer = await front.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var upload = await body.Opened;
        var download = await answer.Content.ReadAsStreamAsync();
        foreach (var word in (string[])["one", "two"])
        {
            await upload.WriteAsync(Encoding.ASCII.GetBytes(word));
            await upload.FlushAsync();
            var echoed = new byte[3];
            await download.ReadExactlyAsync(echoed);
            Assert.Equal(word, Encoding.ASCII.GetString(echoed));
        }

        body.Close();
        Assert.Equal(0, await download.ReadAsync(new byte[1]));
    }

    [Fact(Timeout = Guard)]
    public async Task A_first_piece_arrives_while_the_back_end_holds_the_rest()
    {
        var rest = new TaskCompletionSource();
        await using var back = new RawBackend(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n");
            await connection.SendAsync("half");
            await rest.Task;
            await connection.SendAsync("rest");
        });
        await using var front = await Front.StartAsync(back.Url);
        using var client = await front.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await client.ReadThroughAsync("\r\n\r\nhalf");
        rest.SetResult();

        Assert.Equal("rest", await client.ReadThroughAsync("rest"));
    }

    [Fact(Timeout = Guard)]
    public async Task The_head_of_an_answer_arrives_before_its_body()
    {
        var rest = new TaskCompletionSource();
        await using var back = await LoopbackServer.StartAsync(async context =>
        {
            await context.Response.Body.FlushAsync();
            await rest.Task;
        });
        await using var front = await Front.StartAsync(back.Url);

        using var answer = await front.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        rest.SetResult();
    }

    [Theory(Timeout = Guard)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;note=1\r\nhel\r\n2 \r\nlo\r\n0\r\n\r\n", "hello")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nhello", "hello")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello", "hello")]
    [InlineData("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "")]
    public async Task An_answer_that_comes_byte_by_byte_is_read_all_the_same(string answer, string body)
    {
        await using var back = new RawBackend(async connection =>
        {
            await connection.ReadHeadAsync();
            foreach (var character in answer)
                await connection.SendAsync(character.ToString());
        });
        await using var front = await Front.StartAsync(back.Url);

        Assert.Equal(body, await front.Client.GetStringAsync("/"));
        Assert.Equal(new ForwardResult(null, 200, 0, body.Length), (await front.NextOutcomeAsync()).Result);
    }

    [Theory(Timeout = Guard)]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", "Content-Length: 5000")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK")]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 5000\r\n\r\n", "ETag: \"x\"")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 204 No Content")]
    [InlineData("GET", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 205 Reset Content")]
    public async Task An_answer_without_a_body_leaves_both_connections_usable(string method, string answer, string expected)
    {
        await using var back = new RawBackend(async connection =>
        {
            while (true)
            {
                await connection.ReadHeadAsync();
                await connection.SendAsync(answer);
            }
        });
        await using var front = await Front.StartAsync(back.Url);
        using var client = await front.ConnectAsync();

        for (var round = 0; round < 2; round++)
        {
            await client.SendAsync($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
            Assert.Contains(expected, await client.ReadHeadAsync());
            Assert.Null((await front.NextOutcomeAsync()).Label);
        }

        Assert.Equal(1, back.Connections);
    }

    [Fact(Timeout = Guard)]
    public async Task A_refusal_in_the_middle_of_an_upload_reaches_the_client()
    {
        await using var back = RawBackend.Answering("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
        await using var front = await Front.StartAsync(back.Url);
        using var client = await front.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nbegin");

        Assert.StartsWith("HTTP/1.1 413 ", await client.ReadHeadAsync());
        Assert.Equal("no", await client.ReadThroughAsync("no"));
        Assert.Null((await front.NextOutcomeAsync()).Label);
    }

    [Fact(Timeout = Guard)]
    public async Task A_client_of_HTTP_1_0_gets_its_answer_without_chunks()
    {
        await using var back = RawBackend.Answering("HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n");
        await using var front = await Front.StartAsync(back.Url);
        using var client = await front.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.0\r\n\r\n");

        Assert.EndsWith("\r\n\r\nhello", await client.ReadToEndAsync());
    }

    private static async Task EchoAsync(HttpContext context)
    {
        await context.Response.StartAsync();
        await context.Response.Body.FlushAsync();
        await context.Request.Body.CopyToAsync(context.Response.Body);
    }

    /// <summary>A request body that stays open until it is closed.</summary>
    private sealed class OpenContent : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _opened = new();
        private readonly TaskCompletionSource _closed = new();

        public Task<Stream> Opened => _opened.Task;

        public void Close() => _closed.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync();
            _opened.SetResult(stream);
            await _closed.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
