using System.Text.Json.Nodes;
using Bascule.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Terminal.Tests;

/// <summary>What is written down of a terminal.</summary>
public sealed class RecorderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bascule-recordings-").FullName;

    [Fact]
    public async Task Output_is_recorded_whole_and_input_only_when_it_is_asked_for()
    {
        var (_, output) = await RecordAsync(RecordingMode.Output);
        Assert.Equal("ready\r\ngot secret\r\n", Text(output, 'o'));
        Assert.Equal("", Text(output, 'i'));
        Assert.Equal("3", Text(output, 'x'));
        Assert.Equal("100x30", Text(output, 'r'));
        Assert.Contains("ann attached to write", Text(output, 'm'), StringComparison.Ordinal);

        var (_, input) = await RecordAsync(RecordingMode.Input);
        Assert.Equal(("secret\r", "ready\r\ngot secret\r\n"), (Text(input, 'i'), Text(input, 'o')));
    }

    [Fact]
    public async Task Input_that_the_program_did_not_take_is_marked()
    {
        await using var host = await StartAsync();
        var id = host.Start("exec 0<&-; echo ready; exec sleep 1000", o => o with { Tty = false, Recording = RecordingMode.Input });
        await using var client = await host.AttachAsync(id);
        await client.HelloAsync();
        await client.ReadUntilAsync("ready");

        await client.TypeAsync("to nobody");
        await client.NoticeAsync("denied");
        await host.DriveAsync(host.Table.DeleteAsync(id, EndCause.Deleted));

        await using var file = File.OpenRead(Path.Combine(_folder, id + ".cast"));
        var events = CastReader.Read(file).Events;
        Assert.Equal("to nobody", Text(events, 'i'));
        Assert.Contains("the last input was not passed on", Text(events, 'm'), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_has_nothing_that_was_shown_or_typed()
    {
        var (header, events) = await RecordAsync(RecordingMode.Metadata);

        Assert.Equal((3, 80, 24), (header.Version, header.Term.Cols, header.Term.Rows));
        Assert.DoesNotContain(events, e => e.Code is 'o' or 'i');
        Assert.Equal("3", Text(events, 'x'));
    }

    [Fact]
    public async Task A_recording_is_its_owners_alone_and_is_told_with_its_digest()
    {
        await using var host = await StartAsync();
        var id = host.Start("seq 1 200000", o => o with { Recording = RecordingMode.Output, ScrollbackBytes = TerminalOrder.LeastScrollback, Hold = TimeSpan.Zero });
        await host.Find(id).Ended.Soon();

        var file = Path.Combine(_folder, id + ".cast");
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        var bytes = await host.Http.GetByteArrayAsync($"v1/terminals/{id}/recording").Soon();
        Assert.Equal(await File.ReadAllBytesAsync(file), bytes);
        using var stream = new MemoryStream(bytes);
        var proof = CastVerifier.Verify(stream);
        var told = (string)(await host.GetAsync($"v1/terminals/{id}"))["recordingDigest"]!;
        Assert.Equal((CastVerdict.Whole, told), (proof.Verdict, proof.Digest));
        // Nobody was attached, the ring is small, and all of it was written nevertheless.
        stream.Position = 0;
        Assert.Equal(string.Concat(Enumerable.Range(1, 200_000).Select(n => $"{n}\r\n")), Text(CastReader.Read(stream).Events, 'o'));
    }

    [Fact]
    public async Task The_recording_of_what_still_runs_can_be_read()
    {
        await using var host = await StartAsync();
        var id = host.Start("echo here; cat", o => o with { Recording = RecordingMode.Output });

        var text = "";
        while (!text.Contains("here", StringComparison.Ordinal))
            text = await host.Http.GetStringAsync($"v1/terminals/{id}/recording").Soon();

        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await host.Http.GetAsync("v1/terminals/unknown/recording").Soon()).StatusCode);
    }

    [Fact]
    public async Task On_a_full_disk_the_recording_ends_says_so_and_the_session_goes_on()
    {
        using var disk = SmallDisk.TryMount(_folder, "1m");
        Assert.True(disk is not null, "Only root can mount a small disk to fill: run this test as root.");
        await using var host = await StartAsync();
        var id = host.Start("read go; seq 1 300000; echo over; read x; exit 5", o => o with { Recording = RecordingMode.Output });
        await using var client = await host.AttachAsync(id);
        await client.HelloAsync();
        // Not before somebody is there who is told.
        await client.TypeAsync("\r");

        await client.ReadUntilAsync("over");
        var notice = await client.NoticeAsync("recording_cut");
        await client.TypeAsync("\r");
        var (_, exit) = await client.ReadToEndAsync();
        await host.Find(id).Ended.Soon();

        Assert.Contains("the session goes on", (string)notice["text"]!, StringComparison.Ordinal);
        Assert.Equal(("exited", 5), ((string)exit!["cause"]!, (int)exit["code"]!));
        // What is there can be read, ends with a whole line, and shows that something is missing.
        var text = await File.ReadAllTextAsync(Path.Combine(_folder, id + ".cast"), TestContext.Current.CancellationToken);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        using var file = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
        var events = CastReader.Read(file).Events;
        Assert.Contains("1\r\n2\r\n3\r\n", Text(events, 'o'), StringComparison.Ordinal);
        Assert.Equal("", Text(events, 'x'));
        file.Position = 0;
        Assert.True(text.Contains("# the recording is cut here", StringComparison.Ordinal) || CastVerifier.Verify(file).Verdict != CastVerdict.Whole);
    }

    [Fact]
    public async Task A_recording_whose_file_is_taken_away_ends_says_so_and_has_no_digest()
    {
        await using var host = await StartAsync();
        var id = host.Start("read x; exit 3", o => o with { Recording = RecordingMode.Output });
        await using var client = await host.AttachAsync(id);
        await client.HelloAsync();
        File.Delete(Path.Combine(_folder, id + ".cast"));

        host.Time.Advance(TimeSpan.FromSeconds(5));
        var notice = await client.NoticeAsync("recording_cut");
        var gone = await host.Http.GetAsync($"v1/terminals/{id}/recording").Soon();
        await client.TypeAsync("\r");
        await client.ReadToEndAsync();
        await host.Find(id).Ended.Soon();

        Assert.Contains("its file was taken away", (string)notice["text"]!, StringComparison.Ordinal);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Contains("no_recording", await gone.Content.ReadAsStringAsync().Soon(), StringComparison.Ordinal);
        Assert.Null((await host.GetAsync($"v1/terminals/{id}"))["recordingDigest"]);
    }

    [Fact]
    public async Task A_file_in_the_place_of_the_folder_is_told_without_the_paths_of_the_host()
    {
        var file = Path.Combine(_folder, "recordings");
        await File.WriteAllTextAsync(file, "");
        await using var host = await TestHost.StartAsync(rules: r => r with { Recordings = file });

        var refusal = host.Table.Start(new TerminalOrder { Id = "s1", Command = ["cat"], Recording = RecordingMode.Output }, 16);

        Assert.Equal(("recording_unavailable", "The recording cannot be written: the folder of recordings is a file, and no folder."), (refusal!.Label, refusal.Detail));
    }

    [Theory]
    [InlineData("exited", 3, null, 3)]
    [InlineData("signalled", null, "SIGTERM", 143)]
    [InlineData("deleted", null, "SIGHUP", 129)]
    [InlineData("idle", 7, null, 7)]
    [InlineData("host_stopping", null, null, 1)]
    public void The_exit_is_told_as_a_shell_tells_it_whoever_ended_the_program(string cause, int? code, string? signal, int expected) =>
        Assert.Equal(expected, ChannelStatus.ShellCodeOf(new ExitFrame(cause, code, signal, default, default, 0, 0, Truncated: false)));

    [Theory]
    [InlineData("../escape")]
    [InlineData("/absolute")]
    [InlineData("")]
    public void A_name_that_leads_elsewhere_makes_no_file(string id)
    {
        var order = new TerminalOrder { Id = id, Command = ["cat"], Recording = RecordingMode.Output };

        Assert.Throws<IOException>(() => Recorder.Open(_folder, order, NullLogger.Instance, new ManualTime()));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Nothing_is_left_of_a_recording_whose_command_did_not_start()
    {
        await using var host = await StartAsync();

        var refusal = host.Table.Start(new TerminalOrder { Id = "s1", Command = ["no-such-program-anywhere"], Recording = RecordingMode.Output }, 16);

        Assert.Equal("command_not_found", refusal!.Label);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Input_that_is_taken_after_the_end_is_not_recorded_and_is_no_fault()
    {
        await using var host = new TerminalHost();
        var order = host.Order("sh", "-c", "exit 3") with { Recording = RecordingMode.Input };
        var recorder = Recorder.Open(_folder, order, NullLogger.Instance, TimeProvider.System);
        await using var terminal = new HostedTerminal(host.Start(order), 16, recorder, new ChangeLog("h-1", TimeProvider.System), TimeProvider.System);
        terminal.TellStarted();
        await terminal.Ended.Soon();

        await recorder.InputAsync("late"u8.ToArray());

        await using var file = File.OpenRead(Path.Combine(_folder, order.Id + ".cast"));
        Assert.DoesNotContain(CastReader.Read(file).Events, e => e.Code == 'i');
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Text(IReadOnlyList<CastEvent> events, char code) => string.Concat(events.Where(e => e.Code == code).Select(e => e.Text));

    private Task<TestHost> StartAsync() => TestHost.StartAsync(rules: r => r with { Recordings = _folder });

    private async Task<(CastHeader Header, IReadOnlyList<CastEvent> Events)> RecordAsync(RecordingMode mode)
    {
        await using var host = await StartAsync();
        // Typed before the echo is off it would be in the output, too.
        var id = host.Start("stty -echo; echo ready; read x; echo got $x; exit 3", o => o with { Recording = mode });
        await using var client = await host.AttachAsync(id, query: "?user=ann");
        await client.HelloAsync();
        await client.SendJsonAsync(TermChannel.Resize, new JsonObject { ["Width"] = 100, ["Height"] = 30 });
        await Waiting.UntilAsync(() =>
        {
            host.Time.Advance(SizeRule.Pause);
            return host.Find(id).Terminal.Size.Columns == 100;
        });
        await client.ReadUntilAsync("ready");
        await client.TypeAsync("secret\r");
        await client.ReadToEndAsync();
        await host.Find(id).Ended.Soon();
        // Who is attached leaves because it is over: that is nothing that was lost.
        Assert.DoesNotContain("missing here", await File.ReadAllTextAsync(Path.Combine(_folder, id + ".cast")), StringComparison.Ordinal);
        await using var file = File.OpenRead(Path.Combine(_folder, id + ".cast"));
        return CastReader.Read(file);
    }
}
