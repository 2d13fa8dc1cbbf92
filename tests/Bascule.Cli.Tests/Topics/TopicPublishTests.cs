using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bascule.Testing;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule topic publish</c> before a server that answers as a gateway does.</summary>
public sealed class TopicPublishTests : IAsyncLifetime
{
    private const string Good = """{"topic":"a/b","cursor":"c1","deduplicated":false}""";

    private readonly Terminal _terminal = new();
    private TopicServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TopicServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _terminal.Dispose();
    }

    [Fact]
    public async Task A_message_is_the_body_of_a_request()
    {
        _server.Answers(202, Good);

        var ran = await RunAsync("a/b", "hällo", "--key", "k", "--idempotency-key", "once", "--token", "secret");

        Assert.Equal(new Ran(0, "published to a/b at c1\n", ""), ran);
        var post = Assert.Single(_server.Posts);
        Assert.Equal(("hällo", "k", "once", "Bearer secret"), (post.Body, post.Fields["X-Bascule-Key"], post.Fields["Idempotency-Key"], post.Fields["Authorization"]));
        Assert.Equal("/api/topics/a%2Fb", post.Path);
    }

    [Fact]
    public async Task The_answer_is_told_as_text_and_as_json()
    {
        _server.Answers(202, """{"topic":"news","deduplicated":true}""");

        Assert.Equal("published before to news\n", (await RunAsync("news", "x")).Standard);
        Assert.True((bool)JsonNode.Parse((await RunAsync("news", "x", "--json")).Standard)!["deduplicated"]!);
    }

    [Theory]
    [InlineData("one\ntwo\n", "one\ntwo")]
    [InlineData("one\r\n", "one")]
    [InlineData("one\n\n", "one\n")]
    [InlineData("", "")]
    public async Task The_standard_input_is_the_message_without_its_last_line_end(string input, string body)
    {
        _server.Answers(202, Good);
        _terminal.Input = input;

        await RunAsync("news");
        await RunAsync("news", "-");

        Assert.Equal(body, _server.Posts.First().Body);
    }

    [Fact]
    public async Task Lines_go_out_in_batches_each_as_it_is()
    {
        _server.Answers(202, """{"published":[]}""");
        _terminal.Input = "{\"a\": 1}\n\n\"quoted\"\n" + string.Concat(Enumerable.Range(0, 1500).Select(i => i.ToString(CultureInfo.InvariantCulture) + "\n"));

        var ran = await RunAsync("news", "--lines", "--idempotency-key", "run", "--key", "k");

        Assert.Equal(new Ran(0, "published 1502 messages to news\n", ""), ran);
        Assert.All(_server.Posts, post => Assert.Equal("/api/topics:publish", post.Path));
        var batches = _server.Posts.Select(post => JsonNode.Parse(post.Body)!["messages"]!.AsArray()).ToArray();
        Assert.All(batches, batch => Assert.InRange(batch.Count, 1, 1000));
        var messages = batches.SelectMany(b => b).ToArray();
        Assert.Equal(["{\"a\": 1}", "\"quoted\"", .. Enumerable.Range(0, 1500).Select(i => $"{i}")], messages.Select(m => (string?)m!["data"]));
        Assert.Equal(["run:1", "run:3", "run:4"], messages.Take(3).Select(m => (string?)m!["id"]));
        Assert.All(messages, m => Assert.Equal(("news", "k"), ((string?)m!["topic"], (string?)m["key"])));
    }

    [Fact]
    public async Task A_batch_that_is_refused_tells_how_many_went_before()
    {
        _server.Answers(202, """{"published":[]}""").Answers(429, Problem("Too many requests.", 429, "request_rate"), "application/problem+json");
        _terminal.Input = string.Concat(Enumerable.Repeat("x\n", 1200));

        var ran = await RunAsync("news", "--lines");

        Assert.Equal((1, ""), (ran.Code, ran.Standard));
        Assert.Matches("^Too many requests \\(429\\): what was seen\\. Before this batch of [0-9]+ lines?, [1-9][0-9]* were published\\.\n$", ran.Error);
    }

    [Theory]
    [InlineData(403, "topic_forbidden")]
    [InlineData(401, "token_missing")]
    [InlineData(404, "route_not_found")]
    public async Task A_refusal_is_told_with_code_1(int status, string label)
    {
        _server.Answers(status, Problem("No.", status, label), "application/problem+json");

        Assert.Equal(new Ran(1, "", $"No ({status}): what was seen\n"), await RunAsync("news", "x"));
    }

    [Fact]
    public async Task Nobody_there_is_code_69()
    {
        using var dead = DeadPort.Closed();

        var ran = await _terminal.RunAsync("topic", "publish", "news", "x", "--url", $"http://{dead.Url.Authority}").Soon();

        Assert.Equal((69, ""), (ran.Code, ran.Standard));
        Assert.Contains("--url names it", ran.Error);
    }

    [Fact]
    public async Task Without_a_URL_the_configuration_names_the_gateway()
    {
        _server.Answers(202, Good);
        _terminal.With("bascule.json", $$"""{ "listen": { "public": ["{{_server.Url}}"] } }""");

        Assert.Equal(0, (await _terminal.RunAsync("topic", "publish", "news", "x").Soon()).Code);
    }

    [Theory]
    [InlineData("TOPIC has a *, as only patterns do", "prices.*", "x")]
    [InlineData("--lines reads messages from the standard input", "news", "x", "--lines")]
    [InlineData("cannot be both the token and the message", "news", "--token", "-")]
    public async Task A_wrong_use_is_code_64(string words, params string[] args)
    {
        var ran = await RunAsync(args);

        Assert.Equal((64, ""), (ran.Code, ran.Standard));
        Assert.Contains(words, ran.Error);
        Assert.Empty(_server.Posts);
    }

    private static string Problem(string title, int status, string label) => JsonSerializer.Serialize(new { type = "about:blank", title, status, label, detail = "what was seen" });

    private Task<Ran> RunAsync(params string[] args) => _terminal.RunAsync(["topic", "publish", .. args, "--url", _server.Url]).Soon();
}
