using System.CommandLine;
using Bascule.Cli;
using Bascule.Kubernetes.Fake;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>A pod whose container is the command <c>bascule agent</c>, run within the process of the test. Its terminal is a process of its own, as always.</summary>
internal sealed class InProcessAgent : IPodProcess, IDisposable
{
    private readonly CancellationTokenSource _signal = new();
    private readonly TextWriter _log = TextWriter.Synchronized(new StringWriter());

    internal InProcessAgent(PodStart start)
    {
        var surroundings = new Surroundings(new Output(_log, _log, isTerminal: false, isColored: false), start.Environment, AppContext.BaseDirectory);
        var root = new RootCommand { AgentCommand.Create(surroundings) };
        List<string> words = [.. start.Command.Skip(1).Select(word => word.Replace("0.0.0.0", start.Address, StringComparison.Ordinal))];
        Exited = Task.Run(() => CommandRunner.RunAsync(root, words, surroundings, _signal.Token));
    }

    public Task<int> Exited { get; }

    public string Log => _log.ToString()!;

    public async Task StopAsync(TimeSpan grace)
    {
        await _signal.CancelAsync();
        await Exited;
        Dispose();
    }

    public void Dispose() => _signal.Dispose();
}
