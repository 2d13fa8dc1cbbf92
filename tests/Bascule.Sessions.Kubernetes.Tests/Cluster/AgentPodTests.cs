using System.Text;
using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>Sessions in pods whose containers really run: the command line of the template is one that <c>bascule agent</c> takes.</summary>
public sealed class AgentPodTests
{
    [Fact]
    public async Task The_result_of_a_command_can_be_fetched_when_it_has_ended()
    {
        await using var rig = await RealAgents.StartAsync();
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
        await using var rig = await RealAgents.StartAsync();
        var runner = await rig.RunnerAsync();
        var order = Rig.Order(null, "sh");
        Assert.Null((await runner.StartSessionAsync(order, default)).Failure);
        var place = await rig.News.PlaceAsync(order.Id);

        using var socket = await RealAgents.AttachAsync(place, order.Id, order.Key);
        await RealAgents.TypeAsync(socket, "echo \"secret:${BASCULE_AGENT_SECRET}.\"; exit 5\n");
        var (text, _, reason) = await RealAgents.ReadAsync(socket);

        Assert.Contains("secret:.", text);
        Assert.StartsWith("exited; code=5", reason, StringComparison.Ordinal);
        Assert.Equal(5, (await rig.News.EndAsync(order.Id)).ExitCode);
    }

    [Fact]
    public async Task Who_is_attached_to_a_session_that_is_deleted_hears_so()
    {
        await using var rig = await RealAgents.StartAsync();
        var runner = await rig.RunnerAsync();
        var order = Rig.Order(null, "sh");
        Assert.Null((await runner.StartSessionAsync(order, default)).Failure);
        var place = await rig.News.PlaceAsync(order.Id);
        using var socket = await RealAgents.AttachAsync(place, order.Id, order.Key);

        Assert.True(await runner.EndSessionAsync(Rig.Record(order, place), SessionEndings.Idle, default));
        var (_, code, reason) = await RealAgents.ReadAsync(socket);

        Assert.Equal(1000, code);
        Assert.StartsWith("idle; ", reason, StringComparison.Ordinal);
        Assert.Equal(SessionEndings.Idle.Label, (await rig.News.EndAsync(order.Id)).Ending);
        await rig.Cluster.UntilAsync(cluster => cluster.List("pods").Count == 0).Soon();
    }

    [Fact]
    public async Task A_program_that_is_not_in_the_image_is_told()
    {
        await using var rig = await RealAgents.StartAsync();
        var runner = await rig.RunnerAsync();
        var order = Rig.Order(null, "no-such-program");
        Assert.Null((await runner.StartSessionAsync(order, default)).Failure);

        var end = await rig.News.EndAsync(order.Id);

        Assert.Equal(SessionEndings.CommandNotFound.Label, end.Ending);
        Assert.Contains("no-such-program", end.Text);
    }
}
