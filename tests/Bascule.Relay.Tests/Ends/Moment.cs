namespace Bascule.Relay.Tests;

/// <summary>A moment for others to run.</summary>
internal static class Moment
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <summary>No result depends on how long.</summary>
    internal static Task PassAsync() => Task.Delay(Pause, TimeProvider.System);
}
