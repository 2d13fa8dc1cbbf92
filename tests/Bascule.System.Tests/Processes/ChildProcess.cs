using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Bascule.System.Tests;

/// <summary>A program that a test started: what it writes, how it ends, and that it ends with the test.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>The only variables that a child inherits: a PORT of the shell, for example, would configure the gateway.</summary>
    private static readonly string[] Inherited = ["PATH", "HOME", "TMPDIR", "DOTNET_ROOT", "DOTNET_CLI_HOME", "NUGET_PACKAGES"];

    private readonly Process _process;
    private readonly string _name;
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly List<string> _standardLines = [];
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(Process process, string name)
    {
        _process = process;
        _name = name;
    }

    internal int Id => _process.Id;

    /// <summary>All lines so far, of both outputs, in the order of their arrival.</summary>
    internal string Output
    {
        get
        {
            lock (_gate)
                return string.Join('\n', _lines);
        }
    }

    /// <summary>The lines of the standard output alone.</summary>
    internal string StandardOutput
    {
        get
        {
            lock (_gate)
                return string.Join('\n', _standardLines);
        }
    }

    internal static ChildProcess Start(string program, params IEnumerable<string> arguments) => StartIn(Repository.Root, program, arguments);

    internal static ChildProcess StartIn(string folder, string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Except(Inherited, StringComparer.Ordinal).ToList())
            start.Environment.Remove(name);
        // Hundreds of programs live for seconds: all of their code compiled with every optimization is half of what they cost.
        start.Environment["DOTNET_TC_QuickJit"] = "1";
        var child = new ChildProcess(new Process { StartInfo = start }, Path.GetFileName(program) + " " + string.Join(' ', start.ArgumentList));
        child._process.OutputDataReceived += (_, line) => child.Add(line.Data, child._standardLines);
        child._process.ErrorDataReceived += (_, line) => child.Add(line.Data, null);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>The first line that fits, among those that were written and those to come.</summary>
    internal async Task<Match> LineAsync(string pattern)
    {
        var exit = _process.WaitForExitAsync();
        for (var seen = 0; ;)
        {
            Task news;
            lock (_gate)
            {
                for (; seen < _lines.Count; seen++)
                {
                    if (Regex.Match(_lines[seen], pattern) is { Success: true } match)
                        return match;
                }

                news = _news.Task;
            }

            if (await Task.WhenAny(news, exit).Soon(Report) == exit && !news.IsCompleted)
                throw new InvalidOperationException($"It ended with {_process.ExitCode} before it wrote a line like {pattern}. {Report()}");
        }
    }

    internal Task WriteAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    internal void EndInput() => _process.StandardInput.Close();

    /// <summary>The exit code, once the process ended and all its output was read.</summary>
    internal async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().Soon(Report);
        return _process.ExitCode;
    }

    /// <summary>SIGTERM, SIGINT, SIGSTOP or SIGKILL, without waiting for what it does.</summary>
    internal void Signal(string name)
    {
        using var kill = Process.Start("bash", ["-c", $"kill -s {name} {Id}"]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync().Soon(Report);
        _process.Dispose();
    }

    /// <summary>For messages of failures: which program, and what it wrote.</summary>
    internal string Report() => $"{_name} wrote:\n{Output}";

    private void Add(string? line, List<string>? other)
    {
        if (line is null)
            return;
        TaskCompletionSource news;
        lock (_gate)
        {
            _lines.Add(line);
            other?.Add(line);
            news = _news;
            _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        news.SetResult();
    }
}
