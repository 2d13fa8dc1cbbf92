using System.Collections.Concurrent;

namespace Bascule.System.Tests;

/// <summary>As many connections as one process may hold (20,000 descriptors, two for each connection), opened as fast as the machine can.</summary>
[Collection(nameof(AloneTests))]
public sealed class NineThousandTests
{
    private const int Connections = 9000;

    /// <summary>Attempts under way at a time: the listen backlog of the echo is 511, and what does not fit in there waits a second for TCP to ask again.</summary>
    private const int AtOnce = 400;

    /// <summary>Two for each connection, and what the runtime itself has open.</summary>
    private const int DescriptorsNeeded = (2 * Connections) + 500;

    /// <summary>Descriptors that the runtime may have opened meanwhile, for good: an assembly, a timer, a socket engine.</summary>
    private const int RuntimeDescriptors = 8;

    /// <summary>The pool has two for two cores and adds some under load; a thread for each connection would be thousands.</summary>
    private const int MostThreads = 64;

    [Fact]
    public async Task Nine_thousand_connections_open_talk_close_and_leave_nothing_behind()
    {
        Assert.SkipUnless(DescriptorLimit() >= DescriptorsNeeded, $"A process may open {DescriptorLimit()} descriptors here; this takes {DescriptorsNeeded} (ulimit -n).");
        await using var echo = await BackendProcess.EchoAsync("mjs");
        await using var gateway = await GatewayProcess.StartAsync($$"""
            "pools": { "echo": { "nodes": ["{{echo.Url}}"], "slotsPerNode": 10000 } },
            "routes": [{ "name": "echo", "path": "/echo", "auth": "none", "pool": "echo" }]
            """);
        // Once before counting: code is loaded and descriptors are opened at first use.
        using (var first = await RawClient.ConnectAsync(gateway.WebSocketUrl + "/echo"))
            await first.CloseAsync();
        await gateway.NoSlotStaysInUseAsync();
        var before = Descriptors(gateway);

        var clients = new ConcurrentBag<RawClient>();
        await ForEachAsync(Enumerable.Range(0, Connections), async _ => clients.Add(await RawClient.ConnectAsync(gateway.WebSocketUrl + "/echo")), gateway);
        Assert.Equal(Connections, await gateway.SlotsInUseAsync());
        Assert.InRange(Descriptors(gateway), before + (2 * Connections), before + (2 * Connections) + RuntimeDescriptors);
        Assert.Equal(Connections, await gateway.MetricAsync("bascule_connections"));

        await ForEachAsync(clients, client => client.EchoAsync($"hello from {client.Attempt}"), gateway);
        Assert.InRange(Threads(gateway), 1, MostThreads);
        await ForEachAsync(clients, client => client.CloseAsync(), gateway);
        foreach (var client in clients)
            client.Dispose();

        await gateway.NoSlotStaysInUseAsync();
        await Waiting.UntilAsync(() => gateway.MetricAsync("bascule_connections"), open => open == 0, () => "");
        await Waiting.UntilAsync(() => Task.FromResult(Descriptors(gateway)), open => open <= before + RuntimeDescriptors, () => $"Before there were {before}.");
        Assert.Equal("ended", (string?)(await gateway.ExplainAsync(clients.First().Attempt))["outcome"]);
    }

    /// <summary>Does it for all, many at a time; all failures are told, by kind.</summary>
    private static async Task ForEachAsync<T>(IEnumerable<T> items, Func<T, Task> act, GatewayProcess gateway)
    {
        var failures = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (item, _) =>
        {
            try
            {
                await act(item);
            }
            catch (Exception e)
            {
                failures.Add($"{e.GetType().Name}: {e.Message}");
            }
        });
        var kinds = failures.GroupBy(f => f, StringComparer.Ordinal).Select(kind => $"{kind.Count()} times {kind.Key}").Take(10);
        var warnings = gateway.Process.Output.Split('\n').Where(l => l.Contains(" warn ", StringComparison.Ordinal) || l.Contains(" error ", StringComparison.Ordinal)).Take(10);
        Assert.True(failures.IsEmpty, $"{failures.Count} failed:\n{string.Join('\n', kinds.Concat(warnings))}");
    }

    private static int Descriptors(GatewayProcess gateway) => Directory.GetFileSystemEntries($"/proc/{gateway.Process.Id}/fd").Length;

    private static int Threads(GatewayProcess gateway) => Directory.GetDirectories($"/proc/{gateway.Process.Id}/task").Length;

    private static long DescriptorLimit()
    {
        var hard = File.ReadLines("/proc/self/limits").Single(l => l.StartsWith("Max open files", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        return hard == "unlimited" ? long.MaxValue : long.Parse(hard);
    }
}

/// <summary>Tests that want both cores for themselves.</summary>
[CollectionDefinition(nameof(AloneTests), DisableParallelization = true)]
public sealed class AloneTests;
