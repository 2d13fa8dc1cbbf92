using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>As many connections as one process may hold (20,000 descriptors, two for each connection), opened as fast as the machine can.</summary>
[Collection(nameof(AloneTests))]
public sealed class NineThousandTests
{
    private const int Connections = 9000;

    /// <summary>Two for each connection, and what the runtime itself has open.</summary>
    private const int DescriptorsNeeded = (2 * Connections) + 500;

    /// <summary>Descriptors that are none of the connections': a file that the gateway writes, the socket of a question of ours that is just closing.</summary>
    private const int OtherDescriptors = 8;

    /// <summary>The pool has two for two cores and adds some under load; a thread for each connection would be thousands.</summary>
    private const int MostThreads = 64;

    [Fact]
    public async Task Nine_thousand_connections_open_talk_close_and_leave_nothing_behind()
    {
        Assert.True(DescriptorLimit() >= DescriptorsNeeded, $"A process may open {DescriptorLimit()} descriptors here; this takes {DescriptorsNeeded} (ulimit -n).");
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

        var clients = await Crowd.ConnectAsync(gateway, "/echo", Enumerable.Repeat<string?>(null, Connections));
        Assert.Equal(Connections, await gateway.SlotsInUseAsync());
        Assert.InRange(Descriptors(gateway) - before, (2 * Connections) - OtherDescriptors, (2 * Connections) + OtherDescriptors);
        // Counted after the client has its answer.
        await Waiting.UntilAsync(() => gateway.MetricAsync("bascule_connections"), open => open == Connections, gateway.Process.Report);

        await Crowd.ForEachAsync(clients, client => client.EchoAsync($"hello from {client.Attempt}"), gateway.Process.Report);
        Assert.InRange(Threads(gateway), 1, MostThreads);
        await Crowd.CloseAsync(clients);

        await gateway.NoSlotStaysInUseAsync();
        await Waiting.UntilAsync(() => gateway.MetricAsync("bascule_connections"), open => open == 0, () => "");
        await Waiting.UntilAsync(() => Task.FromResult(Descriptors(gateway)), open => open <= before + OtherDescriptors, () => $"Before there were {before}.");
        Assert.Equal("ended", (string?)(await gateway.ExplainAsync(clients[0].Attempt))["outcome"]);
    }

    private static int Descriptors(GatewayProcess gateway) => OpenDescriptors.Of(gateway.Process.Id);

    private static int Threads(GatewayProcess gateway) => Directory.GetDirectories($"/proc/{gateway.Process.Id}/task").Length;

    private static long DescriptorLimit()
    {
        var hard = File.ReadLines("/proc/self/limits").Single(l => l.StartsWith("Max open files", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        return hard == "unlimited" ? long.MaxValue : long.Parse(hard);
    }
}

/// <summary>Tests that want both cores for themselves. <c>./test</c> runs them by their trait, after the others.</summary>
[Trait("Machine", "alone")]
[CollectionDefinition(nameof(AloneTests), DisableParallelization = true)]
public sealed class AloneTests;
