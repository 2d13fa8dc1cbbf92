using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>Waits for other processes: bounded, and a wait that fails says what there was instead.</summary>
internal static class Waiting
{
    /// <summary>How often something is asked that does not tell by itself, at most.</summary>
    private const int Questions = 600;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits as <see cref="Patience"/> does; the message of the failure has the report.</summary>
    internal static async Task Soon(this Task task, Func<string> report)
    {
        try
        {
            await task.Soon();
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"It took too long. {report()}", e);
        }
    }

    internal static async Task<T> Soon<T>(this Task<T> task, Func<string> report)
    {
        await ((Task)task).Soon(report);
        return await task;
    }

    /// <summary>Asks until the answer fits; the failure shows the last answer.</summary>
    internal static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> fits, Func<string> report)
    {
        for (var asked = 1; ; asked++)
        {
            var answer = await ask();
            if (fits(answer))
                return answer;
            if (asked == Questions)
                throw new TimeoutException($"After {Questions} questions the answer is still {answer}. {report()}");
            await Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
