using System.CommandLine;
using System.Runtime.InteropServices;

namespace Bascule.Cli;

/// <summary><c>bascule load URL</c>: a load test for WebSocket servers.</summary>
public static class LoadCommand
{
    /// <summary>Given to the processes that a run with several workers starts.</summary>
    internal const string WorkerOption = "--worker";

    public static Command Create(Surroundings surroundings)
    {
        var plan = new LoadOptions();
        var judge = new JudgeOptions(surroundings);
        var workers = new Option<int?>("--workers") { Description = "Processes that make the load. Default: as many as their open files need, up to 8.", HelpName = "N" };
        var lines = new Option<bool>("--no-live") { Description = "Lines instead of the live view." };
        var worker = new Option<bool>(WorkerOption) { Hidden = true };
        var command = new ExampleCommand(
            "load",
            "Load a WebSocket server: how many connections, how fast, and who was guilty when it fails.\n"
            + "Exit codes: 0 good, 1 something failed and no threshold said how much may, 64 usage, 69 never reached, 75 the generator was the limit, 98 worse than --compare, 99 a threshold failed, 130 interrupted.",
            "bascule load ws://127.0.0.1:8666/echo",
            "bascule load wss://chat.example/ws -c 10k --ramp 500/s --hold 60s --message-interval 10s",
            "bascule load ws://127.0.0.1:8666/echo -c 100 --rate 50/s --threshold 'rtt.p99<5ms' 'connect.fail_rate<0.1%'",
            "bascule load --via ws://127.0.0.1:8666/echo --direct ws://127.0.0.1:9001/ -c 50 --rate 100/s",
            "bascule load ws://127.0.0.1:8666/echo -c 5k --mode storm --hold 60s",
            "bascule load ws://127.0.0.1:8666/echo -c 50 --rate 100/s --target-latency p99=10ms")
        { workers, lines, worker };
        plan.AddTo(command);
        judge.AddTo(command);
        command.SetAction(async (parse, interruption) =>
        {
            // A terminal that is closed interrupts as Ctrl-C does: the report of an hour must not go with it.
            using var over = CancellationTokenSource.CreateLinkedTokenSource(interruption);
            using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = !over.IsCancellationRequested;
                over.Cancel();
            });
            if (parse.GetValue(worker))
                return await LoadWorker.RunAsync(surroundings, over.Token);
            var session = new LoadSession(surroundings, parse.GetValue(workers), parse.GetValue(lines));
            return await session.RunAsync(parse, plan, judge, over.Token);
        });
        return command;
    }
}
