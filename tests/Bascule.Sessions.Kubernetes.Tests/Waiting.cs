using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>Waits for what no event tells of. The limit is generous and no result depends on it.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    internal static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    internal static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (!await isSo().Soon())
            await Task.Delay(Pause, TimeProvider.System, limit.Token);
    }
}
