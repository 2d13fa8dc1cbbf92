using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>What <c>bascule load</c> says about time: of a slow server, of the highest rate that it keeps, and of itself when it was the slow one.</summary>
[Collection(nameof(AloneTests))]
public sealed class LatencyTests
{
    [Fact]
    public async Task A_known_pause_of_the_server_shows_in_the_corrected_times()
    {
        // Each echo takes 50 ms, and a connection asks for 40 a second. Large messages fill the sockets, so that most wait to be sent: only the corrected times see that.
        await using var server = BrokenServer.Start(new ServerScript(Behaviour.Echo, Pause: TimeSpan.FromMilliseconds(50)));

        var run = await LoadCall.RunAsync($"{server.Url}", "-c", "2", "--rate", "40/s", "--size", "1MiB", "-d", "5s");

        var (corrected, raw) = (run.Target["roundTrip"]!, run.Target["rawRoundTrip"]!);
        Figures.Tell($"corrected p50 {Milliseconds(corrected, "p50Ns")}, raw p50 {Milliseconds(raw, "p50Ns")}, fastest {Milliseconds(corrected, "minNs")} ms");
        Assert.True(Milliseconds(raw, "minNs") >= 45, $"{Milliseconds(raw, "minNs")} ms");
        Assert.True(Milliseconds(corrected, "p50Ns") > 2 * Milliseconds(raw, "p50Ns"), $"{Milliseconds(corrected, "p50Ns")} ms, raw {Milliseconds(raw, "p50Ns")} ms");
    }

    [Fact]
    public async Task The_highest_rate_that_keeps_a_latency_is_found()
    {
        // An echo each 20 ms and a little: less than 50 a second on each connection. Half of the messages within 100 ms: not at a rate much above that.
        await using var server = BrokenServer.Start(new ServerScript(Behaviour.Echo, Pause: TimeSpan.FromMilliseconds(20)));

        var run = await LoadCall.RunAsync($"{server.Url}", "-c", "4", "--rate", "20/s", "-d", "1s", "--target-latency", "p50=100ms");

        Figures.Tell(run.Said[..run.Said.IndexOf('{')]);
        Assert.Equal(0, run.ExitCode);
        Assert.InRange(run.Report["plan"]!["rate"]!.GetValue<double>(), 1, 65);
        Assert.Contains("p50 <= 100 ms holds up to ", run.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_generator_that_cannot_keep_its_rate_says_so_and_ends_with_75()
    {
        await using var echo = await BackendProcess.EchoAsync("mjs");
        // A million messages a second from one core, over so few connections that all are open before the first of them keeps the server busy.
        await using var process = ChildProcess.Start(
            "taskset",
            ["-c", FirstCore(), "dotnet", Repository.Program, "load", echo.WebSocketUrl, "-c", "8", "--rate", "125000/s", "-d", "1s", "--connect-timeout", "10s", "--message-timeout", "2s", "--json"]);

        var run = await LoadCall.EndAsync(process);

        Assert.Equal((75, "generatorLimit", false), (run.ExitCode, (string?)run.Summary["verdict"], run.Summary["valid"]!.GetValue<bool>()));
        Assert.StartsWith("The generator was the limit: ", run.Headline, StringComparison.Ordinal);
        Assert.NotEmpty(run.Report["validity"]!["reasons"]!.AsArray());
    }

    private static double Milliseconds(global::System.Text.Json.Nodes.JsonNode histogram, string field) => histogram[field]!.GetValue<double>() / 1e6;

    /// <summary>Of those that this process may use.</summary>
    private static string FirstCore() =>
        File.ReadLines("/proc/self/status").Single(l => l.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split(':')[1].Trim().Split('-', ',')[0];
}
