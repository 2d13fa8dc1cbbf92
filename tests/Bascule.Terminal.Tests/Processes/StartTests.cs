using System.Collections;
using Bascule.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Terminal.Tests;

/// <summary>What a new process finds, and why some are not started.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_of_the_host_is_open_in_the_child(bool hasTerminal)
    {
        await using var host = new TerminalHost();
        var busy = host.StartCommand("read x");
        var terminal = host.Start(host.Order("ls", "/proc/self/fd") with { Tty = hasTerminal });

        // 3 is the folder that ls reads.
        Assert.Equal(["0", "1", "2", "3"], (await terminal.Output.ReadTextAsync()).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.False(busy.Ended.IsCompleted);
    }

    [Fact]
    public async Task Where_the_library_cannot_close_the_rest_what_was_inherited_is_closed_by_name()
    {
        await using var host = new TerminalHost();
        // Such as this host might have got from its own parent: it survives exec.
        var inherited = Libc.Open("/dev/null", 0);

        var open = await RunAsync(host, host.Order("ls", "/proc/self/fd"), new SpawnAbilities(ChangesDirectory: true, ClosesFrom: false));

        Libc.Close(inherited);
        Assert.Equal("0\n1\n2\n3\n", open);
    }

    [Fact]
    public async Task No_signal_is_ignored_or_blocked()
    {
        // The C library keeps 32 and 33 for its threads, and ignores them in what posix_spawn starts until there are some.
        const long ofTheLibrary = 3L << 31;
        await using var host = new TerminalHost();
        var terminal = host.Start(host.Order("sed", "-n", @"s/^Sig\(Blk\|Ign\):\s*//p", "/proc/self/status"));

        var masks = (await terminal.Output.ReadTextAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal([0L, 0L], masks.Select(mask => Convert.ToInt64(mask, 16) & ~ofTheLibrary));
    }

    [Fact]
    public async Task A_writer_without_a_reader_ends_by_SIGPIPE()
    {
        await using var host = new TerminalHost();
        var terminal = host.StartCommand("(yes; echo $? >&2) | head -1");

        Assert.Equal("141\n", await terminal.Errors!.ReadTextAsync());
    }

    [Fact]
    public async Task The_environment_has_what_is_allowed_what_was_given_and_the_marks()
    {
        await using var host = new TerminalHost();
        var own = new Hashtable
        {
            ["SECRET_TOKEN"] = "leak", ["BASCULE_AGENT_SECRET"] = "leak", ["LD_PRELOAD"] = "", ["TERM"] = "dumb", ["LC_TIME"] = "C", ["LANG"] = "of the host", ["TZ"] = "UTC", ["HOME"] = "/",
            ["USER"] = "u", ["SHELL"] = "/bin/sh", ["PATH"] = "/usr/bin:/bin", ["BASCULE_SESSION_ID"] = "of another one",
        };
        var order = host.Order("env") with { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["LANG"] = "C.UTF-8", ["EXTRA"] = "a=b c", ["BASCULE_SESSION_HOST"] = "forged" } };

        var lines = (await RunAsync(host, order, SpawnAbilities.OfThisSystem, own)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        string[] expected =
        [
            $"BASCULE_SESSION_HOST={host.Mark}", $"BASCULE_SESSION_ID={order.Id}", "EXTRA=a=b c", "HOME=/", "LANG=C.UTF-8", "LC_TIME=C", "PATH=/usr/bin:/bin", "SHELL=/bin/sh", "TERM=dumb", "TZ=UTC", "USER=u",
        ];
        Assert.Equal(expected, lines.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task No_variable_of_this_very_process_leaks_and_a_terminal_is_that_of_browsers()
    {
        await using var host = new TerminalHost();
        Environment.SetEnvironmentVariable("BASCULE_TEST_SECRET", "leak");

        var text = await host.Start(host.Order("env")).Output.ReadTextAsync();

        Assert.DoesNotContain("leak", text, StringComparison.Ordinal);
        Assert.Contains("\nTERM=xterm-256color\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_arrive_as_they_are()
    {
        await using var host = new TerminalHost();
        var terminal = host.Start(host.Order("printf", "[%s]", "a b", "", "$(id); `id` | x > y & z", "ü\n'\"\\*") with { Tty = false });

        Assert.Equal("[a b][][$(id); `id` | x > y & z][ü\n'\"\\*]", await terminal.Output.ReadTextAsync());
    }

    [Fact]
    public async Task It_starts_in_the_folder_that_was_asked_for()
    {
        await using var host = new TerminalHost();
        var terminal = host.Start(host.Order("pwd") with { WorkingDirectory = "/usr/bin" });
        var relative = host.Start(host.Order("./env", "pwd") with { WorkingDirectory = "/usr/bin" });

        Assert.Equal("/usr/bin\r\n", await terminal.Output.ReadTextAsync());
        Assert.Equal("/usr/bin\r\n", await relative.Output.ReadTextAsync());
    }

    [Theory]
    [InlineData(StartFault.CommandNotFound, "command_not_found", "`no-such-program` in the PATH of the session", null, "no-such-program")]
    [InlineData(StartFault.CommandNotFound, "command_not_found", "/no/such/program", null, "/no/such/program")]
    [InlineData(StartFault.NotExecutable, "not_executable", "is a folder", null, "/usr")]
    [InlineData(StartFault.NotExecutable, "not_executable", "execute permission", null, "/etc/passwd")]
    [InlineData(StartFault.WorkingDirectory, "working_directory", "/no/such/folder is not there", "/no/such/folder", "true")]
    [InlineData(StartFault.WorkingDirectory, "working_directory", "it is a file", "/etc/passwd", "true")]
    [InlineData(StartFault.WorkingDirectory, "working_directory", "no absolute path", "relative", "true")]
    [InlineData(StartFault.BadOrder, "order_invalid", "command is empty", null)]
    [InlineData(StartFault.BadOrder, "order_invalid", "command is empty", null, "")]
    [InlineData(StartFault.BadOrder, "order_invalid", "zero byte", null, "echo", "a\0b")]
    public async Task What_cannot_be_started_says_why(StartFault fault, string label, string text, string? folder, params string[] command)
    {
        await using var host = new TerminalHost();
        foreach (var hasTerminal in new[] { true, false })
        {
            var refusal = Assert.Throws<TerminalStartException>(() => host.Start(host.Order(command) with { WorkingDirectory = folder, Tty = hasTerminal }));

            Assert.Equal((fault, label), (refusal.Fault, refusal.Label));
            Assert.Contains(text, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("#!/no/such/interpreter\n", StartFault.CommandNotFound, "/no/such/interpreter")]
    [InlineData("just text\n", StartFault.NotExecutable, "`#!`")]
    public async Task A_script_that_cannot_run_says_why(string content, StartFault fault, string text)
    {
        await using var host = new TerminalHost();
        var folder = Directory.CreateTempSubdirectory();
        var script = Path.Combine(folder.FullName, "script");
        await WriteScriptAsync(script, content);
        var order = host.Order("script") with { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = $"/no/such:{folder.FullName}" } };

        var refusal = Assert.Throws<TerminalStartException>(() => host.Start(order));

        Assert.Equal(fault, refusal.Fault);
        Assert.Contains(text, refusal.Message, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(Libc.TooManyOpen, StartFault.NoDescriptors, "no_descriptors", "ulimit -n")]
    [InlineData(Libc.TableFull, StartFault.NoDescriptors, "no_descriptors", "ulimit -n")]
    [InlineData(Libc.TryAgain, StartFault.NoProcesses, "no_processes", "pids.max")]
    [InlineData(Libc.NoMemory, StartFault.NoProcesses, "no_processes", "memory.max")]
    [InlineData(Libc.Denied, StartFault.NotExecutable, "not_executable", "noexec")]
    [InlineData(Libc.TextBusy, StartFault.NotExecutable, "not_executable", "being written")]
    [InlineData(Libc.NoFolder, StartFault.WorkingDirectory, "working_directory", "no folder")]
    [InlineData(Libc.TooLong, StartFault.TooLong, "too_long", "ARG_MAX")]
    [InlineData(Libc.NotFound, StartFault.CommandNotFound, "command_not_found", "loader")]
    [InlineData(Libc.IoError, StartFault.System, "start_failed", "error 5")]
    public void What_the_system_says_becomes_a_fault_with_advice(int error, StartFault fault, string label, string advice)
    {
        var refusal = Spawner.Fault(new SpawnOrder("/bin/true", ["true"], [], null), error);

        Assert.Equal((fault, label), (refusal.Fault, refusal.Label));
        Assert.Contains(advice, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Libc.TooManyOpen, StartFault.NoDescriptors)]
    [InlineData(Libc.NoSpace, StartFault.NoTerminals)]
    public void A_system_without_terminals_says_so(int error, StartFault fault) => Assert.Equal(fault, PseudoTerminal.Fault("posix_openpt", error).Fault);

    [Fact]
    public async Task More_arguments_than_the_system_takes_are_refused()
    {
        await using var host = new TerminalHost();

        Assert.Equal(StartFault.TooLong, Assert.Throws<TerminalStartException>(() => host.Start(host.Order("true", new string('a', 1 << 20)))).Fault);
    }

    [Fact]
    public async Task A_library_that_cannot_change_the_folder_is_a_fault_that_says_so()
    {
        await using var host = new TerminalHost();

        var refusal = await Assert.ThrowsAsync<TerminalStartException>(() =>
            RunAsync(host, host.Order("pwd") with { WorkingDirectory = "/usr" }, new SpawnAbilities(ChangesDirectory: false, ClosesFrom: true)));

        Assert.Equal(StartFault.WorkingDirectory, refusal.Fault);
    }

    [Fact]
    public async Task Starts_that_fail_leave_no_descriptor_behind()
    {
        await using var host = new TerminalHost();
        await host.StartShell("exit").Ended.Soon();
        var folder = Directory.CreateTempSubdirectory();
        var script = Path.Combine(folder.FullName, "script");
        await WriteScriptAsync(script, "#!/no/such/interpreter\n");

        for (var i = 0; i < 1000; i++)
            foreach (var hasTerminal in new[] { true, false })
                Assert.Throws<TerminalStartException>(() => host.Start(host.Order(script) with { Tty = hasTerminal }));

        // Other tests open some meanwhile; these would be thousands.
        Assert.InRange(Directory.GetFileSystemEntries("/proc/self/fd").Length, 1, 1500);
        folder.Delete(recursive: true);
    }

    private static async Task WriteScriptAsync(string path, string content)
    {
        await File.WriteAllTextAsync(path, content);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private static async Task<string> RunAsync(TerminalHost host, TerminalOrder order, SpawnAbilities abilities, IDictionary? own = null)
    {
        var rings = new[] { new OutputRing(1 << 16), new OutputRing(1 << 16) };
        var sinks = Array.ConvertAll(rings, ring => new OutputSink(ring, ring.Append, long.MaxValue));
        var process = TerminalStart.Run(order with { Tty = false }, host.Reactor, NullLogger.Instance, TimeProvider.System, sinks, own ?? Environment.GetEnvironmentVariables(), abilities);
        await process.Finished.Soon();
        return await rings[0].ReadTextAsync();
    }
}
