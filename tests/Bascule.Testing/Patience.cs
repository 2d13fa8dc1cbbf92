namespace Bascule.Testing;

/// <summary>Waits for what must come, so that a test which would hang fails instead. The limit is generous and no result depends on it.</summary>
public static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static Task Soon(this Task task) => task.WaitAsync(Limit, TimeProvider.System);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Limit, TimeProvider.System);

    public static Task<T> Soon<T>(this ValueTask<T> task) => task.AsTask().Soon();
}
