namespace Bascule.Gateway.Tests;

/// <summary>Waits for what nobody announces. The limit is generous, and no result depends on it.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    internal static async Task HoldsAsync(Func<bool> condition, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Limit, $"This never came to hold: {what}");
            await Task.Delay(Look, TimeProvider.System, CancellationToken.None);
        }
    }
}
