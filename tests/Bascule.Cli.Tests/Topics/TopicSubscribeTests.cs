using System.Net.WebSockets;
using Bascule.Testing;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule topic subscribe</c> before a server that speaks the contract.</summary>
public sealed class TopicSubscribeTests : IAsyncLifetime
{
    private readonly Terminal _terminal = new();
    private TopicServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TopicServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _terminal.Dispose();
    }

    [Fact]
    public async Task Each_message_is_a_line()
    {
        var subscribe = "";
        _server.Then(async talk =>
        {
            subscribe = await talk.WelcomeAsync();
            await talk.SayAsync("""{"type":"message","topic":"news","cursor":"1","data":{"a": 1}}""");
            await talk.SayAsync("""{"type":"message","topic":"prices.btc","sub":"prices.*","cursor":"2","data":"plain ü text"}""");
            await talk.SayAsync("""{"type":"checkpoint","topic":"news","cursor":"3"}""");
            await talk.SayAsync("""{"type":"later","unknown":true}""");
            await talk.SayAsync("""{"type":"message","topic":"news","cursor":"4","data":"two\nlines"}""");
            await talk.SayAsync("""{"type":"message","topic":"news","cursor":"5","data64":"AAEC/w=="}""");
            await talk.HearAsync();
        });

        var ran = await RunAsync("news", "prices.*", "--count", "4", "--token", "secret");

        Assert.Equal((0, "{\"a\":1}\nplain ü text\n\"two\\nlines\"\nbase64:AAEC/w==\n", ""), (ran.Code, ran.Standard, ran.Error));
        Assert.Equal("""{"type":"subscribe","topics":[{"topic":"news"},{"topic":"prices.*"}]}""", subscribe);
        var asked = Assert.Single(_server.Connections);
        Assert.Equal(("Bearer secret", "bascule.v1"), (asked.Authorization, Assert.Single(asked.Protocols)));
    }

    [Fact]
    public async Task Json_shows_the_messages_as_they_came()
    {
        _server.Then(async talk =>
        {
            await talk.WelcomeAsync();
            await talk.SayAsync("""{"type":"message", "topic":"news","cursor":"1","key":"k","data":"ü"}""");
            await talk.HearAsync();
        });

        Assert.Equal("""{"type":"message","topic":"news","cursor":"1","key":"k","data":"ü"}""" + "\n", (await RunAsync("news", "--count", "1", "--json")).Standard);
    }

    [Fact]
    public async Task A_connection_that_ends_is_made_again_behind_the_last_message()
    {
        var second = "";
        _server
            .Then(async talk =>
            {
                await talk.WelcomeAsync();
                await talk.SayAsync("""{"type":"message","topic":"news","cursor":"c1","data":1}""");
                await talk.SayAsync("""{"type":"goodbye","code":4600,"label":"draining","text":"It is being stopped.","retry":{"class":"now","afterMs":0,"withinMs":1},"resume":"r"}""");
                await talk.CloseAsync(4600, "draining; retry=now; attempt=0");
            })
            .Then(async talk =>
            {
                second = await talk.WelcomeAsync();
                await talk.SayAsync("""{"type":"message","topic":"news","cursor":"c2","data":2}""");
                await talk.SayAsync("""{"type":"resumed","topic":"news","cursor":"c2","whole":true,"replayed":1,"source":"ring"}""");

                // It returns without a close frame: the connection is lost.
            })
            .Then(async talk =>
            {
                second += await talk.WelcomeAsync();
                await talk.SayAsync("""{"type":"gap","topic":"news","reason":"too_old","cursor":"c3","advice":"snapshot"}""");
                await talk.SayAsync("""{"type":"message","topic":"news","cursor":"c4","data":3}""");
                await talk.HearAsync();
            });

        var ran = await RunAsync("news", "--count", "3", "--cursor", "c0");

        Assert.Equal((0, "1\n2\n3\n"), (ran.Code, ran.Standard));
        Assert.Equal("""{"type":"subscribe","topics":[{"topic":"news","cursor":"c1"}]}{"type":"subscribe","topics":[{"topic":"news","cursor":"c2"}]}""", second);
        Assert.Contains("The server ended it: 4600 draining. It is being stopped. It is tried again in 0 s.\nConnected again to 127.0.0.1:", ran.Error);
        Assert.Contains("news: 1 missed before are printed; nothing is missing.\nThe connection was lost. It is tried again in ", ran.Error);
        Assert.EndsWith("news: messages are missing here (too_old).\n", ran.Error);
    }

    [Theory]
    [InlineData("""{"type":"error","code":"forbidden","text":"The token does not allow to read it.","topic":"news"}""", "news: The token does not allow to read it. (forbidden)\n")]
    [InlineData("""{"type":"goodbye","code":4403,"label":"topic_forbidden","text":"Not allowed.","retry":{"class":"never"},"resume":"r"}""", "The server ended it: 4403 topic_forbidden. Not allowed.\n")]
    [InlineData("""{"type":"gap","topic":"news","reason":"forbidden","cursor":"c","advice":"ignore"}""", "news: messages are missing here (forbidden).\nThe token does not allow to read news any more.\n")]
    [InlineData("no json", "sent what is no message of bascule.v1.\n")]
    [InlineData("[]", "sent what is no message of bascule.v1.\n")]
    [InlineData("""{"type":"goodbye","code":"x"}""", "sent what is no message of bascule.v1.\n")]
    public async Task What_never_mends_ends_it_with_code_1(string message, string words)
    {
        _server.Then(async talk =>
        {
            await talk.WelcomeAsync();
            await talk.SayAsync(message);
            await talk.CloseAsync(4403, "x; retry=never; attempt=0");
        });

        var ran = await RunAsync("news");

        Assert.Equal((1, ""), (ran.Code, ran.Standard));
        Assert.EndsWith(words, ran.Error);
    }

    [Theory]
    [InlineData(4403, "origin_forbidden; retry=never; attempt=0", "The server ended it: 4403 origin_forbidden; retry=never; attempt=0.\n")]
    [InlineData(1000, "", "The server ended it: 1000.\n")]
    public async Task A_close_frame_alone_may_end_it_too(int code, string reason, string words)
    {
        _server.Then(async talk =>
        {
            await talk.WelcomeAsync();
            await talk.CloseAsync(code, reason);
        });

        Assert.Equal(new Ran(1, "", words), await RunAsync("news"));
    }

    [Fact]
    public async Task A_refusal_names_its_attempt_and_one_that_mends_is_tried_again()
    {
        _server
            .Then(talk =>
            {
                talk.Response.StatusCode = 503;
                return Task.CompletedTask;
            })
            .Then(talk =>
            {
                talk.Response.StatusCode = 403;
                talk.Response.Headers["X-Bascule-Attempt"] = "abc";
                return Task.CompletedTask;
            });

        var ran = await RunAsync("news");

        Assert.Equal(1, ran.Code);
        Assert.Contains(" refused the WebSocket with 503. It is tried again in ", ran.Error);
        Assert.EndsWith($" refused the WebSocket with 403. Why: bascule explain abc --url http://{new Uri(_server.Url).Authority}\n", ran.Error);
    }

    [Fact]
    public async Task Without_bascule_v1_there_it_says_so()
    {
        _server.Then(async talk =>
        {
            await talk.AcceptAsync(null);
            await talk.HearAsync();
        });

        var ran = await RunAsync("news");

        Assert.Equal(1, ran.Code);
        Assert.EndsWith("does not speak bascule.v1 there. Is it a route with topics? --plain reads what it sends.\n", ran.Error);
    }

    [Fact]
    public async Task Nobody_there_is_code_69()
    {
        using var dead = DeadPort.Closed();

        var ran = await _terminal.RunAsync("topic", "subscribe", dead.Url.AbsoluteUri, "news").Soon();

        Assert.Equal((69, ""), (ran.Code, ran.Standard));
        Assert.EndsWith("Does a gateway listen there?\n", ran.Error);
    }

    [Fact]
    public async Task A_plain_client_names_its_topics_in_the_URL_and_prints_payloads()
    {
        _server.Then(async talk =>
        {
            await talk.AcceptAsync(null);
            await talk.SayAsync("one");
            await talk.SayAsync([0, 1]);
            await talk.HearAsync();
        });

        var ran = await RunAsync("a/b", "news", "--plain", "--count", "2");
        var json = await RunAsync("--plain", "--count", "2", "--json");

        Assert.Equal((0, "one\nbase64:AAE=\n"), (ran.Code, ran.Standard));
        Assert.Equal("{\"data\":\"one\"}\n{\"data64\":\"AAE=\"}\n", json.Standard);
        Assert.Equal(["?topic=a%2Fb&topic=news", ""], _server.Connections.Select(c => c.Query));
        Assert.Empty(_server.Connections.First().Protocols);
    }

    [Fact]
    public async Task An_interruption_says_goodbye_and_is_code_130()
    {
        using var interruption = new CancellationTokenSource();
        var closed = new TaskCompletionSource<WebSocketCloseStatus?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Then(async talk =>
        {
            await talk.WelcomeAsync();
            await interruption.CancelAsync();
            await talk.HearAsync();
            closed.SetResult(talk.CloseCode);
        });

        var ran = await _terminal.RunAsync(Program.CreateRoot, interruption.Token, "topic", "subscribe", _server.WebSocketUrl, "news").Soon();

        Assert.Equal(130, ran.Code);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, await closed.Task.Soon());
    }

    [Fact]
    public async Task Who_has_read_enough_says_goodbye_though_more_comes()
    {
        var closed = new TaskCompletionSource<WebSocketCloseStatus?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var data = new string('x', 10_000);
        _server.Then(async talk =>
        {
            await talk.WelcomeAsync();
            for (var i = 0; i < 100; i++)
                await talk.SayAsync($$"""{"type":"message","topic":"news","cursor":"{{i}}","data":"{{data}}"}""");
            await talk.HearAsync();
            closed.SetResult(talk.CloseCode);
        });

        var ran = await RunAsync("news", "--count", "1");

        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.Equal(WebSocketCloseStatus.NormalClosure, await closed.Task.Soon());
    }

    [Theory]
    [InlineData("no address of a route", "news:1", "news")]
    [InlineData("name a topic", "ws://h/ws")]
    [InlineData("TOPIC is \"a b\", which holds a character that no topic can have", "ws://h/ws", "a b")]
    [InlineData("--cursor goes with one topic", "ws://h/ws", "a", "b", "--cursor", "c")]
    [InlineData("--cursor needs bascule.v1", "ws://h/ws", "a", "--plain", "--cursor", "c")]
    [InlineData("--count is at least 1", "ws://h/ws", "a", "--count", "0")]
    public async Task A_wrong_use_is_code_64(string words, params string[] args)
    {
        var ran = await _terminal.RunAsync(["topic", "subscribe", .. args]);

        Assert.Equal((64, ""), (ran.Code, ran.Standard));
        Assert.Contains(words, ran.Error);
    }

    private Task<Ran> RunAsync(params string[] args) => _terminal.RunAsync(["topic", "subscribe", _server.WebSocketUrl, .. args]).Soon();
}
