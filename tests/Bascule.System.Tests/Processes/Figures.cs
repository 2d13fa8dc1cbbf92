namespace Bascule.System.Tests;

/// <summary>Times that a test saw, for whoever reads its output: no test fails by them.</summary>
internal static class Figures
{
    internal static long Now => TimeProvider.System.GetTimestamp();

    internal static void Tell(string what, long since) => Tell($"{what}: {TimeProvider.System.GetElapsedTime(since).TotalMilliseconds:0} ms");

    internal static void Tell(string figure) => TestContext.Current.TestOutputHelper?.WriteLine(figure);
}
