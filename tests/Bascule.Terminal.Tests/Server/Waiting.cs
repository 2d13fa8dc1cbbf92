using Bascule.Testing;

namespace Bascule.Terminal.Tests;

/// <summary>Waits for what the other side of a test does by itself.</summary>
internal static class Waiting
{
    internal static async Task UntilAsync(Func<bool> isThere)
    {
        async Task LookAsync()
        {
            while (!isThere())
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
        }

        await LookAsync().Soon();
    }
}
