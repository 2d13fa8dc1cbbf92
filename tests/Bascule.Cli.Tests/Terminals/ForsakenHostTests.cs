using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Bascule.Testing;

namespace Bascule.Cli.Tests;

/// <summary>What becomes of a session host that no gateway asks for anything any more.</summary>
public sealed class ForsakenHostTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ManualTime _time = new();

    [Fact]
    public async Task It_ends_after_ten_minutes_with_all_its_processes_and_not_while_somebody_asks()
    {
        using var terminal = new Terminal();
        var file = Path.Combine(terminal.Directory, "own", "host.json");
        var running = terminal.RunAsync(surroundings => [SessionHostCommand.Create(surroundings, _time)], CancellationToken.None, "session-host", "--folder", "own");
        await RunningGateway.UntilAsync(() => File.Exists(file) || running.IsCompleted);
        using var http = Door(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        using var order = new StringContent("""{"command":["sleep","1000"],"tty":false}""");
        var made = await http.PutAsync("v1/terminals/s1", order).Soon();
        var pid = (int)JsonNode.Parse(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).Soon())!["pid"]!;

        // 1. A gateway asks every nine minutes: two questions each less than ten minutes after the one before.
        for (var question = 0; question < 2; question++)
        {
            _time.Advance(9 * Minute);
            Assert.True((await http.GetAsync("v1/terminals").Soon()).IsSuccessStatusCode);
        }

        // 2. The last one is nine minutes ago, and who only looks whether it lives is no gateway.
        _time.Advance(9 * Minute);
        Assert.True((await http.GetAsync("health").Soon()).IsSuccessStatusCode);
        Assert.False(running.IsCompleted);
        Assert.True(Directory.Exists($"/proc/{pid}"));

        // 3. And now ten. Processes are given time to end, by the same clock.
        _time.Advance(Minute);
        await RunningGateway.UntilAsync(() =>
        {
            if (!running.IsCompleted)
                _time.Advance(TimeSpan.FromMilliseconds(50));
            return running.IsCompleted;
        });
        Assert.Equal(ExitCodes.Good, (await running).Code);
        Assert.False(Directory.Exists($"/proc/{pid}"));
        Assert.False(File.Exists(file));
    }

    private static HttpClient Door(string file)
    {
        var told = JsonNode.Parse(file)!;
        var http = new HttpClient { BaseAddress = new Uri((string)told["url"]!) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)told["key"]!);
        return http;
    }
}
