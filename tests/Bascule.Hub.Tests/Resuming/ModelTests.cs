namespace Bascule.Hub.Tests;

/// <summary>Whatever happens to clients and shards, in whatever order: every message comes once, in the order of its partition, or is in a gap.</summary>
public sealed class ModelTests
{
    /// <summary>More of them, for a search: BASCULE_SEEDS=1000.</summary>
    private static readonly int SeedsOfEach = int.TryParse(Environment.GetEnvironmentVariable("BASCULE_SEEDS"), out var seeds) ? seeds : 25;

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    [InlineData(200_000)]
    [InlineData(300_000)]
    public async Task Every_message_comes_once_in_order_or_is_in_a_gap(int firstSeed)
    {
        var (resumes, gaps, got) = (0, 0, 0);
        for (var seed = firstSeed; seed < firstSeed + SeedsOfEach; seed++)
        {
            await using var world = new World(seed);
            try
            {
                for (var step = 0; step < 600; step++)
                    await world.StepAsync();
                await world.EndAsync();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
            }

            resumes += world.Resumes;
            gaps += world.Gaps;
            got += world.Got;
        }

        // Otherwise nothing was proved.
        Assert.True(resumes > SeedsOfEach && gaps > SeedsOfEach && got > 100 * SeedsOfEach, $"{resumes} resumes, {gaps} gaps, {got} messages");
        TestContext.Current.TestOutputHelper?.WriteLine($"{resumes} resumes, {gaps} gaps, {got} messages");
    }
}
