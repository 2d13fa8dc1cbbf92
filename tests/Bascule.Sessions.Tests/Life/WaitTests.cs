using System.Collections.Concurrent;
using Bascule.Testing;

namespace Bascule.Sessions.Tests;

/// <summary>What a client hears that connects while its session starts, here or at another gateway.</summary>
public sealed class WaitTests
{
    [Fact]
    public async Task Progress_is_told_at_once_and_the_wait_ends_when_it_runs()
    {
        await using var gateway = await StartingAsync();
        var id = (await gateway.CreateAsync()).Id;
        var told = new ConcurrentQueue<string>();

        var waiting = gateway.Desk.WaitRunningAsync(id, Note(told), CancellationToken.None);
        await Waiting.UntilAsync(() => told.Count == 1);
        gateway.Runner.Tell(new RunnerNews(id, Progress: "the image is being pulled"));
        await Waiting.UntilAsync(() => told.Count == 2);
        gateway.Runner.Tell(new RunnerNews(id, Place: TestRunner.Place));

        Assert.Equal(SessionState.Running, (await waiting.Soon())!.State);
        Assert.Equal(["", "the image is being pulled"], told);
    }

    [Fact]
    public async Task A_start_that_fails_ends_the_wait_with_the_reason()
    {
        await using var gateway = await StartingAsync();
        var id = (await gateway.CreateAsync()).Id;

        var waiting = gateway.Desk.WaitRunningAsync(id, Note([]), CancellationToken.None);
        gateway.Runner.TellEnded(id, SessionEndings.ImagePull);

        Assert.Equal("image_pull", (await waiting.Soon())!.End!.Ending);
    }

    [Fact]
    public async Task What_runs_is_over_or_is_not_there_needs_no_wait()
    {
        await using var gateway = await TestGateway.StartAsync();
        var running = await gateway.CreateRunningAsync();
        var told = new ConcurrentQueue<string>();

        Assert.Equal(running, await gateway.Desk.WaitRunningAsync(running.Id, Note(told), CancellationToken.None).Soon());
        Assert.Null(await gateway.Desk.WaitRunningAsync(SessionId.New(), Note(told), CancellationToken.None).Soon());
        Assert.Empty(told);
    }

    [Fact]
    public async Task Changes_of_another_gateway_are_heard_within_a_second()
    {
        await using var west = await StartingAsync();
        await using var east = await TestGateway.StartAsync(west);
        var id = (await west.CreateAsync()).Id;
        var told = new ConcurrentQueue<string>();
        var waiting = east.Desk.WaitRunningAsync(id, Note(told), CancellationToken.None);
        await Waiting.UntilAsync(() => told.Count == 1);

        west.Runner.Tell(new RunnerNews(id, Progress: "the image is being pulled"));
        await Waiting.UntilAsync(west.Time, TimeSpan.FromMilliseconds(100), () => told.Count == 2);
        west.Runner.Tell(new RunnerNews(id, Place: TestRunner.Place));
        await Waiting.UntilAsync(west.Time, TimeSpan.FromMilliseconds(100), () => waiting.IsCompleted);

        Assert.Equal(SessionState.Running, (await waiting)!.State);
        Assert.Equal(["", "the image is being pulled"], told);
    }

    [Fact]
    public async Task However_many_wait_the_store_is_asked_once_a_second()
    {
        await using var gateway = await StartingAsync();
        // The first sweep asks for each session that it did not see before, too.
        await Waiting.UntilAsync(() => gateway.Store.Sweeps == 1);
        using var limit = new CancellationTokenSource();
        var told = new ConcurrentQueue<string>();
        List<Task> waits = [];
        foreach (var _ in Enumerable.Range(0, 10))
        {
            var id = (await gateway.CreateAsync()).Id;
            waits.AddRange(Enumerable.Range(0, 3).Select(_ => gateway.Desk.WaitRunningAsync(id, Note(told), limit.Token)));
        }

        await Waiting.UntilAsync(() => told.Count == 30);
        await Waiting.UntilAsync(async () => (await gateway.Store.ListAsync(new SessionFilter(), 100, CancellationToken.None)).All(record => record.Place is not null));
        await Waiting.UntilAsync(() => gateway.Time.ArmedTimers >= 31);
        var before = gateway.Store.Reads;
        gateway.Time.Advance(TimeSpan.FromSeconds(1));
        await Waiting.UntilAsync(() => gateway.Time.ArmedTimers >= 31);

        Assert.Equal(1, gateway.Store.Reads - before);
        await limit.CancelAsync();
        foreach (var wait in waits)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.Soon());
    }

    [Fact]
    public async Task A_wait_outlasts_a_store_that_is_lost_and_found()
    {
        await using var gateway = await StartingAsync();
        var id = (await gateway.CreateAsync()).Id;
        var told = new ConcurrentQueue<string>();
        var waiting = gateway.Desk.WaitRunningAsync(id, Note(told), CancellationToken.None);
        await Waiting.UntilAsync(() => told.Count == 1);

        gateway.Store.IsAway = true;
        var before = gateway.Store.Reads;
        await Waiting.UntilAsync(gateway.Time, TimeSpan.FromMilliseconds(100), () => gateway.Store.Reads > before + 2);
        Assert.False(waiting.IsCompleted);
        gateway.Store.IsAway = false;
        gateway.Runner.Tell(new RunnerNews(id, Place: TestRunner.Place));
        await Waiting.UntilAsync(gateway.Time, TimeSpan.FromMilliseconds(100), () => waiting.IsCompleted);

        Assert.Equal(SessionState.Running, (await waiting)!.State);
    }

    [Fact]
    public async Task A_wait_for_a_session_that_is_forgotten_ends()
    {
        await using var west = await StartingAsync();
        await using var east = await TestGateway.StartAsync(west);
        var id = (await west.CreateAsync()).Id;
        var told = new ConcurrentQueue<string>();
        var waiting = east.Desk.WaitRunningAsync(id, Note(told), CancellationToken.None);
        await Waiting.UntilAsync(() => told.Count == 1);

        await west.Desk.DeleteAsync(id, TestGateway.Ann, CancellationToken.None);
        await west.Store.ForgetEndedAsync(DateTimeOffset.MaxValue, 10, CancellationToken.None);
        await Waiting.UntilAsync(west.Time, TimeSpan.FromMilliseconds(100), () => waiting.IsCompleted);

        Assert.Null(await waiting);
    }

    private static async Task<TestGateway> StartingAsync()
    {
        var gateway = await TestGateway.StartAsync();
        gateway.Runner.OnStart = _ => Task.FromResult(new StartAnswer(new SessionPlace("kubernetes", "pod-1", "uid-1", null), null));
        return gateway;
    }

    private static Func<SessionRecord, Task> Note(ConcurrentQueue<string> told) => record =>
    {
        told.Enqueue(record.Progress);
        return Task.CompletedTask;
    };
}
