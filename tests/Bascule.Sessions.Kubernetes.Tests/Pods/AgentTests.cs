using System.Text;
using System.Text.Json.Nodes;
using Bascule.Kubernetes.Fake;
using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>What a runner hears from the agents in the pods.</summary>
public sealed class AgentTests
{
    [Fact]
    public async Task The_end_of_a_command_is_told_while_its_agent_still_keeps_the_result()
    {
        var yard = new PlainAgent.Yard();
        await using var rig = await Rig.StartAsync(new FakeOptions { Launcher = yard.LaunchAsync });
        var runner = await rig.RunnerAsync();
        var order = Rig.Order() with { Tty = false };
        await runner.StartSessionAsync(order, default);
        var place = await rig.News.PlaceAsync(order.Id);

        yard.Agents[order.Id.ToString()].End(Exit("exited", 3));
        var end = await rig.News.EndAsync(order.Id);
        var result = await runner.ResultAsync(Rig.Record(order, place), default);

        Assert.Equal((SessionEndings.Exited.Label, 3), (end.Ending, end.ExitCode));
        Assert.Equal(("out\n", "err\n", true), (Encoding.UTF8.GetString(result!.Output.Span), Encoding.UTF8.GetString(result.Errors.Span), result.IsTruncated));
        Assert.Null(await runner.ResultAsync(Rig.Record(order, place with { Uid = "another" }), default));
        await rig.Cluster.UntilAsync(cluster => cluster.Find("pods", Rig.Space, place.Host).Text("status", "phase") == "Running").Soon();
    }

    [Fact]
    public async Task Another_instance_can_fetch_the_result_too()
    {
        var yard = new PlainAgent.Yard();
        await using var rig = await Rig.StartAsync(new FakeOptions { Launcher = yard.LaunchAsync });
        var first = await rig.RunnerAsync();
        var order = Rig.Order();
        await first.StartSessionAsync(order, default);
        var place = await rig.News.PlaceAsync(order.Id);
        await first.DisposeAsync();
        yard.Agents[order.Id.ToString()].End(Exit("exited", 0));

        var second = await rig.RunnerAsync();

        Assert.Equal(0, (await rig.News.EndAsync(order.Id)).ExitCode);
        Assert.NotNull(await second.ResultAsync(Rig.Record(order, place), default));
    }

    [Fact]
    public async Task A_pod_is_not_ready_before_its_agent_answers_and_its_process_ends_with_it()
    {
        var yard = new PlainAgent.Yard();
        await using var rig = await Rig.StartAsync(new FakeOptions { Launcher = yard.LaunchAsync });
        var runner = await rig.RunnerAsync();
        var order = Rig.Order();
        await runner.StartSessionAsync(order, default);
        var place = await rig.News.PlaceAsync(order.Id);

        Assert.True(await runner.EndSessionAsync(Rig.Record(order, place), SessionEndings.Deleted, default));

        Assert.Equal(143, await yard.Agents[order.Id.ToString()].Exited.Soon());
        Assert.Equal(SessionEndings.Deleted.Label, (await rig.News.EndAsync(order.Id)).Ending);
    }

    [Theory]
    [InlineData("maximum_life", "maximum_life")]
    [InlineData("store_lost", "deleted")]
    public async Task The_agent_hears_why_before_its_pod_goes(string ending, string cause)
    {
        var yard = new PlainAgent.Yard();
        await using var rig = await Rig.StartAsync(new FakeOptions { Launcher = yard.LaunchAsync });
        var runner = await rig.RunnerAsync();
        var order = Rig.Order();
        await runner.StartSessionAsync(order, default);
        var place = await rig.News.PlaceAsync(order.Id);

        Assert.True(await runner.EndSessionAsync(Rig.Record(order, place), SessionEndings.Of(ending), default));

        Assert.Equal(cause, yard.Agents[order.Id.ToString()].Cause);
    }

    [Fact]
    public async Task When_the_agent_itself_fails_its_last_words_are_told()
    {
        var yard = new PlainAgent.Yard();
        await using var rig = await Rig.StartAsync(new FakeOptions { Launcher = yard.LaunchAsync });
        var runner = await rig.RunnerAsync();
        var order = Rig.Order();
        await runner.StartSessionAsync(order, default);
        await rig.News.PlaceAsync(order.Id);

        await yard.Agents[order.Id.ToString()].LeaveAsync(1, Exit("idle", null).ToJsonString());

        Assert.Equal(SessionEndings.Idle.Label, (await rig.News.EndAsync(order.Id)).Ending);
    }

    [Theory]
    [InlineData("exited", "exited")]
    [InlineData("signalled", "signalled")]
    [InlineData("deadline", "deadline")]
    [InlineData("idle", "idle")]
    [InlineData("maximum_life", "maximum_life")]
    [InlineData("detached", "detached")]
    [InlineData("deleted", "deleted")]
    [InlineData("host_stopping", "host_stopping")]
    [InlineData("out_of_memory", "out_of_memory")]
    [InlineData("start_failed", "start_failed")]
    [InlineData("something_else", null)]
    public void Every_cause_of_the_contract_is_an_ending(string cause, string? ending) => Assert.Equal(ending, AgentExit.Of(Exit(cause, 1))?.Ending.Label);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"level\":\"error\"}")]
    [InlineData("panic: {}")]
    public void The_last_line_of_another_program_is_no_exit(string? text) => Assert.Null(AgentExit.Parse(text));

    private static JsonObject Exit(string cause, int? code) => new() { ["cause"] = cause, ["code"] = code, ["signal"] = null };
}
