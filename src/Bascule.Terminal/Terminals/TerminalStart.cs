using System.Collections;
using Microsoft.Extensions.Logging;

namespace Bascule.Terminal;

/// <summary>From an order to a running process.</summary>
internal static class TerminalStart
{
    /// <exception cref="TerminalStartException">Nothing was started, nothing is left open.</exception>
    internal static RunningProcess Run(TerminalOrder order, PtyReactor reactor, ILogger log, TimeProvider time, OutputSink[] sinks) =>
        Run(order, reactor, log, time, sinks, Environment.GetEnvironmentVariables(), SpawnAbilities.OfThisSystem);

    /// <summary>With an environment and a C library of the caller's choice.</summary>
    internal static RunningProcess Run(TerminalOrder order, PtyReactor reactor, ILogger log, TimeProvider time, OutputSink[] sinks, IDictionary own, SpawnAbilities abilities)
    {
        var spawn = Plan(order, reactor.HostMark, own);
        var streams = order.Tty ? ProcessStreams.OnTerminal(order.Size) : ProcessStreams.OnPipes();
        return RunningProcess.Start(reactor, time, streams, () =>
        {
            var process = streams.Terminal is { } terminal
                ? Spawner.StartOnTerminal(spawn, terminal, abilities)
                : Spawner.StartOnPipes(spawn, (streams.Theirs[0], streams.Theirs[1], streams.Theirs[2]), abilities);
            if (LimitRules.Apply(process, order.Limits) is { Count: > 0 } refused)
                log.LimitsRefused(order.Id, string.Join(", ", refused));
            log.TerminalStarted(order.Id, spawn.Program, process);
            return process;
        }, sinks);
    }

    private static SpawnOrder Plan(TerminalOrder order, string hostMark, IDictionary own)
    {
        if (order.Command.Count == 0 || order.Command[0].Length == 0)
            throw new TerminalStartException(StartFault.BadOrder, "The command is empty. Give a program and its arguments.");
        if (order.Command.FirstOrDefault(argument => argument.Contains('\0')) is { } argument)
            throw new TerminalStartException(StartFault.BadOrder, $"The argument `{argument.Replace('\0', '?')}` has a zero byte in it, which no argument can have.");
        if (order.Id.Length == 0 || order.Id.Contains('\0') || hostMark.Contains('\0'))
            throw new TerminalStartException(StartFault.BadOrder, "The id of the session is empty or has a zero byte in it.");
        var folder = order.WorkingDirectory is { } wanted ? CommandPath.CheckFolder(wanted) : null;
        var environment = ChildEnvironment.Build(order, hostMark, own);
        var program = CommandPath.Find(order.Command[0], environment["PATH"], folder ?? Environment.CurrentDirectory);
        return new(program, order.Command, [.. environment.Select(v => $"{v.Key}={v.Value}")], folder);
    }
}
