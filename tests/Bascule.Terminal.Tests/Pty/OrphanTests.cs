using Bascule.Testing;

namespace Bascule.Terminal.Tests;

/// <summary>A host that is PID 1. It takes away every child that nobody of its own reactor waits for, so no other test may run beside it.</summary>
[Collection(nameof(OrphanTests))]
[CollectionDefinition(nameof(OrphanTests), DisableParallelization = true)]
public sealed class OrphanTests
{
    [Fact]
    public async Task Orphans_are_taken_away_and_the_answers_of_terminals_are_not()
    {
        await using var host = new TerminalHost();
        var orphan = Spawner.StartOnPipes(new SpawnOrder("/bin/true", ["true"], [], null), (0, 1, 2), SpawnAbilities.OfThisSystem);
        var terminals = new List<Terminal>();

        for (var i = 0; i < 20; i++)
        {
            terminals.Add(host.StartCommand($"exit {i}"));
            host.Reactor.ReapOrphans();
        }

        for (var i = 0; i < 20; i++)
            Assert.Equal(i, (await terminals[i].Ended.Soon()).Code);
        while (Directory.Exists($"/proc/{orphan}"))
        {
            host.Reactor.ReapOrphans();
            await host.StartCommand("exit").Ended.Soon();
        }
    }
}
