using System.CommandLine;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary><c>bascule queue</c>: who waits for a slot.</summary>
public static class QueueCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var json = new JsonOption("{ queues: [{ pool, waiting, length, waiters: [{ position, attempt, waitedSeconds, priority, estimateSeconds }] }] }");
        var admin = new AdminOptions(surroundings);
        var command = new ExampleCommand("queue", "Attempts that wait for a slot, in their order; the first 100 of each pool.", "bascule queue", "bascule queue --json") { json };
        admin.AddTo(command);
        command.SetAction((parse, interruption) => admin.AskAsync(parse, async client =>
        {
            var answer = await client.GetAsync("/api/queue", interruption);
            if (parse.GetValue(json))
                surroundings.Output.Json(answer.Document);
            else
                Write(surroundings.Output, answer.Read<QueuesDocument>().Queues);
            return ExitCodes.Good;
        }));
        return command;
    }

    private static void Write(Output output, IReadOnlyList<QueueDocument> queues)
    {
        if (output.IsTerminal)
            foreach (var queue in queues)
                output.Line($"pool {queue.Pool}: {queue.Waiting} waiting, room for {queue.Length}");
        output.Rows(
            ["pool", "position", "attempt", "waited", "priority", "estimate"],
            [.. queues.SelectMany(q => q.Waiters.Select(w => (string[])[
                q.Pool, Readable.Number(w.Position), w.Attempt ?? "", Readable.Span(w.WaitedSeconds), Readable.Number(w.Priority), Readable.Span(w.EstimateSeconds)]))]);
    }
}
