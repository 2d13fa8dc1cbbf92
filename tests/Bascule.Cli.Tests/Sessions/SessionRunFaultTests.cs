using System.Diagnostics;
using Bascule.Testing;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule session run</c> where what the command writes cannot be written, where its time cannot be, and where it is ended from outside.</summary>
public sealed class SessionRunFaultTests : IAsyncLifetime
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
    public async Task A_full_disk_is_said_and_ends_the_command()
    {
        Writes().Answers(201, TermScripts.Document).Answers(204, "");
        await using var full = RefusingStream.Full;

        var ran = await RunAsync(full);

        Assert.Equal((70, "The standard output cannot be written: No space left on device. So the command is ended.\n"), (ran.Code, ran.Error));
        Assert.Equal(["/api/sessions", $"/api/sessions/{TermScripts.Id}"], _server.Posts.Select(p => p.Path));
    }

    [Fact]
    public async Task A_reader_that_has_gone_ends_the_command_without_a_word()
    {
        Writes().Answers(201, TermScripts.Document).Answers(204, "");
        await using var gone = RefusingStream.ReaderGone;

        var ran = await RunAsync(gone);

        Assert.Equal((141, "", 2), (ran.Code, ran.Error, _server.Posts.Count));
    }

    [Fact]
    public async Task A_command_that_could_not_be_ended_is_named()
    {
        Writes().Answers(201, TermScripts.Document).Answers(503, """{"title":"Away.","detail":"Come back later."}""", "application/problem+json");
        await using var full = RefusingStream.Full;

        var ran = await RunAsync(full);

        Assert.Equal(
            (70, $"The standard output cannot be written: No space left on device. The command could not be ended. Away (503): Come back later. To end it later: bascule session delete {TermScripts.Id}\n"),
            (ran.Code, ran.Error));
    }

    [Theory]
    [InlineData("60d")]
    [InlineData("49d1ms")]
    [InlineData("999999999d")]
    public async Task A_time_that_no_timer_waits_is_refused_before_anything_starts(string time)
    {
        var ran = await RunAsync(Stream.Null, "--timeout", time);

        Assert.Equal(64, ran.Code);
        if (time != "999999999d")
            Assert.Equal($"bascule session run: --timeout is \"{time}\"; the longest is 49d.\n", ran.Error);
        Assert.Empty(_server.Posts);
    }

    [Fact]
    public async Task The_longest_time_can_be_waited()
    {
        _server.Answers(201, TermScripts.Document).Then(async talk =>
        {
            await talk.AttachAsync();
            await talk.ExitAsync(3);
        });

        var ran = await RunAsync(Stream.Null, "--timeout", "49d");

        Assert.Equal((3, ""), (ran.Code, ran.Error));
    }

    [Theory]
    [InlineData("HUP", 129, "")]
    [InlineData("QUIT", 131, "")]
    [InlineData("HUP", 129, "2>/dev/full")]
    public async Task A_signal_that_ends_it_says_first_where_the_command_is(string signal, int code, string errors)
    {
        var attached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Answers(201, TermScripts.Document).Then(async talk =>
        {
            await talk.AttachAsync();
            await talk.HearAsync();
            attached.SetResult();
            await talk.HearAsync();
        });
        // A test may be started where they are ignored; and no core is to be left.
        var program = Path.Combine(AppContext.BaseDirectory, "bascule.dll");
        using var running = Process.Start(new ProcessStartInfo(
            "sh", ["-c", $"ulimit -c 0; exec env --default-signal=HUP,QUIT dotnet '{program}' session run --url {_server.Url} --profile p -- c </dev/null {errors}"]) { UseShellExecute = false, RedirectStandardError = true })!;
        var words = running.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        // What it hears is the end of the input: it follows the command by now.
        await attached.Task.Soon();

        using (var kill = Process.Start("kill", ["-s", signal, $"{running.Id}"]))
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);

        await running.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        var told = $"SIG{signal} ends this here. The command goes on: bascule session show {TermScripts.Id}; to end it: bascule session delete {TermScripts.Id}\n";
        Assert.Equal((code, errors.Length == 0 ? told : ""), (running.ExitCode, await words));
    }

    /// <summary>A command that writes, and whose client leaves then.</summary>
    private TopicServer Writes() => _server.Then(async talk =>
    {
        await talk.AttachAsync();
        await talk.WriteAsync("hi");
        while (await talk.HearAsync() is not "")
        {
            // Until it leaves.
        }
    });

    private Task<Ran> RunAsync(Stream output, params string[] words) => _terminal.RunAsync(
        s => Program.CreateRoot(s with { Bytes = new ByteStreams(Stream.Null, output, Stream.Null) }),
        CancellationToken.None, ["session", "run", "--url", _server.Url, "--profile", "p", .. words, "--", "c"]).Soon();
}
