using Bascule.Load;

namespace Bascule.Cli;

/// <summary>The other end of <see cref="LoadWorkers"/>: reads a plan, carries it out, says what it found.</summary>
internal static class LoadWorker
{
    internal static async Task<int> RunAsync(Surroundings surroundings, CancellationToken interruption)
    {
        SocketThreads.RunInline();
        var plan = WorkerChannel.ReadPlan(await surroundings.Input.ReadLineAsync(interruption) ?? "");
        using var over = CancellationTokenSource.CreateLinkedTokenSource(interruption);
        var watching = EndWithInputAsync(surroundings.Input, over);
        var result = await new LoadRun(plan, TimeProvider.System).RunAsync(p => surroundings.Output.Line(WorkerChannel.Of(p)), over.Token);
        surroundings.Output.Line(WorkerChannel.Of(result));
        await surroundings.Output.Standard.FlushAsync(CancellationToken.None);

        // The input may stay open for ever: nothing waits for it once the work is done.
        return watching.IsFaulted ? ExitCodes.OurFault : ExitCodes.Good;
    }

    private static async Task EndWithInputAsync(TextReader input, CancellationTokenSource over)
    {
        while (await input.ReadLineAsync(over.Token) is not null)
        {
            // Nothing more is said after the plan.
        }

        await over.CancelAsync();
    }
}
