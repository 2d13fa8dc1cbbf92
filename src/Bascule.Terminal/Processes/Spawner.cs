using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Bascule.Terminal;

/// <summary>A process to start.</summary>
/// <param name="Folder">Where it starts; null: where this process is.</param>
internal sealed record SpawnOrder(string Program, IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment, string? Folder);

/// <summary>Starts processes without fork: nothing of .NET runs in the child.</summary>
internal static class Spawner
{
    private const int FirstOfOthers = 3;
    private const int LongestFirstLine = 256;

    /// <summary>As the leader of a session whose controlling terminal is <paramref name="terminal"/>.</summary>
    /// <remarks>A session leader gets the first terminal that it opens as its own (tty_open of Linux), and the session is made before the file is opened.</remarks>
    /// <exception cref="TerminalStartException">Nothing was started.</exception>
    internal static int StartOnTerminal(SpawnOrder order, string terminal, SpawnAbilities abilities) => Start(order, abilities, calls =>
    {
        calls.Open(0, terminal);
        calls.Duplicate(0, 1);
        calls.Duplicate(0, 2);
    });

    /// <summary>As the leader of a session without a terminal.</summary>
    /// <exception cref="TerminalStartException">Nothing was started.</exception>
    internal static int StartOnPipes(SpawnOrder order, (int Input, int Output, int Errors) streams, SpawnAbilities abilities) => Start(order, abilities, calls =>
    {
        calls.Duplicate(streams.Input, 0);
        calls.Duplicate(streams.Output, 1);
        calls.Duplicate(streams.Errors, 2);
    });

    private static int Start(SpawnOrder order, SpawnAbilities abilities, Action<SpawnCalls> takeStreams)
    {
        using var calls = new SpawnCalls();
        takeStreams(calls);
        CloseOthers(calls, abilities);
        if (order.Folder is { } folder)
        {
            if (!abilities.ChangesDirectory)
                throw new TerminalStartException(StartFault.WorkingDirectory, "The C library of this system cannot start a process in another folder (posix_spawn_file_actions_addchdir_np: glibc 2.29, musl 1.1.24). Leave the working directory out.");
            calls.ChangeDirectory(folder);
        }

        using var arguments = new NativeTexts(order.Arguments);
        using var environment = new NativeTexts(order.Environment);
        var process = calls.Run(order.Program, arguments, environment);
        return process >= 0 ? process : throw Fault(order, -process);
    }

    /// <summary>All that .NET opens closes on exec. What this process got from its own parent may not.</summary>
    private static void CloseOthers(SpawnCalls calls, SpawnAbilities abilities)
    {
        if (abilities.ClosesFrom)
        {
            calls.CloseFrom(FirstOfOthers);
            return;
        }

        foreach (var entry in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
            if (int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor) && descriptor >= FirstOfOthers && Libc.SurvivesExec(descriptor))
                calls.Close(descriptor);
    }

    internal static TerminalStartException Fault(SpawnOrder order, int error)
    {
        var text = Marshal.GetPInvokeErrorMessage(error);
        return error switch
        {
            // The file itself was there a moment ago.
            Libc.NotFound => new(StartFault.CommandNotFound, $"{order.Program} could not be run: {Interpreter(order.Program)} is missing."),
            Libc.Denied or Libc.NotPermitted => new(StartFault.NotExecutable, $"{order.Program} may not be run: {text}. Look at its permissions, those of its interpreter, and whether its file system is mounted noexec."),
            Libc.NoExecFormat => new(StartFault.NotExecutable, $"{order.Program} is no program of this machine, and no script with `#!` in its first line."),
            Libc.TextBusy => new(StartFault.NotExecutable, $"{order.Program} is being written by somebody."),
            Libc.NoFolder => new(StartFault.WorkingDirectory, $"A part of {order.Folder ?? order.Program} is no folder."),
            Libc.TooLong => new(StartFault.TooLong, "The arguments and the environment are larger than the system takes (getconf ARG_MAX). Give the data by standard input or a file."),
            Libc.TryAgain or Libc.NoMemory => new(StartFault.NoProcesses, $"The system has no process or memory left: {text}. Look at ulimit -u, pids.max and memory.max of the host."),
            Libc.TooManyOpen or Libc.TableFull => new(StartFault.NoDescriptors, $"No descriptor is left for a process: {text}. Raise the limit of open files of the host (ulimit -n)."),
            _ => new(StartFault.System, $"{order.Program} could not be started: {text} (error {error})."),
        };
    }

    /// <summary>What a script's first line names; for programs, their loader.</summary>
    private static string Interpreter(string program)
    {
        Span<byte> start = stackalloc byte[LongestFirstLine];
        try
        {
            using var file = File.OpenHandle(program);
            var line = Encoding.UTF8.GetString(start[..RandomAccess.Read(file, start, 0)]).Split('\n')[0];
            return line.StartsWith("#!", StringComparison.Ordinal) ? $"its interpreter `{line[2..].Trim()}`" : "its dynamic loader, or the file itself";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "the file itself, or its interpreter";
        }
    }
}
