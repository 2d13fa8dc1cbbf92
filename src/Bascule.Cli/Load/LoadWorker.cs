using Bascule.Load;

namespace Bascule.Cli;

/// <summary>The other end of <see cref="LoadWorkers"/>: reads a plan, carries it out, says what it found.</summary>
internal static class LoadWorker
{
    internal static async Task<int> RunAsync(Surroundings surroundings, CancellationToken interruption)
    {
        SocketThreads.RunInline();
        var plan = WorkerChannel.ReadPlan(await surroundings.Input.ReadLineAsync(interruption) ?? "");
        // Not disposed: the thread that waits for the end of the input may use it until the process ends.
        var over = CancellationTokenSource.CreateLinkedTokenSource(interruption);
        var watching = Task.Run(() => EndWithInput(surroundings.Input, over), CancellationToken.None);
        var result = await Warmup.RunWarmAsync(plan, p => surroundings.Output.Line(WorkerChannel.Of(p)), TimeProvider.System, over.Token);
        surroundings.Output.Line(WorkerChannel.Of(result));
        await surroundings.Output.Standard.FlushAsync(CancellationToken.None);

        // The input may stay open for ever: nothing waits for it once the work is done.
        return watching.IsFaulted ? ExitCodes.OurFault : ExitCodes.Good;
    }

    // On a thread of its own: what waits for the console waits with its thread, also where it says Async.
    private static void EndWithInput(TextReader input, CancellationTokenSource over)
    {
        while (input.ReadLine() is not null)
        {
            // Nothing more is said after the plan.
        }

        over.Cancel();
    }
}
