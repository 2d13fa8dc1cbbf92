using Bascule.Load;

namespace Bascule.System.Tests;

/// <summary>More connections than most programs hold: from one process, and from as many as the limits of the machine ask for.</summary>
[Collection(nameof(AloneTests))]
public sealed class ManyConnectionsTests
{
    private const int FromOne = 15_000;
    private const int FromTwo = 30_000;

    [Fact]
    public async Task Fifteen_thousand_connections_of_one_process_open_and_talk_without_a_failure()
    {
        NeedDescriptors();
        await using var echo = await BackendProcess.EchoInTwoAsync();

        var run = await LoadAsync(echo.WebSocketUrl, "-c", $"{FromOne}", "--message-interval", "5s", "-d", "5s");

        AssertNoFailure(run, FromOne);
        Assert.Equal(1, run.Report["workers"]!.GetValue<int>());
        Assert.True(run.Figure("sent") >= FromOne / 2, run.Headline);
        Assert.Equal((run.Figure("sent"), 0), (run.Figure("received"), run.Figure("messagesLost")));
    }

    [Fact]
    public async Task Thirty_thousand_to_one_address_take_two_processes_and_two_addresses_by_themselves()
    {
        NeedDescriptors();
        await using var echo = await BackendProcess.EchoInTwoAsync();

        var run = await LoadAsync(echo.WebSocketUrl, "-c", "30k", "--mode", "idle", "-d", "2s");

        AssertNoFailure(run, FromTwo);
        // Where a process may open more files, or an address has more ports, one is enough.
        var descriptors = run.Report["environment"]!["descriptorLimit"]!.GetValue<long>();
        var ports = run.Report["environment"]!["lastPort"]!.GetValue<int>() - run.Report["environment"]!["firstPort"]!.GetValue<int>();
        Assert.Equal(descriptors < FromTwo ? 2 : 1, run.Report["workers"]!.GetValue<int>());
        Assert.Equal(ports < FromTwo ? ["127.0.0.1", "127.0.0.2"] : [], run.Report["plan"]!["sources"]!.AsArray().Select(s => (string)s!));
    }

    private static async Task<LoadCall> LoadAsync(params IEnumerable<string> arguments)
    {
        await using var process = LoadCall.Start([.. arguments, "--json"]);
        // So many take their time on a busy machine: the wait for the end begins when they are open.
        await process.LineAsync(@" (hold|closing) |^\{");
        return await LoadCall.EndAsync(process);
    }

    private static void AssertNoFailure(LoadCall run, int connections)
    {
        Figures.Tell($"{run.Headline} {run.Report["durationSeconds"]} s, handshakes p50 {run.Summary["connectP50Ms"]} ms, p99 {run.Summary["connectP99Ms"]} ms");
        Assert.Equal((connections, connections, 0, 0), run.Connections);
        Assert.Equal((connections, 0), (run.Figure("openAtEnd"), run.Figure("failures")));
        // The servers share the machine with the generator, and may keep it from being on time; then it says so, and only then.
        Assert.Equal(run.Summary["valid"]!.GetValue<bool>() ? 0 : 75, run.ExitCode);
    }

    private static void NeedDescriptors() =>
        Assert.True(SelfWatch.DescriptorLimit() > FromOne + 500, $"A process may open {SelfWatch.DescriptorLimit()} descriptors here; this takes {FromOne + 500} (ulimit -n).");
}
