using Bascule.Testing;

namespace Bascule.Sessions.Tests;

/// <summary>The life of the host: found, started, followed, lost and replaced.</summary>
public sealed class HostLifeTests
{
    [Fact]
    public async Task A_gateway_that_restarts_finds_the_host_and_adopts_all_that_runs_there()
    {
        await using var stage = new RunnerStage();
        var (running, over) = (RunnerStage.Order(), RunnerStage.Order());
        await using (var before = await stage.StartAsync())
        {
            await before.StartSessionAsync(running, CancellationToken.None).Soon();
            await before.StartSessionAsync(over, CancellationToken.None).Soon();
        }

        stage.Host.Exit(over.Id, "exited", 0);
        stage.News.Clear();
        await using var after = await stage.StartAsync();

        Assert.Equal("exited", (await stage.EndOfAsync(over.Id)).Ending);
        await Waiting.UntilAsync(() => stage.News.Any(news => news.Id == running.Id));
        Assert.Equal(new SessionPlace("process", "h-1", null, stage.Host.Url), stage.News.First(news => news.Id == running.Id).Place);
        Assert.Equal(1, stage.Started);
        Assert.Empty(stage.Killed);
    }

    [Fact]
    public async Task A_host_that_dies_takes_its_sessions_with_it_its_leftovers_are_killed_and_another_one_is_started()
    {
        await using var stage = new RunnerStage();
        await using var runner = await stage.StartAsync();
        var order = RunnerStage.Order();
        var place = (await runner.StartSessionAsync(order, CancellationToken.None).Soon()).Place;

        await stage.Host.DieAsync();

        var end = await stage.EndOfAsync(order.Id);
        Assert.Equal(("host_lost", "Its host h-1 has died."), (end.Ending, end.Text));
        await Waiting.UntilAsync(() => runner.LivingHost == "h-2");
        Assert.Equal(["h-1"], stage.Killed);
        Assert.Equal(["h-1"], runner.LostHosts);
        Assert.True(await runner.EndSessionAsync(RunnerStage.Record(order.Id, place), SessionEndings.Deleted, CancellationToken.None).Soon());
        Assert.Null(await runner.ResultAsync(RunnerStage.Record(order.Id, place), CancellationToken.None).Soon());
        Assert.True((await runner.StartSessionAsync(RunnerStage.Order(), CancellationToken.None).Soon()).IsRunning);
    }

    [Fact]
    public async Task A_host_that_died_while_no_gateway_was_there_is_known_to_be_lost()
    {
        await using var stage = new RunnerStage();
        await (await stage.StartHostAsync()).DieAsync();

        await using var runner = await stage.StartAsync();
        await Waiting.UntilAsync(() => runner.LivingHost == "h-2");

        Assert.Equal(["h-1"], stage.Killed);
        Assert.Equal(["h-1"], runner.LostHosts);
    }

    [Fact]
    public async Task An_order_in_whose_midst_the_host_dies_goes_to_the_next_one()
    {
        await using var stage = new RunnerStage();
        await using var runner = await stage.StartAsync();
        await Waiting.UntilAsync(() => runner.LivingHost is not null);
        stage.Host.DiesAtOrder = true;
        var order = RunnerStage.Order();

        // The second host is started after a pause, because the first one died young: the order waits for it.
        var answer = await runner.StartSessionAsync(order, CancellationToken.None).Soon();

        Assert.Equal("h-2", answer.Place!.Host);
        Assert.True(stage.Host.Has(order.Id));
    }

    [Fact]
    public async Task After_a_gap_in_the_changes_the_whole_list_is_compared()
    {
        await using var stage = new RunnerStage();
        await using var runner = await stage.StartAsync();
        var (over, gone, on) = (RunnerStage.Order(), RunnerStage.Order(), RunnerStage.Order());
        foreach (var order in new[] { over, gone, on })
            await runner.StartSessionAsync(order, CancellationToken.None).Soon();
        await Waiting.UntilAsync(() => stage.News.Count(news => news.Place is not null) >= 3);
        stage.News.Clear();

        stage.Host.Vanish(gone.Id);
        stage.Host.ForgetChanges();
        var end = await stage.EndOfAsync(gone.Id);
        stage.Host.Exit(over.Id, "signalled", null, "SIGHUP");

        Assert.Equal(("host_lost", "Its host does not have it any more."), (end.Ending, end.Text));
        Assert.Equal("SIGHUP", (await stage.EndOfAsync(over.Id)).Signal);
        Assert.DoesNotContain(stage.News, news => news.Id == on.Id && news.End is not null);
        Assert.Equal(1, stage.Started);
    }

    [Fact]
    public async Task When_no_host_can_be_started_it_is_said_why_and_tried_again_ever_more_rarely()
    {
        await using var stage = new RunnerStage();
        stage.OnStart = () => throw new InvalidOperationException("There is no program bascule.");
        var time = new ManualTime();
        await using var runner = await stage.StartAsync(time);
        await Waiting.UntilAsync(() => runner.Fault is not null);
        Assert.Equal("There is no session host, and none could be started: There is no program bascule. It is tried again every 1 s.", runner.Fault);
        Assert.Equal((null, 1), (runner.LivingHost, stage.Tries));

        // A session waits for some seconds, in vain.
        var starting = runner.StartSessionAsync(RunnerStage.Order(), CancellationToken.None);
        await Waiting.UntilAsync(time, TimeSpan.FromSeconds(1), () => starting.IsCompleted);
        Assert.Equal("runner_unavailable", (await starting).Failure!.Ending);
        Assert.StartsWith("There is no session host, and none could be started: There is no program bascule. It is tried again every ", (await starting).Failure!.Text);

        // After 1, 2, 4, 8, 16 and 32 s, where each comes in time; without longer pauses it would be a hundred tries.
        var end = time.GetUtcNow() + TimeSpan.FromSeconds(119);
        await Waiting.UntilAsync(time, TimeSpan.FromSeconds(1), () => time.GetUtcNow() >= end);
        Assert.InRange(stage.Tries, 4, 9);

        stage.OnStart = null;
        await Waiting.UntilAsync(time, TimeSpan.FromSeconds(1), () => runner.LivingHost is not null);
        Assert.Null(runner.Fault);
    }

    [Fact]
    public async Task A_host_that_ends_as_it_starts_is_told_at_once_with_what_it_said()
    {
        await using var stage = new RunnerStage();
        stage.OnStart = () => Task.CompletedTask;
        var time = new ManualTime();
        await using var runner = await stage.StartAsync(time);
        var starting = runner.StartSessionAsync(RunnerStage.Order(), CancellationToken.None);

        stage.LastWords.SetResult("It ended with exit code 69: the port is taken.");

        await Waiting.UntilAsync(() => runner.Fault is not null);
        Assert.Equal("There is no session host, and none could be started: It ended with exit code 69: the port is taken. It is tried again every 1 s.", runner.Fault);
        await Waiting.UntilAsync(time, TimeSpan.FromSeconds(1), () => starting.IsCompleted);
        Assert.Contains("the port is taken", (await starting).Failure!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_ends_because_another_was_quicker_is_no_fault()
    {
        await using var stage = new RunnerStage();
        stage.OnStart = async () =>
        {
            await stage.StartHostAsync();
            stage.LastWords.SetResult("It ended with exit code 69: another one has the folder.");
        };

        await using var runner = await stage.StartAsync(new ManualTime());

        await Waiting.UntilAsync(() => runner.LivingHost is not null);
        Assert.Null(runner.Fault);
    }

    [Fact]
    public async Task A_host_that_starts_but_never_listens_is_given_up()
    {
        await using var stage = new RunnerStage();
        stage.OnStart = () => Task.CompletedTask;
        var time = new ManualTime();
        await using var runner = await stage.StartAsync(time);

        await Waiting.UntilAsync(time, TimeSpan.FromSeconds(1), () => runner.Fault is not null);

        Assert.StartsWith("There is no session host, and none could be started: It did not write host.json in 15 s; see its log in ", runner.Fault);
    }

    [Fact]
    public async Task A_file_that_others_may_read_is_not_trusted()
    {
        await using var stage = new RunnerStage();
        await stage.StartHostAsync();
        File.SetUnixFileMode(Path.Combine(stage.Folder, "host.json"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        stage.OnStart = () => Task.CompletedTask;
        stage.LastWords.SetResult("It ended with exit code 69: another one has the folder.");
        await using var runner = await stage.StartAsync(new ManualTime());

        await Waiting.UntilAsync(() => runner.Fault is not null);

        Assert.Contains("host.json can be read or written by others than its owner, so its key is no secret. Remove it.", runner.Fault);
        Assert.Null(runner.LivingHost);
    }

    [Theory]
    [InlineData("{\"pid\":1")]
    [InlineData("{\"pid\":1}")]
    [InlineData("null")]
    [InlineData("")]
    public async Task A_file_that_says_nothing_is_as_good_as_none(string text)
    {
        await using var stage = new RunnerStage();
        var path = Path.Combine(stage.Folder, "host.json");
        await File.WriteAllTextAsync(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        await using var runner = await stage.StartAsync();

        Assert.True((await runner.StartSessionAsync(RunnerStage.Order(), CancellationToken.None).Soon()).IsRunning);
        Assert.Empty(stage.Killed);
    }

    [Fact]
    public async Task A_process_that_only_has_the_pid_of_the_host_is_not_taken_for_it()
    {
        await using var stage = new RunnerStage();
        var host = await stage.StartHostAsync();
        var path = Path.Combine(stage.Folder, "host.json");
        var text = await File.ReadAllTextAsync(path);
        await File.WriteAllTextAsync(path, text.Replace("\"startTime\":", "\"startTime\":9", StringComparison.Ordinal));

        await using var runner = await stage.StartAsync();
        await Waiting.UntilAsync(() => runner.LivingHost == "h-2");

        Assert.Equal([host.Id], stage.Killed);
    }

    [Fact]
    public async Task A_gateway_that_was_frozen_for_long_does_not_kill_its_host_for_the_answer_that_it_missed()
    {
        await using var stage = new RunnerStage();
        var time = new ManualTime();
        await using var runner = await stage.StartAsync(time);
        await Waiting.UntilAsync(time, TimeSpan.FromMilliseconds(10), () => runner.LivingHost is not null);
        var order = RunnerStage.Order();
        await runner.StartSessionAsync(order, CancellationToken.None).Soon();
        await Waiting.UntilAsync(() => stage.News.Any(news => news.Id == order.Id) && time.ArmedTimers > 0);

        // The question that is open now runs out of its time.
        time.Advance(TimeSpan.FromMinutes(10));
        stage.Host.Exit(order.Id, "exited", 0);
        await Waiting.UntilAsync(time, TimeSpan.FromSeconds(1), () => stage.News.Any(news => news.Id == order.Id && news.End is not null));

        Assert.Equal("exited", (await stage.EndOfAsync(order.Id)).Ending);
        Assert.Equal((1, 0, "h-1"), (stage.Started, stage.Killed.Count, runner.LivingHost));
    }

    [Fact]
    public async Task A_host_that_lives_but_answers_nothing_is_no_living_host_and_is_killed_in_the_end()
    {
        await using var stage = new RunnerStage();
        var time = new ManualTime();
        await using var runner = await stage.StartAsync(time);
        await Waiting.UntilAsync(time, TimeSpan.FromMilliseconds(10), () => runner.LivingHost is not null);
        var order = RunnerStage.Order();
        await runner.StartSessionAsync(order, CancellationToken.None).Soon();
        var host = stage.Host;

        host.Broken = 500;
        stage.Host.Exit(order.Id, "exited", 0);
        await Waiting.UntilAsync(time, TimeSpan.FromSeconds(1), () => runner.Fault is not null);
        Assert.Equal($"The session host h-1 (pid {host.Pid}, {host.Url}) cannot be used. It answered 500.", runner.Fault);
        Assert.Null(runner.LivingHost);
        await Waiting.UntilAsync(time, TimeSpan.FromSeconds(30), () => stage.News.Any(news => news.Id == order.Id && news.End?.Ending == "host_lost"));
        await Waiting.UntilAsync(time, TimeSpan.FromSeconds(1), () => runner.LivingHost == "h-2");

        Assert.Equal(["h-1"], stage.Killed);
        Assert.Null(runner.Fault);
    }
}
