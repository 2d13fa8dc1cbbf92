using System.Collections.Concurrent;

namespace Bascule.Testing;

/// <summary>Lets several threads act at the same moment, round after round.</summary>
public static class Race
{
    /// <summary>Each round: <paramref name="before"/> alone, all contenders together, each on its own thread, then <paramref name="after"/> alone.
    /// The round in which something throws is the last, and what it threw is thrown.</summary>
    public static async Task RunAsync(int rounds, Action before, Func<Task> after, params Action[] contenders)
    {
        using var start = new Barrier(contenders.Length + 1);
        using var finish = new Barrier(contenders.Length + 1);
        var failures = new ConcurrentQueue<Exception>();
        var isOver = false;
        var threads = Array.ConvertAll(contenders, contender => new Thread(() => Contend(contender)));
        foreach (var thread in threads)
            thread.Start();
        try
        {
            for (var round = 0; round < rounds && failures.IsEmpty; round++)
            {
                before();
                start.SignalAndWait();
                finish.SignalAndWait();
                if (failures.IsEmpty)
                    await after();
            }
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            start.SignalAndWait();
            foreach (var thread in threads)
                thread.Join();
        }

        if (!failures.IsEmpty)
            throw new AggregateException(failures);

        void Contend(Action contender)
        {
            while (true)
            {
                start.SignalAndWait();
                if (Volatile.Read(ref isOver))
                    return;
                try
                {
                    contender();
                }
                catch (Exception e)
                {
                    failures.Enqueue(e);
                }

                finish.SignalAndWait();
            }
        }
    }
}
