using System.Diagnostics;
using System.Text;
using Bascule.Testing;

namespace Bascule.Cli.Tests;

/// <summary>Where <c>bascule session recording</c> puts what it fetches, and what it leaves alone.</summary>
public sealed class SessionRecordingTests : IAsyncLifetime
{
    private const string Cast = "{\"version\":3}\n";

    private readonly Terminal _terminal = new();
    private readonly MemoryStream _output = new();
    private TopicServer _server = null!;

    public async ValueTask InitializeAsync() => _server = (await TopicServer.StartAsync()).Answers(200, Cast, "application/x-asciicast");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _output.DisposeAsync();
        _terminal.Dispose();
    }

    [Fact]
    public async Task A_file_is_replaced_as_a_whole_and_its_neighbour_with_the_name_of_a_draft_stays()
    {
        _terminal.With("a.cast", "of before").With("a.cast.part", "of somebody");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(At("a.cast"), UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var ran = await RunAsync("-o", "a.cast");

        Assert.Equal((0, $"{At("a.cast")}\n", ""), (ran.Code, ran.Standard, ran.Error));
        Assert.Equal((Cast, "of somebody"), (Read("a.cast"), Read("a.cast.part")));
        Assert.Equal(2, _terminal.Files.Length);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(At("a.cast")));
    }

    [Fact]
    public async Task A_new_file_is_its_owners_alone()
    {
        await RunAsync("-o", "a.cast");

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(At("a.cast")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_link_stays_and_what_it_leads_to_gets_the_recording(bool isThere)
    {
        Directory.CreateDirectory(At("in"));
        if (isThere)
            _terminal.With("in/real.cast", "of before");
        File.CreateSymbolicLink(At("second"), "in/real.cast");
        File.CreateSymbolicLink(At("first"), "second");

        var ran = await RunAsync("-o", "first");

        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.Equal(("second", "in/real.cast", Cast), (new FileInfo(At("first")).LinkTarget, new FileInfo(At("second")).LinkTarget, Read("in/real.cast")));
        Assert.Single(Directory.GetFiles(At("in")));
    }

    [Fact]
    public async Task A_device_is_written_to_and_stays_one()
    {
        // Behind a link: if it were replaced, the machine would keep its device.
        File.CreateSymbolicLink(At("full"), "/dev/full");

        var ran = await RunAsync("-o", "full");

        Assert.Equal(1, ran.Code);
        Assert.StartsWith($"{At("full")} cannot be written: No space left on device", ran.Error, StringComparison.Ordinal);
        Assert.Single(ran.Error.TrimEnd().Split('\n'));
        Assert.Equal("/dev/full", new FileInfo(At("full")).LinkTarget);
        Assert.Single(_terminal.Files);
    }

    [Fact]
    public async Task A_named_pipe_is_written_to_and_stays_one()
    {
        using (var made = Process.Start("mkfifo", [At("pipe")]))
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        var reading = Task.Run(() => File.ReadAllText(At("pipe")), TestContext.Current.CancellationToken);

        var ran = await RunAsync("-o", "pipe");

        Assert.Equal((0, "", Cast), (ran.Code, ran.Error, await reading.Soon()));
        Assert.Equal([At("pipe")], _terminal.Files);
    }

    [Fact]
    public async Task Who_waits_for_the_reader_of_a_pipe_can_be_interrupted()
    {
        using (var made = Process.Start("mkfifo", [At("pipe")]))
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        using var interruption = new CancellationTokenSource();
        var running = RunAsync(_output, interruption.Token, "-o", "pipe");

        await interruption.CancelAsync();

        Assert.Equal((130, "Interrupted.\n"), ((await running).Code, (await running).Error));
        // Lets the thread go that waits for a reader.
        await using var reader = new FileStream(At("pipe"), FileMode.Open, FileAccess.ReadWrite);
    }

    [Theory]
    [InlineData("-")]
    [InlineData("/dev/stdout")]
    public async Task The_standard_output_can_be_named(string name)
    {
        var ran = await RunAsync("-o", name);

        Assert.Equal((0, "", "", Cast), (ran.Code, ran.Standard, ran.Error, Encoding.UTF8.GetString(_output.ToArray())));
        Assert.Empty(_terminal.Files);
    }

    [Fact]
    public async Task An_empty_name_is_refused()
    {
        var ran = await RunAsync("-o", "");

        Assert.Equal((64, "--output is empty: name a file behind it, or `-` for the standard output.\nSee: bascule session recording --help\n"), (ran.Code, ran.Error));
        Assert.Empty(_server.Posts);
    }

    [Theory]
    [InlineData("no-such-folder/x.cast")]
    [InlineData(".")]
    public async Task A_place_that_takes_no_file_is_one_line(string name)
    {
        var ran = await RunAsync("-o", name);

        Assert.Equal(1, ran.Code);
        Assert.StartsWith($"{Path.GetFullPath(At(name))} cannot be written: ", ran.Error, StringComparison.Ordinal);
        Assert.Single(ran.Error.TrimEnd().Split('\n'));
        Assert.Empty(_terminal.Files);
    }

    [Fact]
    public async Task A_refusal_leaves_what_was_there()
    {
        await using var server = (await TopicServer.StartAsync()).Answers(404, """{"title":"There is no recording.","detail":"It was not recorded."}""", "application/problem+json");
        _terminal.With("a.cast", "of before");

        var (old, none) = (await RunAsync(server, _output, CancellationToken.None, "-o", "a.cast"), await RunAsync(server, _output, CancellationToken.None, "-o", "b.cast"));

        Assert.Equal((1, 1, "of before"), (old.Code, none.Code, Read("a.cast")));
        Assert.Single(_terminal.Files);
    }

    [Fact]
    public async Task A_full_disk_behind_the_standard_output_is_one_line()
    {
        await using var full = RefusingStream.Full;

        var ran = await RunAsync(full, CancellationToken.None);

        Assert.Equal((70, "The standard output cannot be written: No space left on device. Send it to a place that takes it, and run this again.\n"), (ran.Code, ran.Error));
    }

    [Fact]
    public async Task A_reader_that_has_gone_needs_no_word()
    {
        await using var gone = RefusingStream.ReaderGone;

        var ran = await RunAsync(gone, CancellationToken.None);

        Assert.Equal((141, ""), (ran.Code, ran.Error));
    }

    private string At(string name) => Path.Combine(_terminal.Directory, name);

    private string Read(string name) => File.ReadAllText(At(name));

    private Task<Ran> RunAsync(params string[] words) => RunAsync(_output, CancellationToken.None, words);

    private Task<Ran> RunAsync(Stream output, CancellationToken interruption, params string[] words) => RunAsync(_server, output, interruption, words);

    private Task<Ran> RunAsync(TopicServer server, Stream output, CancellationToken interruption, params string[] words) => _terminal.RunAsync(
        s => Program.CreateRoot(s with { Bytes = new ByteStreams(Stream.Null, output, Stream.Null) }),
        interruption, ["session", "recording", TermScripts.Id, "--url", server.Url, .. words]).Soon();
}
