namespace Bascule.Backends.Tests;

/// <summary>Whatever happens to a pool, in whatever order.</summary>
public sealed class ModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Every_history_keeps_counts_turns_and_deadlines(int seed)
    {
        using var history = new PoolHistory(seed);
        for (var step = 0; step < 2000; step++)
            await history.StepAsync();
        await history.EndAsync();
    }
}
