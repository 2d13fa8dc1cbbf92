using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Bascule.Testing;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule session-host</c>, as a gateway starts and finds it.</summary>
public sealed class SessionHostCommandTests
{
    [Fact]
    public async Task A_host_is_found_by_its_file_has_terminals_and_ends_with_them()
    {
        using var terminal = new Terminal();
        using var interruption = new CancellationTokenSource();
        var file = Path.Combine(terminal.Directory, "own", "host.json");

        var running = terminal.RunAsync(Program.CreateRoot, interruption.Token, "session-host", "--folder", "own");
        while (!File.Exists(file) && !running.IsCompleted)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        var told = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(Environment.ProcessId, (int)told["pid"]!);
        Assert.True((long)told["startTime"]! > 0);

        using var http = new HttpClient { BaseAddress = new Uri((string)told["url"]!) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)told["key"]!);
        using var order = new StringContent("""{"command":["sleep","1000"],"tty":false}""");
        var made = await http.PutAsync("v1/terminals/s1", order).Soon();
        var pid = (int)JsonNode.Parse(await made.Content.ReadAsStringAsync())!["pid"]!;
        Assert.True(Directory.Exists($"/proc/{pid}"));

        await interruption.CancelAsync();
        Assert.Equal(ExitCodes.Good, (await running.Soon()).Code);
        Assert.False(Directory.Exists($"/proc/{pid}"));
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task A_folder_has_one_host_at_a_time()
    {
        using var terminal = new Terminal();
        Directory.CreateDirectory(Path.Combine(terminal.Directory, "own"));
        await using var taken = new FileStream(Path.Combine(terminal.Directory, "own", "host.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        var ran = await terminal.RunAsync("session-host", "--folder", "own").Soon();

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.Contains("has a session host already", ran.Error);
    }

    [Fact]
    public async Task An_address_that_cannot_be_had_is_told()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("session-host", "--folder", "own", "--listen", "http://192.0.2.1:1").Soon();

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.StartsWith("The session host cannot begin: ", ran.Error);
        Assert.False(File.Exists(Path.Combine(terminal.Directory, "own", "host.json")));
    }
}
