using Bascule.Testing;

namespace Bascule.Sessions.Tests;

/// <summary>What becomes of the news of runners: forward only, once, with the output kept.</summary>
public sealed class NewsTests
{
    [Fact]
    public async Task A_session_goes_through_its_states_as_it_is_seen()
    {
        await using var gateway = await TestGateway.StartAsync();
        var planned = new SessionPlace("kubernetes", "pod-1", "uid-1", null);
        gateway.Runner.OnStart = _ => Task.FromResult(new StartAnswer(planned, null));
        var id = (await gateway.CreateAsync()).Id;
        await Waiting.UntilAsync(async () => (await FindAsync(gateway, id)).Place == planned);

        gateway.Runner.Tell(new RunnerNews(id, Progress: "the image is being pulled"));
        await Waiting.UntilAsync(async () => (await FindAsync(gateway, id)).Progress == "the image is being pulled");

        var place = planned with { Url = new Uri("http://10.0.0.7:8686") };
        gateway.Runner.Tell(new RunnerNews(id, Place: place));
        var running = await gateway.BecomesAsync(id, SessionState.Running);
        Assert.Equal(("", place), (running.Progress, running.Place));

        gateway.Runner.TellEnded(id, SessionEndings.Evicted);
        var over = await gateway.BecomesAsync(id, SessionState.Ended);
        Assert.Equal(("evicted", place, running.StartedAt), (over.End!.Ending, over.Place, over.StartedAt));
    }

    [Fact]
    public async Task Older_news_change_nothing()
    {
        await using var gateway = await TestGateway.StartAsync();
        var running = await gateway.CreateRunningAsync();

        gateway.Runner.Tell(new RunnerNews(running.Id, Progress: "the image is being pulled"));
        gateway.Runner.Tell(new RunnerNews(running.Id, Place: TestRunner.Place with { Host = "h-0" }));
        gateway.Runner.TellEnded(running.Id, SessionEndings.Exited, 0);
        var over = await gateway.BecomesAsync(running.Id, SessionState.Ended);
        Assert.Equal((running.Version + 1, running.Place), (over.Version, over.Place));

        gateway.Runner.Tell(new RunnerNews(running.Id, Progress: "the image is being pulled"));
        gateway.Runner.TellEnded(running.Id, SessionEndings.HostLost);
        gateway.Runner.Tell(new RunnerNews(SessionId.New(), End: over.End));
        var later = await gateway.CreateRunningAsync();
        Assert.Equal(over, await FindAsync(gateway, running.Id));
        Assert.Equal(SessionState.Running, later.State);
    }

    [Fact]
    public async Task Each_change_of_the_writer_is_told_once_whoever_hears_of_it_and_however_often()
    {
        await using var west = await TestGateway.StartAsync();
        await using var east = await TestGateway.StartAsync(west);
        var id = (await west.CreateRunningAsync()).Id;
        var (second, third) = (Change(2, "bob", "ann"), Change(3, "ann", "bob"));

        west.Runner.Tell(new RunnerNews(id, Writer: second));
        await Waiting.UntilAsync(async () => (await FindAsync(west, id)).Fence == 2);
        foreach (var gateway in new[] { west, east, west })
        {
            gateway.Runner.Tell(new RunnerNews(id, Writer: second));
            gateway.Runner.Tell(new RunnerNews(id, Writer: third));
        }

        await Waiting.UntilAsync(async () => (await FindAsync(west, id)).Fence == 3);
        await west.DisposeAsync();
        await east.DisposeAsync();
        var told = west.Heard.Concat(east.Heard).Where(text => text.StartsWith("writer", StringComparison.Ordinal));
        Assert.Equal(["writer ann after bob, 3 of 3", "writer bob after ann, 2 of 2"], told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_change_of_the_writer_that_is_heard_of_after_the_end_is_told_all_the_same()
    {
        await using var gateway = await TestGateway.StartAsync();
        var id = (await gateway.CreateRunningAsync()).Id;
        await gateway.Desk.DeleteAsync(id, TestGateway.Ann, CancellationToken.None);

        gateway.Runner.Tell(new RunnerNews(id, Writer: Change(2, "bob", "ann")));

        await Waiting.UntilAsync(() => gateway.Heard.Contains("writer bob after ann, 2 of 2"));
        Assert.Equal(SessionState.Ended, (await FindAsync(gateway, id)).State);
    }

    [Fact]
    public async Task A_session_that_was_over_before_its_start_was_heard_of_did_not_start_later()
    {
        await using var gateway = await TestGateway.StartAsync();
        var id = (await gateway.CreateAsync()).Id;
        await gateway.BecomesAsync(id, SessionState.Running);
        var heard = (await FindAsync(gateway, id)).StartedAt!.Value;

        gateway.Runner.Tell(new RunnerNews(id, End: new SessionEnd("exited", "", heard - TimeSpan.FromMilliseconds(5), 0)));
        var over = await gateway.BecomesAsync(id, SessionState.Ended);

        Assert.True(over.StartedAt <= over.End!.At || over.StartedAt == over.CreatedAt, $"{over}");
    }

    [Fact]
    public async Task An_end_that_comes_before_the_answer_of_the_start_stays_and_so_does_the_output()
    {
        await using var gateway = await TestGateway.StartAsync();
        // The first sweep asks the store, too.
        await Waiting.UntilAsync(() => gateway.Store.Sweeps == 1);
        var start = new TaskCompletionSource<StartAnswer>();
        gateway.Runner.OnStart = _ => start.Task;
        var id = (await gateway.CreateAsync()).Id;

        gateway.Runner.Tell(new RunnerNews(id, Place: TestRunner.Place, End: new SessionEnd("exited", "", gateway.Time.GetUtcNow(), 0)));
        var over = await gateway.BecomesAsync(id, SessionState.Ended);
        Assert.Equal((TestRunner.Place, gateway.Time.GetUtcNow()), (over.Place!, over.StartedAt!.Value));

        var before = gateway.Store.Reads;
        start.SetResult(new StartAnswer(TestRunner.Place, null) { IsRunning = true });
        await Waiting.UntilAsync(() => gateway.Store.Reads > before);
        // One after the other: when this is written down, the answer was dealt with.
        gateway.Runner.Tell(new RunnerNews(id, Writer: Change(2, "bob", "ann")));
        await Waiting.UntilAsync(async () => (await FindAsync(gateway, id)).Fence == 2);
        Assert.Equal(over with { Fence = 2, Version = over.Version + 1 }, await FindAsync(gateway, id));
        // It has ended by itself: to end it once more would take its output from those who come for it.
        Assert.Empty(gateway.Runner.Ends);
    }

    [Fact]
    public async Task News_that_every_gateway_hears_are_written_and_witnessed_once()
    {
        await using var west = await TestGateway.StartAsync();
        await using var east = await TestGateway.StartAsync(west);
        var records = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => west.CreateRunningAsync()));

        foreach (var record in records)
        {
            west.Runner.TellEnded(record.Id, SessionEndings.Exited, 0);
            east.Runner.TellEnded(record.Id, SessionEndings.Exited, 0);
        }

        foreach (var record in records)
            await east.BecomesAsync(record.Id, SessionState.Ended);
        await west.DisposeAsync();
        await east.DisposeAsync();
        Assert.Equal(20, west.Heard.Concat(east.Heard).Count(word => word == "ended exited"));
    }

    [Fact]
    public async Task The_output_of_a_command_is_there_when_its_end_is_seen()
    {
        await using var gateway = await TestGateway.StartAsync();
        var id = (await gateway.CreateRunningAsync("once", "info domain")).Id;
        gateway.Runner.Results[id] = new SessionResult("out"u8.ToArray(), "err"u8.ToArray(), true);
        Assert.Null(await gateway.Desk.ResultAsync(await FindAsync(gateway, id), CancellationToken.None));

        gateway.Runner.TellEnded(id, SessionEndings.Deadline);
        var over = await gateway.BecomesAsync(id, SessionState.Ended);

        gateway.Runner.Results.Clear();
        var result = await gateway.Desk.ResultAsync(over, CancellationToken.None);
        Assert.Equal("out"u8.ToArray(), result!.Output.ToArray());
        Assert.Equal("err"u8.ToArray(), result.Errors.ToArray());
        Assert.True(result.IsTruncated);
    }

    [Fact]
    public async Task Output_that_is_not_there_yet_is_asked_for_again_and_the_end_is_written_all_the_same()
    {
        await using var gateway = await TestGateway.StartAsync();
        var id = (await gateway.CreateRunningAsync("once", "info domain")).Id;

        gateway.Runner.TellEnded(id, SessionEndings.Exited, 0);
        await Waiting.UntilAsync(gateway.Time, TimeSpan.FromMilliseconds(100), () => gateway.Heard.Contains("ended exited"));

        Assert.Equal(3, gateway.Runner.ResultsAsked);
        gateway.Runner.Results[id] = new SessionResult("late"u8.ToArray(), default, false);
        Assert.Equal("late"u8.ToArray(), (await gateway.Desk.ResultAsync(await FindAsync(gateway, id), CancellationToken.None))!.Output.ToArray());
    }

    [Fact]
    public async Task Nobody_asks_a_lost_host_for_output_or_a_terminal_for_a_result()
    {
        await using var gateway = await TestGateway.StartAsync();
        var once = await gateway.CreateRunningAsync("once", "info domain");
        var shell = await gateway.CreateRunningAsync();

        gateway.Runner.TellEnded(once.Id, SessionEndings.HostLost);
        gateway.Runner.TellEnded(shell.Id, SessionEndings.Exited, 0);
        await gateway.BecomesAsync(once.Id, SessionState.Ended);
        var over = await gateway.BecomesAsync(shell.Id, SessionState.Ended);

        Assert.Null(await gateway.Desk.ResultAsync(over, CancellationToken.None));
        Assert.Equal(0, gateway.Runner.ResultsAsked);
    }

    [Fact]
    public async Task A_text_without_end_is_cut()
    {
        await using var gateway = await TestGateway.StartAsync();
        var id = (await gateway.CreateRunningAsync()).Id;

        gateway.Runner.Tell(new RunnerNews(id, End: new SessionEnd("pod_rejected", new string('x', 5000), gateway.Time.GetUtcNow())));

        Assert.Equal(1000, (await gateway.BecomesAsync(id, SessionState.Ended)).End!.Text.Length);
    }

    private static async Task<SessionRecord> FindAsync(TestGateway gateway, SessionId id) => (await gateway.Desk.FindAsync(id, CancellationToken.None).Soon())!;

    private static WriterChange Change(long fence, string user, string before) => new(fence, user, before, null, null, DateTimeOffset.UnixEpoch);
}
