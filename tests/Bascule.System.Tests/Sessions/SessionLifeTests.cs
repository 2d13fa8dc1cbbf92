using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Bascule.System.Tests;

/// <summary>Sessions whose clients are cut, whose gateway is killed, whose host is killed: the real program, processes and sockets.</summary>
[Trait("Part", "sessions")]
public sealed class SessionLifeTests
{
    private const int Cuts = 200;
    private const int Lines = 1_000_000;

    [Fact]
    public async Task A_client_that_is_cut_200_times_sees_every_byte_of_a_million_lines_once()
    {
        using var data = new TestFolder();
        await using var gateway = await KeptGateway.StartAsync(data.Path);
        var session = await gateway.CreateAsync("any", "sh", "-c", $"stty -echo; echo ready; read go; seq 1 {Lines}");
        var reader = new FaithfulReader(hello => gateway.AttachAsync(session, hello));
        var expected = Expected("ready\r\n", 1, Lines);
        var chance = new Random(6);

        await (await ReadyAsync(reader)).TypeAsync("\r");
        for (var cut = 0; cut < Cuts; cut++)
        {
            // The frame that is on its way is lost, or not.
            await reader.ReadAsync(chance.Next(0, 2 * expected.Length / Cuts));
            reader.Cut();
            await reader.ConnectAsync();
        }

        await reader.ReadAsync(long.MaxValue / 2);

        Assert.True(reader.Text == expected, $"{reader.Text.Length} bytes came, {expected.Length} were expected.");
        Assert.Equal(0, (int?)reader.Exit!["code"]);
    }

    [Fact]
    public async Task A_gateway_that_is_killed_loses_no_session_and_no_output()
    {
        using var data = new TestFolder();
        await using var killed = await KeptGateway.StartAsync(data.Path);
        var session = await killed.CreateAsync("any", "sh", "-c", "stty -echo; echo ready; read go; seq 1 300000; read end; exit 7");
        var gateway = killed;
        var reader = new FaithfulReader(hello => gateway.AttachAsync(session, hello));
        await (await ReadyAsync(reader)).TypeAsync("\r");
        await reader.ReadAsync(100_000);
        var host = killed.Host;

        await killed.KillAsync();
        reader.Cut();
        await using var next = gateway = await KeptGateway.StartAsync(data.Path);
        Assert.Equal("running", (string?)(await next.ShowAsync(session))["state"]);
        var expected = Expected("ready\r\n", 1, 300_000);
        var socket = await reader.ConnectAsync();
        await reader.ReadAsync(expected.Length - reader.Read);
        Assert.Equal(expected, reader.Text);
        await socket.TypeAsync("\r");
        await reader.ReadAsync(1);

        Assert.Equal(7, (int?)reader.Exit!["code"]);
        Assert.Equal(host, next.Host);
        Assert.Equal(7, (int?)(await next.StateAsync(session, "ended"))["end"]!["exitCode"]);
    }

    [Fact]
    public async Task After_the_death_of_the_host_its_sessions_are_told_as_lost_and_nothing_is_left_of_them()
    {
        using var data = new TestFolder();
        await using var gateway = await KeptGateway.StartAsync(data.Path);
        // Two that stay behind when their terminal goes: one ignores the hang-up, one has left the session.
        var session = await gateway.CreateAsync("any", "sh", "-c", "trap '' HUP TERM; setsid sleep 1000 & while :; do sleep 1000; done");
        await Waiting.UntilAsync(() => Task.FromResult(SessionProcesses.Of(session)), n => n >= 3, gateway.Process.Report);

        using (var host = global::System.Diagnostics.Process.GetProcessById(gateway.Host!.Value))
            host.Kill();

        var shown = await gateway.StateAsync(session, "ended");
        Assert.Equal("host_lost", (string?)shown["end"]!["label"]);
        await Waiting.UntilAsync(() => Task.FromResult(SessionProcesses.Of(session)), n => n == 0, gateway.Process.Report);
        // And the next one has a host again.
        var next = await gateway.CreateAsync("command", "echo", "again");
        Assert.Equal(0, (int?)(await gateway.StateAsync(next, "ended"))["end"]!["exitCode"]);
    }

    [Fact]
    public async Task A_deleted_session_leaves_no_process_behind_whatever_its_processes_ignore()
    {
        using var data = new TestFolder();
        await using var gateway = await KeptGateway.StartAsync(data.Path);
        var session = await gateway.CreateAsync("any", "sh", "-c", "trap '' HUP TERM INT; (trap '' HUP; setsid sleep 1000) & while :; do sleep 1000; done");
        await Waiting.UntilAsync(() => Task.FromResult(SessionProcesses.Of(session)), n => n >= 3, gateway.Process.Report);

        var (status, answer) = await gateway.SendAsync(HttpMethod.Delete, $"/api/sessions/{session}");

        Assert.True(status is 200 or 202 or 204, $"{status} {answer}");
        await Waiting.UntilAsync(() => Task.FromResult(SessionProcesses.Of(session)), n => n == 0, gateway.Process.Report);
        Assert.Equal("deleted", (string?)(await gateway.StateAsync(session, "ended"))["end"]!["label"]);
    }

    [Fact]
    public async Task A_host_that_cannot_listen_is_told_by_its_own_words()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var gateway = await GatewayProcess.StartAsync($$"""
            "sessions": { "auth": "none", "process": { "listen": "http://{{taken.LocalEndpoint}}" }, "profiles": { "any": { "allow": ["*"] } } }
            """);

        var told = await Waiting.UntilAsync(() => gateway.AdminTextAsync("/readyz"), text => text.Contains("exit code", StringComparison.Ordinal), gateway.Process.Report);

        Assert.Contains($"It ended with exit code 69: The session host cannot begin: Failed to bind to address http://{taken.LocalEndpoint}: address already in use. It is tried again every ", told, StringComparison.Ordinal);
    }

    private static async Task<TerminalSocket> ReadyAsync(FaithfulReader reader)
    {
        var socket = await reader.ConnectAsync();
        await reader.ReadAsync("ready\r\n".Length);
        return socket;
    }

    private static string Expected(string before, int first, int last)
    {
        var text = new StringBuilder(before);
        for (var number = first; number <= last; number++)
            text.Append(number).Append("\r\n");
        return text.ToString();
    }
}
