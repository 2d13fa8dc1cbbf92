using System.Runtime.CompilerServices;

namespace Bascule.Testing;

/// <summary>Waits for what must come, so that a test which would hang fails instead. The limit is generous and no result depends on it.</summary>
public static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(1);

    public static Task Soon(this Task task) => task.WaitAsync(Limit, TimeProvider.System);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Limit, TimeProvider.System);

    public static Task<T> Soon<T>(this ValueTask<T> task) => task.AsTask().Soon();

    /// <summary>Looks until it holds: for what nobody announces.</summary>
    public static async Task UntilAsync(Func<bool> holds, Action? meanwhile = null, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Limit)
                throw new TimeoutException($"This never came to hold: {what}");
            meanwhile?.Invoke();
            await Task.Delay(Look, TimeProvider.System);
        }
    }
}
