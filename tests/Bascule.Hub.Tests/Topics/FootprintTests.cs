using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>What topics that nobody writes to cost. Alone: the memory of the process is measured.</summary>
[CollectionDefinition(nameof(FootprintTests), DisableParallelization = true)]
[Collection(nameof(FootprintTests))]
public sealed class FootprintTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Quiet_topics_take_little()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        var readers = new Client();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var offset = 0; offset < 10_000; offset++)
        {
            hub.Subscribe($"prices.{offset}", MessageFormat.Json, null, readers);
            hub.Give(Hubs.Message(offset, topic: $"prices.{offset}"));
        }

        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / 10_000;

        Assert.InRange(each, 0, 5000);
    }
}
