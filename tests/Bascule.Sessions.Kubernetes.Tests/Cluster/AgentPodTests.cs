using System.Net.WebSockets;
using System.Text;
using Bascule.Kubernetes.Fake;
using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>Sessions in pods whose containers really run: the command line of the template is one that <c>bascule agent</c> takes.</summary>
public sealed class AgentPodTests
{
    /// <summary>Where the build puts the program; the same configuration as this test.</summary>
    private static string Program { get; } = Path.Combine(AppContext.BaseDirectory.Replace(
        $"{Path.DirectorySeparatorChar}tests{Path.DirectorySeparatorChar}Bascule.Sessions.Kubernetes.Tests{Path.DirectorySeparatorChar}",
        $"{Path.DirectorySeparatorChar}src{Path.DirectorySeparatorChar}Bascule.Cli{Path.DirectorySeparatorChar}",
        StringComparison.Ordinal), "bascule");

    [Fact]
    public async Task The_result_of_a_command_can_be_fetched_when_it_has_ended()
    {
        await using var rig = await StartAsync();
        var runner = await rig.RunnerAsync();
        var order = Rig.Order(null, "sh", "-c", "echo \"out $REALM\"; echo err >&2; exit 3") with
        {
            Tty = false, Environment = new Dictionary<string, string> { ["REALM"] = "blue $(moon)" },
        };
        Assert.Null((await runner.StartSessionAsync(order, default)).Failure);

        var place = await rig.News.PlaceAsync(order.Id);
        var end = await rig.News.EndAsync(order.Id);
        var result = await runner.ResultAsync(Rig.Record(order, place), default);

        Assert.Equal((SessionEndings.Exited.Label, 3), (end.Ending, end.ExitCode));
        Assert.Equal(("out blue $(moon)\n", "err\n"), (Encoding.UTF8.GetString(result!.Output.Span), Encoding.UTF8.GetString(result.Errors.Span)));
        Assert.True(await runner.EndSessionAsync(Rig.Record(order, place), SessionEndings.Deleted, default));
        await rig.Cluster.UntilAsync(cluster => cluster.List("pods").Count == 0).Soon();
    }

    [Fact]
    public async Task A_terminal_in_a_pod_is_attached_to_with_the_key_of_its_session_alone()
    {
        await using var rig = await StartAsync();
        var runner = await rig.RunnerAsync();
        var order = Rig.Order(null, "sh");
        Assert.Null((await runner.StartSessionAsync(order, default)).Failure);
        var place = await rig.News.PlaceAsync(order.Id);
        var attach = new UriBuilder(new Uri(place.Url!, $"v1/terminals/{order.Id}/attach?from=0")) { Scheme = "ws" }.Uri;

        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + order.Key);
        await socket.ConnectAsync(attach, default).Soon();
        await socket.SendAsync("echo \"secret:${BASCULE_AGENT_SECRET}.\"; exit 5\n"u8.ToArray(), WebSocketMessageType.Text, true, default);
        var (text, reason) = await ReadAsync(socket);

        Assert.Contains("secret:.", text);
        Assert.StartsWith("exited; code=5", reason, StringComparison.Ordinal);
        Assert.Equal(5, (await rig.News.EndAsync(order.Id)).ExitCode);
    }

    [Fact]
    public async Task A_program_that_is_not_in_the_image_is_told()
    {
        await using var rig = await StartAsync();
        var runner = await rig.RunnerAsync();
        var order = Rig.Order(null, "no-such-program");
        Assert.Null((await runner.StartSessionAsync(order, default)).Failure);

        var end = await rig.News.EndAsync(order.Id);

        Assert.Equal(SessionEndings.CommandNotFound.Label, end.Ending);
        Assert.Contains("no-such-program", end.Text);
    }

    private static Task<Rig> StartAsync()
    {
        Assert.SkipUnless(File.Exists(Program) || Environment.GetEnvironmentVariable("CI") is not null, "bascule is not built: build the solution");
        var processes = new LocalProcesses(new Dictionary<string, string> { ["bascule"] = Program }, TimeProvider.System);
        return Rig.StartAsync(new FakeOptions { Launcher = processes.StartAsync });
    }

    private static async Task<(string Text, string Reason)> ReadAsync(WebSocket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, default).Soon();
            if (part.MessageType == WebSocketMessageType.Close)
                return (text.ToString(), part.CloseStatusDescription ?? "");
            text.Append(Encoding.UTF8.GetString(buffer, 0, part.Count));
        }
    }
}
