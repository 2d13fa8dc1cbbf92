using System.IO.Pipes;
using System.Net.WebSockets;
using System.Text;
using Bascule.Testing;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule session attach</c> before a server that speaks contract/terminal.md, without a keyboard.</summary>
public sealed class SessionAttachTests : IAsyncLifetime
{
    private readonly Terminal _terminal = new() { Screen = new PaperTerminal(80, 24) };
    private readonly MemoryStream _screen = new();
    private readonly AnonymousPipeServerStream _keys = new(PipeDirection.Out);
    private TopicServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TopicServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _terminal.Dispose();
        await _keys.DisposeAsync();
        await _screen.DisposeAsync();
    }

    [Fact]
    public async Task Who_only_looks_needs_no_keyboard()
    {
        _server.Then(async talk =>
        {
            await talk.AttachAsync("read");
            await talk.WriteAsync("all of it");
            await talk.ExitAsync(3);
        });

        var ran = await RunAsync(Stream.Null);

        Assert.Equal((3, "The session is over: exit code 3.\n"), (ran.Code, ran.Error));
        Assert.Contains("all of it", Screen);
    }

    [Fact]
    public async Task A_keyboard_that_cannot_be_read_is_said_at_once_and_leaves_the_screen_as_it_was()
    {
        _server.Then(async talk =>
        {
            await talk.AttachAsync("read");
            await talk.HearAsync();
        });

        var ran = await RunAsync(new BrokenInput());

        Assert.Equal((1, $"The keyboard cannot be read: {BrokenInput.Why}\nLeft; the session goes on.\n"), (ran.Code, ran.Error));
        Assert.EndsWith("\e(B\x0f\r\n", Screen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_leaves_while_output_comes_says_goodbye_and_is_not_taken_for_lost()
    {
        var closed = new TaskCompletionSource<WebSocketCloseStatus?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Then(async talk =>
        {
            await talk.AttachAsync("read");
            await _keys.WriteAsync("\u0010\u0011"u8.ToArray());
            for (var i = 0; i < 100; i++)
                await talk.WriteAsync(new string('x', 10_000));
            while (await talk.HearAsync() is not "")
            {
            }

            closed.SetResult(talk.CloseCode);
        });

        var ran = await TypeAsync(Silence(), _server.WebSocketUrl);

        Assert.EndsWith("Left; the session goes on.\n", ran.Error, StringComparison.Ordinal);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, await closed.Task.Soon());
    }

    [Theory]
    [InlineData(410)]
    [InlineData(401)]
    public async Task Why_the_session_is_over_is_said_rather_than_the_status_of_a_refusal(int status)
    {
        _server.Answers(200, TermScripts.Document).Answers(200, TermScripts.EndedWith(3)).Then(talk => talk.RefuseAsync(status));

        var ran = await RunAsync(Stream.Null, TermScripts.Id, "--url", _server.Url);

        Assert.Equal((3, "The command ended with exit code 3. Nothing is to be done.\n"), (ran.Code, ran.Error));
    }

    [Fact]
    public async Task A_refusal_of_a_session_that_runs_is_told_as_it_is()
    {
        _server.Answers(200, TermScripts.Document).Then(talk => talk.RefuseAsync(401));

        var ran = await RunAsync(Stream.Null, TermScripts.Id, "--url", _server.Url);

        Assert.Equal((1, $"{new Uri(_server.Url).Authority} refused the WebSocket with 401.\n"), (ran.Code, ran.Error));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Whose_right_has_run_out_is_told_so(int status)
    {
        _server.Answers(200, TermScripts.Document)
            .Then(async talk =>
            {
                await talk.AttachAsync("read");
                await talk.CloseAsync(4602, "token_lapsed; retry=now");
            })
            .Then(talk => talk.RefuseAsync(status));

        var ran = await RunAsync(Stream.Null, TermScripts.Id, "--url", _server.Url);

        Assert.Equal(1, ran.Code);
        Assert.EndsWith($" refused the WebSocket with {status}. It let you in before, so your token or link has probably run out: attach with a new one. The session goes on without you.\n", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/terminal?session=")]
    [InlineData("/ws/session/")]
    public async Task The_address_that_its_owner_was_told_is_as_good_as_its_id(string address)
    {
        _server.Answers(200, TermScripts.Document).Then(async talk =>
        {
            await talk.AttachAsync("read");
            await talk.ExitAsync(3);
        });

        var ran = await RunAsync(Stream.Null, _server.Url.TrimEnd('/') + address + TermScripts.Id, "--url", _server.Url, "--token", "mine");

        Assert.Equal((3, "The session is over: exit code 3.\n"), (ran.Code, ran.Error));
    }

    [Fact]
    public async Task A_token_does_not_go_to_an_address_that_is_not_the_gateways()
    {
        var ran = await RunAsync(Stream.Null, $"http://elsewhere.example/terminal?session={TermScripts.Id}", "--url", _server.Url, "--token", "mine");

        Assert.Equal((64, $"bascule session attach: that session is at elsewhere.example, and {new Uri(_server.Url).Authority} would be asked: name the gateway with --url.\n"), (ran.Code, ran.Error));
    }

    [Fact]
    public async Task Who_asked_to_look_on_is_told_that_he_does_so()
    {
        _server.Then(AttachedAsReaderAsync);

        var ran = await RunAsync(Stream.Null);

        Assert.Equal(3, ran.Code);
        Assert.Contains(" You look on, as you asked. ", Screen);
        Assert.DoesNotContain("--take", Screen);
    }

    [Fact]
    public async Task What_he_is_told_stands_there_also_when_the_screen_was_drawn_anew()
    {
        _server.Then(async talk =>
        {
            await talk.AttachAsync("read");
            await talk.ReplayAsync("$ what was before");
            await talk.ExitAsync(3);
        });

        await RunAsync(Stream.Null);

        Assert.Contains(" You look on, as you asked. ", Screen[Screen.IndexOf("$ what was before", StringComparison.Ordinal)..]);
    }

    [Theory]
    [InlineData("?session=x&link=abc", "This link lets you look on, and not type.")]
    [InlineData("", "You look on, and cannot type now.")]
    public async Task Who_may_only_look_on_is_told_so(string query, string words)
    {
        _server.Then(AttachedAsReaderAsync);

        var ran = await TypeAsync(Silence(), "--take", _server.WebSocketUrl + query);

        Assert.Equal((3, "The session is over: exit code 3.\n"), (ran.Code, ran.Error));
        Assert.Contains($" {words} ", Screen);
        Assert.DoesNotContain("--take", Screen);
    }

    [Theory]
    [InlineData("ann", "ann")]
    [InlineData("", "Somebody else")]
    public async Task Of_who_writes_it_is_said_how_to_take_over(string user, string shown)
    {
        _server.Answers(200, TermScripts.Document.Replace("\"tty\":false", "\"tty\":true", StringComparison.Ordinal)).Then(async talk =>
        {
            await talk.AttachAsync("read");
            await talk.OccupiedAsync(user);
            await talk.ExitAsync(3);
        });

        await TypeAsync(Silence(), TermScripts.Id, "--url", _server.Url);

        Assert.Contains($" {shown} writes here; you look on. (--take takes over) ", Screen);
    }

    [Fact]
    public async Task The_end_of_what_is_typed_is_that_of_the_input_where_there_is_no_terminal()
    {
        _server.Answers(200, TermScripts.Document).Then(async talk =>
        {
            await talk.AttachAsync();
            while (await talk.HearAsync() is not "\ufffd\0")
            {
                // The size of our terminal may come before.
            }

            await talk.ExitAsync(0);
        });

        var ran = await TypeAsync(Stream.Null, TermScripts.Id.ToUpperInvariant(), "--url", _server.Url);

        Assert.Equal((0, "The session is over: exit code 0.\n"), (ran.Code, ran.Error));
        Assert.Contains("This session has no terminal, and takes lines: Ctrl-D ends its input, Ctrl-C leaves it.\n", Screen);
    }

    [Theory]
    [InlineData("Retry-After: 2000000000")]
    [InlineData("after:999d")]
    public async Task A_server_that_asks_for_years_is_asked_again_in_an_hour(string wish)
    {
        using var interruption = new CancellationTokenSource();
        using var screen = new WatchedStream("Next try in 3600", interruption.Cancel);
        _server.Then(async talk =>
        {
            talk.Response.Headers.RetryAfter = wish.Split(' ')[^1];
            if (wish.StartsWith("Retry", StringComparison.Ordinal))
            {
                await talk.RefuseAsync(503);
                return;
            }

            await talk.AttachAsync("read");
            await talk.CloseAsync(4600, $"host_stopping; retry={wish}");
        });

        var ran = await _terminal.RunAsync(
            s => Program.CreateRoot(s with { Bytes = new ByteStreams(Stream.Null, screen, Stream.Null) }), interruption.Token, "session", "attach", _server.WebSocketUrl, "--read-only").Soon();

        Assert.Equal((0, "Left; the session goes on.\n"), (ran.Code, ran.Error));
    }

    private static async Task AttachedAsReaderAsync(TopicServer.Talk talk)
    {
        await talk.AttachAsync("read");
        await talk.ExitAsync(3);
    }

    /// <summary>A keyboard at which nobody types, until the test is over.</summary>
    private AnonymousPipeClientStream Silence() => new(PipeDirection.In, _keys.ClientSafePipeHandle);

    private Task<Ran> TypeAsync(Stream input, params string[] words) => _terminal.RunAsync(
        s => Program.CreateRoot(s with { Bytes = new ByteStreams(input, _screen, Stream.Null) { HasKeyboard = true } }),
        CancellationToken.None, ["session", "attach", .. words]).Soon();

    private string Screen => Encoding.UTF8.GetString(_screen.ToArray());

    private Task<Ran> RunAsync(Stream input) => RunAsync(input, _server.WebSocketUrl);

    private Task<Ran> RunAsync(Stream input, string id, params string[] words) => _terminal.RunAsync(
        s => Program.CreateRoot(s with { Bytes = new ByteStreams(input, _screen, Stream.Null) }),
        CancellationToken.None, ["session", "attach", id, "--read-only", .. words]).Soon();
}
