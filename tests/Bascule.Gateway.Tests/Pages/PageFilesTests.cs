using System.IO.Compression;
using System.Text;
using Bascule.Model;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway.Tests;

/// <summary>What browsers get of the terminal page and the command page.</summary>
public sealed class PageFilesTests
{
    private static readonly string Script = new('x', 5000);

    private static readonly PageFiles Files = new(
    [
        ("terminal.html", "<p>terminal</p>"u8.ToArray()), ("command.html", "<p>command</p>"u8.ToArray()), ("assets/page-1a2b.js", Encoding.UTF8.GetBytes(Script)),
        ("assets/page-1a2b.css", "p{}"u8.ToArray()), ("assets/icon.svg", "<svg/>"u8.ToArray()), ("licenses.md", "MIT"u8.ToArray()),
    ]);

    [Theory]
    [InlineData("/terminal", "", "<p>terminal</p>")]
    [InlineData("/terminal", "?session=5d41402abc4b2a76b9719d911017c592", "<p>terminal</p>")]
    [InlineData("/terminal", "?command", "<p>command</p>")]
    [InlineData("/command", "", "<p>command</p>")]
    public async Task Each_page_has_its_address(string path, string query, string expected)
    {
        var answer = await AskAsync(path, query);

        Assert.Equal((200, "text/html; charset=utf-8", expected), (answer.StatusCode, answer.ContentType, Text(answer)));
        Assert.Equal("no-cache", answer.Headers.CacheControl);
    }

    [Theory]
    [InlineData("assets/page-1a2b.js", "text/javascript; charset=utf-8")]
    [InlineData("assets/page-1a2b.css", "text/css; charset=utf-8")]
    [InlineData("assets/icon.svg", "image/svg+xml")]
    [InlineData("licenses.md", "text/plain; charset=utf-8")]
    public async Task What_a_page_loads_has_its_type_and_is_kept(string name, string type)
    {
        var answer = await AskAsync(PageFiles.AssetPrefix + name);

        Assert.Equal((200, type), (answer.StatusCode, answer.ContentType));
        Assert.Contains("immutable", answer.Headers.CacheControl.ToString());
    }

    [Fact]
    public async Task A_page_may_load_from_its_gateway_alone_and_tells_nobody_where_it_was()
    {
        var headers = (await AskAsync("/terminal")).Headers;

        Assert.StartsWith("default-src 'self'; ", headers.ContentSecurityPolicy);
        Assert.DoesNotContain("unsafe", headers.ContentSecurityPolicy.ToString());
        Assert.Contains("frame-ancestors 'self'", headers.ContentSecurityPolicy.ToString());
        Assert.Equal(("nosniff", "no-referrer"), (headers.XContentTypeOptions.ToString(), headers["Referrer-Policy"].ToString()));
    }

    [Fact]
    public async Task A_file_that_the_browser_has_is_not_sent_again()
    {
        var tag = (await AskAsync("/terminal")).Headers.ETag.ToString();

        var again = await AskAsync("/terminal", fields: ("If-None-Match", $"\"other\", W/{tag}"));

        Assert.Equal((304, ""), (again.StatusCode, Text(again)));
        Assert.Equal(tag, again.Headers.ETag);
    }

    [Fact]
    public async Task A_large_file_is_packed_for_who_can_unpack_it()
    {
        var packed = await AskAsync(PageFiles.AssetPrefix + "assets/page-1a2b.js", fields: ("Accept-Encoding", "br, gzip;q=0.8"));
        var plain = await AskAsync(PageFiles.AssetPrefix + "assets/page-1a2b.js", fields: ("Accept-Encoding", "br"));

        Assert.Equal(("gzip", "Accept-Encoding"), (packed.Headers.ContentEncoding.ToString(), packed.Headers.Vary.ToString()));
        using var unpacked = new StreamReader(new GZipStream(packed.Body, CompressionMode.Decompress));
        Assert.Equal((Script, Script), (await unpacked.ReadToEndAsync(TestContext.Current.CancellationToken), Text(plain)));
    }

    [Fact]
    public async Task A_head_has_all_but_the_content()
    {
        var answer = await AskAsync("/terminal", method: "HEAD");

        Assert.Equal((200, 15L, ""), (answer.StatusCode, answer.ContentLength, Text(answer)));
    }

    [Theory]
    [InlineData("POST", "/terminal", 405, "Pages are read with GET.")]
    [InlineData("GET", "/_bascule/pages/assets/gone.js", 404, "Load the page again.")]
    [InlineData("GET", "/_bascule/pages/../terminal.html", 404, "Load the page again.")]
    public async Task What_cannot_be_had_is_said(string method, string path, int status, string words)
    {
        var answer = await AskAsync(path, method: method);

        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(words, Text(answer));
    }

    [Fact]
    public async Task Another_path_is_left_to_others()
    {
        var context = Context("GET", "/terminals", "");

        Assert.False(await Files.TryAnswerAsync(context, Head("GET", "/terminals", "")));
        Assert.Empty(context.Response.Headers);
    }

    [Fact]
    public async Task A_gateway_that_was_built_without_pages_says_so()
    {
        var context = Context("GET", "/terminal", "");

        Assert.True(await new PageFiles([]).TryAnswerAsync(context, Head("GET", "/terminal", "")));

        Assert.Equal(503, context.Response.StatusCode);
        Assert.Contains("npm ci && npm run build", Text(context.Response));
    }

    private static async Task<HttpResponse> AskAsync(string path, string query = "", string method = "GET", params (string, string)[] fields)
    {
        var context = Context(method, path, query);
        Assert.True(await Files.TryAnswerAsync(context, Head(method, path, query, fields)));
        context.Response.Body.Position = 0;
        return context.Response;
    }

    private static DefaultHttpContext Context(string method, string path, string query) =>
        new() { Request = { Method = method, Path = path, QueryString = new QueryString(query) }, Response = { Body = new MemoryStream() } };

    private static RequestHead Head(string method, string path, string query, params (string Name, string Value)[] fields)
    {
        var headers = new HeaderList();
        foreach (var (name, value) in fields)
            headers.Add(name, value);
        return new RequestHead { Kind = HttpKind.Http11, Method = method, Scheme = "http", Host = "gateway.test", Path = path, Query = query, Headers = headers };
    }

    private static string Text(HttpResponse response) => Encoding.UTF8.GetString(((MemoryStream)response.Body).ToArray());
}
