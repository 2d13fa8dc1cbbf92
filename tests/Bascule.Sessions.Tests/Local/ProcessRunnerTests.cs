using System.Text.Json.Nodes;
using Bascule.Testing;

namespace Bascule.Sessions.Tests;

/// <summary>Sessions as processes: what is asked of the host, and what is made of its answers.</summary>
public sealed class ProcessRunnerTests
{
    [Fact]
    public async Task A_session_runs_at_the_host_that_was_started_for_it()
    {
        await using var stage = new RunnerStage();
        await using var runner = await stage.StartAsync(advertise: url => new Uri($"http://gateway-1.example:{url.Port}"));
        var order = RunnerStage.Order() with
        {
            Tty = false, Environment = new Dictionary<string, string> { ["TERM"] = "vt100" }, WorkingDirectory = "/srv", Columns = 100, Rows = 30, Deadline = TimeSpan.FromSeconds(90.5),
            Limits = new SessionLimits(MemoryBytes: 1 << 30, OpenFiles: 64), Recording = "output",
        };

        var answer = await runner.StartSessionAsync(order, CancellationToken.None).Soon();

        Assert.True(answer.IsRunning);
        Assert.Equal(new SessionPlace("process", "h-1", null, new Uri($"http://gateway-1.example:{stage.Host.Url.Port}")), answer.Place);
        Assert.Equal((null, "h-1"), (runner.Fault, runner.LivingHost));
        var expected = JsonNode.Parse("""
            {"command":["bash","-l"],"tty":false,"environment":{"TERM":"vt100"},"workingDirectory":"/srv","columns":100,"rows":30,"scrollbackBytes":1048576,"outputCap":1048576,
             "deadlineSeconds":90.5,"idleSeconds":null,"maximumLifeSeconds":28800,"detachGraceSeconds":null,"holdSeconds":60,"viewers":16,
             "limits":{"memoryBytes":1073741824,"cpuSeconds":null,"processes":null,"openFiles":64},"recording":"output","key":"a key of sixteen or more"}
            """);
        Assert.True(JsonNode.DeepEquals(expected, stage.Host.Orders[order.Id.ToString()]), stage.Host.Orders[order.Id.ToString()].ToJsonString());
    }

    [Theory]
    [InlineData(422, "command_not_found", "command_not_found")]
    [InlineData(422, "not_executable", "start_failed")]
    [InlineData(400, "order_invalid", "start_failed")]
    [InlineData(429, "too_many_terminals", "runner_unavailable")]
    [InlineData(503, "host_stopping", "runner_unavailable")]
    [InlineData(500, "host_fault", "runner_unavailable")]
    public async Task What_the_host_refuses_ends_with_its_own_words(int status, string label, string ending)
    {
        await using var stage = new RunnerStage();
        var host = await stage.StartHostAsync();
        host.Refusal = (status, label, "There is no program bsh.");
        await using var runner = await stage.StartAsync();

        var answer = await runner.StartSessionAsync(RunnerStage.Order(), CancellationToken.None).Soon();

        Assert.Null(answer.Place);
        Assert.Equal((ending, "There is no program bsh."), (answer.Failure!.Ending, answer.Failure.Text));
    }

    [Fact]
    public async Task An_order_that_is_sent_twice_is_one_session()
    {
        await using var stage = new RunnerStage();
        await using var runner = await stage.StartAsync();
        var order = RunnerStage.Order();

        await runner.StartSessionAsync(order, CancellationToken.None).Soon();
        var again = await runner.StartSessionAsync(order, CancellationToken.None).Soon();

        Assert.True(again.IsRunning);
    }

    [Theory]
    [InlineData("exited", 3, null, "exited", "The command ended with code 3.")]
    [InlineData("signalled", null, "SIGKILL", "signalled", "The command was ended by SIGKILL.")]
    [InlineData("deadline", null, null, "deadline", "The command ran longer than its profile lets it, and was ended.")]
    [InlineData("out_of_memory", null, "SIGKILL", "out_of_memory", "It used more memory than it may, and was ended. Ask for a profile with more.")]
    [InlineData("something_new", null, null, "start_failed", "It could not be started. The text says why; an operator must act.")]
    public async Task An_end_is_told_with_code_signal_and_cause(string cause, int? code, string? signal, string ending, string text)
    {
        await using var stage = new RunnerStage();
        await using var runner = await stage.StartAsync();
        var order = RunnerStage.Order();
        await runner.StartSessionAsync(order, CancellationToken.None).Soon();

        stage.Host.Exit(order.Id, cause, code, signal);

        var end = await stage.EndOfAsync(order.Id);
        Assert.Equal(new SessionEnd(ending, text, new DateTimeOffset(2030, 1, 1, 0, 0, 2, 500, TimeSpan.Zero), code, signal), end);
    }

    [Fact]
    public async Task Output_is_fetched_when_there_is_some()
    {
        await using var stage = new RunnerStage();
        await using var runner = await stage.StartAsync();
        var order = RunnerStage.Order();
        var place = (await runner.StartSessionAsync(order, CancellationToken.None).Soon()).Place;

        Assert.Null(await runner.ResultAsync(RunnerStage.Record(order.Id, place), CancellationToken.None).Soon());
        Assert.Null(await runner.ResultAsync(RunnerStage.Record(SessionId.New(), place), CancellationToken.None).Soon());
        stage.Host.Results[order.Id.ToString()] = ("out", "err", true);

        var result = await runner.ResultAsync(RunnerStage.Record(order.Id, place), CancellationToken.None).Soon();
        Assert.Equal("out"u8.ToArray(), result!.Output.ToArray());
        Assert.Equal("err"u8.ToArray(), result.Errors.ToArray());
        Assert.True(result.IsTruncated);
    }

    [Fact]
    public async Task A_session_is_ended_with_its_cause_and_twice_is_once()
    {
        await using var stage = new RunnerStage();
        await using var runner = await stage.StartAsync();
        var (first, second) = (RunnerStage.Order(), RunnerStage.Order());
        var place = (await runner.StartSessionAsync(first, CancellationToken.None).Soon()).Place;
        await runner.StartSessionAsync(second, CancellationToken.None).Soon();

        Assert.True(await runner.EndSessionAsync(RunnerStage.Record(first.Id, place), SessionEndings.MaximumLife, CancellationToken.None).Soon());
        Assert.True(await runner.EndSessionAsync(RunnerStage.Record(first.Id, place), SessionEndings.Deleted, CancellationToken.None).Soon());
        Assert.True(await runner.EndSessionAsync(RunnerStage.Record(second.Id, null), SessionEndings.StartTimeout, CancellationToken.None).Soon());

        Assert.Equal([($"{first.Id}", "maximum_life"), ($"{first.Id}", "deleted"), ($"{second.Id}", "deleted")], stage.Host.Ends);
        Assert.False(stage.Host.Has(first.Id) || stage.Host.Has(second.Id));
    }

    [Fact]
    public async Task A_session_at_the_host_of_another_gateway_is_reached_there_with_a_note()
    {
        await using var east = new RunnerStage();
        await using var west = new RunnerStage();
        await using var runnerEast = await east.StartAsync();
        await west.StartHostAsync();
        await using var runnerWest = await west.StartAsync();
        var order = RunnerStage.Order();
        var place = (await runnerEast.StartSessionAsync(order, CancellationToken.None).Soon()).Place! with { Host = "h-far" };
        east.Host.Results[order.Id.ToString()] = ("out", "", false);

        Assert.NotNull(await runnerWest.ResultAsync(RunnerStage.Record(order.Id, place), CancellationToken.None).Soon());
        Assert.True(await runnerWest.EndSessionAsync(RunnerStage.Record(order.Id, place), SessionEndings.Deleted, CancellationToken.None).Soon());

        var path = $"/v1/terminals/{order.Id}";
        Assert.Equal([($"note for {order.Id} at {path}/result", $"{path}/result"), ($"note for {order.Id} at {path}", path)], east.Host.Notes);
        await east.Host.DieAsync();
        Assert.False(await runnerWest.EndSessionAsync(RunnerStage.Record(order.Id, place), SessionEndings.Deleted, CancellationToken.None).Soon());
    }

    [Fact]
    public async Task What_is_in_nobodys_book_is_swept()
    {
        await using var stage = new RunnerStage();
        await using var runner = await stage.StartAsync();
        var (known, stranger) = (RunnerStage.Order(), RunnerStage.Order());
        await runner.StartSessionAsync(known, CancellationToken.None).Soon();
        await runner.StartSessionAsync(stranger, CancellationToken.None).Soon();

        Assert.Equal(1, await runner.SweepAsync(id => Task.FromResult(id == known.Id), CancellationToken.None).Soon());

        Assert.True(stage.Host.Has(known.Id));
        Assert.False(stage.Host.Has(stranger.Id));
    }

    [Fact]
    public async Task A_desk_with_this_runner_creates_fetches_and_clears_up()
    {
        await using var stage = new RunnerStage();
        await using var runner = stage.Create();
        var time = new ManualTime();
        var record = RunnerStage.Record(SessionId.New(), null) with { State = SessionState.Starting, CreatedAt = time.GetUtcNow(), ExpiresAt = time.GetUtcNow().AddHours(1) };
        var store = new MemorySessionStore(time);
        await store.CreateAsync(record, new SessionQuota(1, 1), CancellationToken.None);
        await using var gateway = new LocalGateway(store, runner, time);
        await gateway.Desk.StartAsync(CancellationToken.None);
        await Waiting.UntilAsync(() => runner.LivingHost is not null);

        stage.Host.Add(record.Id);
        await gateway.BecomesAsync(record.Id, SessionState.Running);
        stage.Host.Results[record.Id.ToString()] = ("out", "err", false);
        stage.Host.Exit(record.Id, "exited", 3);
        var over = await gateway.BecomesAsync(record.Id, SessionState.Ended);

        Assert.Equal((3, "h-1"), (over.End!.ExitCode, over.Place!.Host));
        Assert.Equal("out"u8.ToArray(), (await store.ResultAsync(record.Id, CancellationToken.None))!.Output.ToArray());
        time.Advance(over.End.At + TimeSpan.FromMinutes(2) - time.GetUtcNow());
        await gateway.Desk.SweepAsync(CancellationToken.None).Soon();
        Assert.False(stage.Host.Has(record.Id));
    }
}
