using Bascule.Testing;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule session attach</c> before a server that speaks contract/terminal.md, without a keyboard.</summary>
public sealed class SessionAttachTests : IAsyncLifetime
{
    private readonly Terminal _terminal = new() { Screen = new PaperTerminal(80, 24) };
    private readonly MemoryStream _screen = new();
    private TopicServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TopicServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _terminal.Dispose();
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

    private string Screen => System.Text.Encoding.UTF8.GetString(_screen.ToArray());

    private Task<Ran> RunAsync(Stream input) => RunAsync(input, _server.WebSocketUrl);

    private Task<Ran> RunAsync(Stream input, string id, params string[] words) => _terminal.RunAsync(
        s => Program.CreateRoot(s with { Bytes = new ByteStreams(input, _screen, Stream.Null) }),
        CancellationToken.None, ["session", "attach", id, "--read-only", .. words]).Soon();
}
