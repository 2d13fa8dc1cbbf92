using Bascule.Cluster;
using Bascule.Testing;

namespace Bascule.Storage.Tests;

/// <summary>Waits for outcomes by looking again and again.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    internal static Task IsTrueAsync(Func<bool> condition) => IsTrueAsync(() => Task.FromResult(condition()));

    internal static Task IsTrueAsync(Func<Task<bool>> condition) => LookAsync(condition).Soon();

    /// <summary>An engine that was just started takes a moment.</summary>
    internal static Task OpensAsync(IClusterStore store) => IsTrueAsync(async () =>
    {
        try
        {
            await store.OpenAsync(CancellationToken.None);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    });

    private static async Task LookAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
            await Task.Delay(Pause, TimeProvider.System);
    }
}
