using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Bascule.Kubernetes.Fake;

/// <summary>Runs containers as processes of this machine.</summary>
/// <param name="programs">What the first word of a command stands for: <c>bascule</c> → its path.</param>
public sealed class LocalProcesses(IReadOnlyDictionary<string, string> programs, TimeProvider time)
{
    public Task<IPodProcess?> StartAsync(PodStart start)
    {
        if (start.Command.Count == 0)
            return Task.FromResult<IPodProcess?>(null);
        var info = new ProcessStartInfo(programs.GetValueOrDefault(start.Command[0], start.Command[0])) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in start.Command.Skip(1))
            info.ArgumentList.Add(word.Replace("0.0.0.0", start.Address, StringComparison.Ordinal));
        foreach (var (name, value) in start.Environment)
            info.Environment[name] = value;
        try
        {
            return Task.FromResult<IPodProcess?>(new Running(Process.Start(info)!, time));
        }
        catch (Win32Exception fault)
        {
            return Task.FromResult<IPodProcess?>(new NotStarted(fault.Message));
        }
    }

    private sealed class Running : IPodProcess
    {
        private const int LongestLog = 1 << 20;

        private readonly Process _process;
        private readonly TimeProvider _time;
        private readonly StringBuilder _log = new();

        internal Running(Process process, TimeProvider time)
        {
            _process = process;
            _time = time;
            process.OutputDataReceived += (_, line) => Add(line.Data);
            process.ErrorDataReceived += (_, line) => Add(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            Exited = WaitAsync();
        }

        public Task<int> Exited { get; }

        public string Log
        {
            get
            {
                lock (_log)
                    return _log.ToString();
            }
        }

        public async Task StopAsync(TimeSpan grace)
        {
            if (grace > TimeSpan.Zero && !_process.HasExited)
            {
                // The framework has no SIGTERM for a process that it started.
                using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
                await kill.WaitForExitAsync();
                try
                {
                    await Exited.WaitAsync(grace, _time);
                    return;
                }
                catch (TimeoutException)
                {
                    // The grace is over.
                }
            }

            _process.Kill(entireProcessTree: true);
            await Exited;
        }

        private async Task<int> WaitAsync()
        {
            await _process.WaitForExitAsync();
            return _process.ExitCode;
        }

        private void Add(string? line)
        {
            lock (_log)
            {
                if (line is not null && _log.Length < LongestLog)
                    _log.AppendLine(line);
            }
        }
    }

    private sealed class NotStarted(string message) : IPodProcess
    {
        public Task<int> Exited { get; } = Task.FromResult(PodPlayer.StartErrorCode);

        public string Log { get; } = message;

        public Task StopAsync(TimeSpan grace) => Task.CompletedTask;
    }
}
