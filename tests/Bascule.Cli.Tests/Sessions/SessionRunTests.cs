using Bascule.Testing;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule session run</c> before a server that speaks contract/terminal.md, where connections and input fail.</summary>
public sealed class SessionRunTests : IAsyncLifetime
{
    /// <summary>What is sent at once.</summary>
    private const int PieceBytes = 32 * 1024;

    /// <summary>Channel 255 and 0, as text that is not UTF-8.</summary>
    private const string EndOfInput = "\ufffd\0";

    private readonly Terminal _terminal = new();
    private readonly CancellationTokenSource _interruption = new();
    private TopicServer _server = null!;

    public async ValueTask InitializeAsync() => _server = (await TopicServer.StartAsync()).Answers(201, TermScripts.Document).Answers(204, "");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _terminal.Dispose();
        _interruption.Dispose();
    }

    [Fact]
    public async Task Ctrl_c_before_the_command_is_reached_ends_it()
    {
        _server.Then(async talk =>
        {
            await _interruption.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, talk.Response.HttpContext.RequestAborted);
        });

        var ran = await RunAsync(new MemoryStream());

        Assert.Equal((130, "Interrupted before the command was reached; its session is deleted.\n"), (ran.Code, ran.Error));
        Assert.Equal(["/api/sessions", $"/api/sessions/{TermScripts.Id}"], _server.Posts.Select(p => p.Path));
    }

    [Fact]
    public async Task Ctrl_c_while_it_connects_again_says_how_to_find_and_end_it()
    {
        _server.Then(async talk =>
        {
            await talk.AttachAsync();
            await talk.CloseAsync(4600, "host_stopping; retry=backoff");
        }).Then(async talk =>
        {
            await _interruption.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, talk.Response.HttpContext.RequestAborted);
        });

        var ran = await RunAsync(new MemoryStream());

        Assert.Equal(130, ran.Code);
        Assert.EndsWith($"The command goes on: bascule session show {TermScripts.Id}; to end it: bascule session delete {TermScripts.Id}\n", ran.Error, StringComparison.Ordinal);
        Assert.Single(_server.Posts);
    }

    [Fact]
    public async Task An_input_that_cannot_be_read_ends_for_the_command_which_says_what_that_is_worth()
    {
        var heard = "";
        _server.Then(async talk =>
        {
            await talk.AttachAsync();
            heard = await talk.HearAsync();
            await talk.ExitAsync(3);
        });

        var ran = await RunAsync(new BrokenInput());

        Assert.Equal((3, $"The standard input cannot be read, so it ends here for the command: {BrokenInput.Why}\n"), (ran.Code, ran.Error));
        Assert.Equal(EndOfInput, heard);
    }

    [Fact]
    public async Task Input_that_may_be_lost_is_said_once_for_each_connection()
    {
        _server.Then(async talk =>
        {
            await talk.AttachAsync(inputWindow: PieceBytes);
            await talk.HearAsync();
            await talk.CloseAsync(4600, "host_stopping; retry=backoff");
        }).Then(async talk =>
        {
            await talk.AttachAsync(inputWindow: PieceBytes);
            await talk.HearAsync();
            await talk.ExitAsync(0);
        });

        var ran = await RunAsync(new MemoryStream(new byte[4 * PieceBytes]));

        Assert.Equal(0, ran.Code);
        Assert.Single(ran.Error.Split('\n'), line => line.StartsWith("The connection was lost while the command read its input", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_end_of_the_input_is_told_again_when_the_connection_was_lost_behind_it()
    {
        var heard = "";
        _server.Then(async talk =>
        {
            await talk.AttachAsync();
            await talk.HearAsync();
            talk.Response.HttpContext.Abort();
        }).Then(async talk =>
        {
            await talk.AttachAsync();
            heard = await talk.HearAsync();
            await talk.ExitAsync(0);
        });

        var ran = await RunAsync(new MemoryStream());

        Assert.Equal((0, EndOfInput), (ran.Code, heard));
    }

    [Fact]
    public async Task An_end_that_the_connection_did_not_bring_is_fetched_with_what_is_missing_of_the_output()
    {
        await using var server = (await TopicServer.StartAsync()).Answers(201, TermScripts.Document).Answers(200, TermScripts.EndedWith(3)).Answers(200, TermScripts.Result(3, "abcd", "faults"));
        server.Then(async talk =>
        {
            await talk.AttachAsync();
            await talk.WriteAsync("ab");
            await talk.CloseAsync(4410, "session_over; retry=never");
        });
        using var output = new MemoryStream();
        using var errors = new MemoryStream();

        var ran = await RunAsync(new MemoryStream(), server, output, errors);

        Assert.Equal((3, "", "abcd", "faults"), (ran.Code, ran.Error, TextOf(output), TextOf(errors)));
        Assert.Equal(["/api/sessions", $"/api/sessions/{TermScripts.Id}", $"/api/sessions/{TermScripts.Id}/result"], server.Posts.Select(p => p.Path));
    }

    [Fact]
    public async Task An_end_without_a_kept_result_is_said_in_words()
    {
        await using var server = (await TopicServer.StartAsync()).Answers(201, TermScripts.Document).Answers(200, TermScripts.EndedWith(3)).Answers(404, """{"title":"There is no result."}""", "application/problem+json");
        server.Then(talk => talk.RefuseAsync(410));
        using var output = new MemoryStream();

        var ran = await RunAsync(new MemoryStream(), server, output, Stream.Null);

        Assert.Equal((3, "The command ended with exit code 3. Nothing is to be done.\n", ""), (ran.Code, ran.Error, TextOf(output)));
    }

    [Fact]
    public async Task Of_a_variable_that_is_given_twice_the_last_holds()
    {
        _server.Then(async talk =>
        {
            await talk.AttachAsync();
            await talk.ExitAsync(0);
        });

        var ran = await RunAsync(new MemoryStream(), _server, Stream.Null, Stream.Null, "-e", "LANG=a", "-e", "TERM=x", "-e", "LANG=b=c");

        Assert.Equal(0, ran.Code);
        var environment = System.Text.Json.Nodes.JsonNode.Parse(_server.Posts.First().Body)!["environment"]!;
        Assert.Equal(("b=c", "x"), ((string)environment["LANG"]!, (string)environment["TERM"]!));
    }

    private static string TextOf(MemoryStream stream) => System.Text.Encoding.UTF8.GetString(stream.ToArray());

    private Task<Ran> RunAsync(Stream input) => RunAsync(input, _server, Stream.Null, Stream.Null);

    private Task<Ran> RunAsync(Stream input, TopicServer server, Stream output, Stream errors, params string[] words) => _terminal.RunAsync(
        s => Program.CreateRoot(s with { Bytes = new ByteStreams(input, output, errors) }),
        _interruption.Token, ["session", "run", "--url", server.Url, "--profile", "p", .. words, "--", "c"]).Soon();
}
