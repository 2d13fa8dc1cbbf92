using System.Collections.Concurrent;
using Bascule.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Terminal.Tests;

/// <summary>What gateways may rely on when they are told of a terminal.</summary>
public sealed class TerminalTableTests
{
    private const string Key = "a key of this session";

    [Fact]
    public async Task A_terminal_can_be_found_as_soon_as_it_is_told_of()
    {
        var time = new AskedTime();
        using var reactor = new PtyReactor("test", NullLogger.Instance);
        await using var table = new TerminalTable(new TableRules { Host = "test" }, reactor, NullLoggerFactory.Instance, time);
        var found = new ConcurrentQueue<string?>();
        // A change has its number before the clock is asked for its time.
        time.Asked = () =>
        {
            if (table.Changes.Last > 0)
                found.Enqueue(table.KeyOf("s1"));
        };

        Assert.Null(table.Start(new TerminalOrder { Id = "s1", Command = ["true"], Key = Key }, 1));
        await table.Find("s1")!.Ended.Soon();

        Assert.NotEmpty(found);
        Assert.All(found, key => Assert.Equal(Key, key));
    }

    private sealed class AskedTime : TimeProvider
    {
        internal Action Asked { get; set; } = static () => { };

        public override DateTimeOffset GetUtcNow()
        {
            Asked();
            return base.GetUtcNow();
        }
    }
}
