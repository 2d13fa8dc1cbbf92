using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>A short run against a server of the tests.</summary>
internal static class ShortRun
{
    internal static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);

    internal static LoadPlan Plan(Uri url) => new() { Targets = [new LoadTarget("target", [url])], Hold = Short };

    internal static async Task<LoadResult> RunAsync(Uri url, Func<LoadPlan, LoadPlan> change) =>
        await new LoadRun(change(Plan(url)), TimeProvider.System).RunAsync(null, CancellationToken.None).Soon();

    /// <summary>The one class of failures of the only target.</summary>
    internal static (string Class, long Count) Single(LoadResult result)
    {
        var tally = Assert.Single(result.Targets[0].Failures);
        return (tally.Class, tally.Count);
    }
}
