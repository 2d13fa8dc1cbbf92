using System.Diagnostics;
using System.Globalization;

namespace Bascule.System.Tests;

/// <summary>A gateway that is killed or stopped leaves nobody behind: not its clients, not its shards, not their folder.</summary>
public sealed class GatewayDeathTests
{
    private const int Clients = 12;

    [Fact]
    public async Task Shards_of_a_killed_gateway_say_goodbye_end_and_clear_away()
    {
        await using var gateway = await ShardedGateway.StartAsync(shards: 3, slots: 10);
        var clients = await ConnectAsync(gateway);
        var (processes, folder) = await ShardsOfAsync(gateway);

        gateway.Process.Signal("KILL");

        await MustBeToldAsync(clients);
        await Waiting.UntilAsync(() => Task.FromResult(processes.Count(IsAlive)), alive => alive == 0, gateway.Process.Report);
        Assert.False(Directory.Exists(folder), folder);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_gateway_that_is_asked_to_stop_tells_the_clients_of_its_shards_and_ends_with_0(bool asAllItsProcesses)
    {
        await using var gateway = await ShardedGateway.StartAsync(
            shards: 2, slots: 10, rest: ShardedGateway.OpenRoute + """, "stop": { "pause": "0s", "spread": "100ms", "deadline": "20s" }""");
        var clients = await ConnectAsync(gateway);
        var (processes, folder) = await ShardsOfAsync(gateway);

        if (asAllItsProcesses)
        {
            // As systemd does with KillMode=control-group.
            using var kill = Process.Start("kill", ["-TERM", .. processes.Select(process => process.ToString(CultureInfo.InvariantCulture))]);
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken).Soon(gateway.Process.Report);
        }

        var told = MustBeToldAsync(clients);
        var exitCode = await gateway.StopAsync();

        await told;
        Assert.Equal((0, 0, false), (exitCode, processes.Count(IsAlive), Directory.Exists(folder)));
        Assert.DoesNotContain("ShardEnded", gateway.Process.Output, StringComparison.Ordinal);
        Assert.Contains("Stopped; every client was told.", gateway.Process.Output, StringComparison.Ordinal);
    }

    private static async Task<HubSocket[]> ConnectAsync(GatewayProcess gateway)
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => HubSocket.ConnectAsync(gateway.WebSocketUrl + "/feed?topic=news")));
        await Task.WhenAll(clients.Select(client => client.ReceiveAsync("subscribed")));
        return clients;
    }

    private static async Task<(List<int> Processes, string Folder)> ShardsOfAsync(GatewayProcess gateway)
    {
        var processes = (await gateway.ShardsAsync())["shards"]!.AsArray().Select(shard => (int)shard!["process"]!).ToList();
        var folder = await FolderOfAsync(processes[0]);
        Assert.True(Directory.Exists(folder), folder);
        return (processes, folder);
    }

    private static async Task MustBeToldAsync(HubSocket[] clients)
    {
        foreach (var client in clients)
        {
            var (goodbye, code) = await client.ReceiveGoodbyeAsync();
            Assert.Equal((4600, "draining", 4600), ((int)goodbye["code"]!, (string?)goodbye["label"], code));
            Assert.NotNull(goodbye["resume"]);
            client.Dispose();
        }
    }

    /// <summary>Of the file that the shard was started with.</summary>
    private static async Task<string> FolderOfAsync(int process)
    {
        var arguments = (await File.ReadAllTextAsync($"/proc/{process}/cmdline", TestContext.Current.CancellationToken)).Split('\0').ToList();
        return Path.GetDirectoryName(arguments[arguments.IndexOf("--start") + 1])!;
    }

    /// <summary>A process that has ended and that nobody has asked after yet is not alive.</summary>
    private static bool IsAlive(int process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or IOException)
        {
            return false;
        }
    }
}
