using Bascule.Testing;

namespace Bascule.Sessions.Tests;

/// <summary>What is ended and forgotten because time has passed.</summary>
public sealed class SweepTests
{
    [Fact]
    public async Task A_session_that_starts_too_long_has_failed_and_says_what_it_waited_for()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Runner.OnStart = _ => Task.FromResult(new StartAnswer(new SessionPlace("kubernetes", "pod-1", "uid-1", null), null));
        var (silent, told) = ((await gateway.CreateAsync()).Id, (await gateway.CreateAsync()).Id);
        gateway.Runner.Tell(new RunnerNews(told, Progress: "no node has room"));
        await Waiting.UntilAsync(async () => (await FindAsync(gateway, told)).Progress.Length > 0);

        gateway.Time.Advance(TimeSpan.FromSeconds(119));
        await gateway.SweepAsync();
        Assert.Equal(SessionState.Starting, (await FindAsync(gateway, told)).State);
        gateway.Time.Advance(TimeSpan.FromSeconds(1));
        await gateway.SweepAsync();

        AssertEnd("start_timeout", "It was not running after 120 s. The last that was heard: no node has room.", await FindAsync(gateway, told));
        AssertEnd("start_timeout", "It was not running after 120 s. Nothing was heard of it.", await FindAsync(gateway, silent));
        Assert.Empty(gateway.Runner.Alive);
    }

    [Fact]
    public async Task A_session_that_nobody_ended_in_time_is_ended_by_whichever_gateway_sweeps()
    {
        await using var west = await TestGateway.StartAsync();
        await using var east = await TestGateway.StartAsync(west);
        west.Rules = east.Rules = west.Rules with { MaximumLife = TimeSpan.FromMinutes(10), HostSilence = TimeSpan.FromDays(1) };
        var id = (await west.CreateRunningAsync()).Id;

        west.Time.Advance(TimeSpan.FromMinutes(12));
        await Task.WhenAll(east.SweepAsync(), west.SweepAsync(), east.SweepAsync());

        AssertEnd("maximum_life", "It reached its longest life.", await FindAsync(west, id));
        Assert.Equal(1, west.Heard.Concat(east.Heard).Count(word => word == "ended maximum_life"));
    }

    [Fact]
    public async Task The_sessions_of_a_host_that_is_silent_for_five_minutes_are_lost()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Runner.LivingHost = "h-1";
        var (process, pod) = ((await gateway.CreateRunningAsync()).Id, await PodAsync(gateway));
        await MinutesAsync(gateway, 30);
        Assert.Equal(SessionState.Running, (await FindAsync(gateway, process)).State);

        gateway.Runner.LivingHost = null;
        await MinutesAsync(gateway, 4);
        Assert.Equal(SessionState.Running, (await FindAsync(gateway, process)).State);
        await MinutesAsync(gateway, 2);

        AssertEnd("host_lost", "Its host h-1 is gone.", await FindAsync(gateway, process));
        Assert.Equal(SessionState.Running, (await FindAsync(gateway, pod)).State);
    }

    [Fact]
    public async Task After_a_time_without_the_store_hosts_have_time_to_be_heard_again()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Runner.LivingHost = "h-1";
        var id = (await gateway.CreateRunningAsync()).Id;
        await MinutesAsync(gateway, 1);

        gateway.Store.IsAway = true;
        foreach (var _ in Enumerable.Range(0, 20))
        {
            gateway.Time.Advance(TimeSpan.FromMinutes(1));
            await Assert.ThrowsAsync<SessionStoreException>(gateway.SweepAsync);
        }

        // Another gateway comes back first and has not heard of the host, nor has the one that beats for it had its turn.
        gateway.Store.IsAway = false;
        await using var other = await TestGateway.StartAsync(gateway);
        await other.SweepAsync();
        gateway.Time.Advance(TimeSpan.FromMinutes(2));
        await other.SweepAsync();
        Assert.Equal(SessionState.Running, (await FindAsync(gateway, id)).State);

        await gateway.SweepAsync();
        gateway.Time.Advance(TimeSpan.FromMinutes(1));
        await other.SweepAsync();
        gateway.Time.Advance(TimeSpan.FromMinutes(1));
        await other.SweepAsync();
        Assert.Equal(SessionState.Running, (await FindAsync(gateway, id)).State);
    }

    [Fact]
    public async Task The_sessions_of_a_host_that_its_runner_saw_die_are_lost_at_once()
    {
        await using var gateway = await TestGateway.StartAsync();
        var id = (await gateway.CreateRunningAsync()).Id;

        gateway.Runner.LostHosts = ["h-1"];
        await gateway.SweepAsync();

        AssertEnd("host_lost", "Its host h-1 is gone.", await FindAsync(gateway, id));
    }

    [Fact]
    public async Task What_ended_while_nobody_watched_is_found_missing_in_two_sweeps()
    {
        await using var gateway = await TestGateway.StartAsync();
        var (here, elsewhere, gone) = (await PodAsync(gateway, "test"), await PodAsync(gateway, "other"), await PodAsync(gateway, "test"));

        gateway.Runner.OnLiving = () => null;
        await gateway.SweepAsync();
        gateway.Runner.OnLiving = () => new HashSet<SessionId> { here };
        await gateway.SweepAsync();
        Assert.Equal(SessionState.Running, (await FindAsync(gateway, gone)).State);
        await gateway.SweepAsync();

        AssertEnd("host_lost", "Its host pod-1 is gone.", await FindAsync(gateway, gone));
        Assert.Equal(SessionState.Running, (await FindAsync(gateway, here)).State);
        Assert.Equal(SessionState.Running, (await FindAsync(gateway, elsewhere)).State);
    }

    [Fact]
    public async Task What_is_over_can_be_looked_at_for_an_hour()
    {
        await using var gateway = await TestGateway.StartAsync();
        var id = (await gateway.CreateRunningAsync()).Id;
        await gateway.Desk.DeleteAsync(id, TestGateway.Ann, CancellationToken.None);

        gateway.Time.Advance(TimeSpan.FromHours(1));
        await gateway.SweepAsync();
        Assert.NotNull(await gateway.Desk.FindAsync(id, CancellationToken.None));
        gateway.Time.Advance(TimeSpan.FromSeconds(1));
        await gateway.SweepAsync();

        Assert.Null(await gateway.Desk.FindAsync(id, CancellationToken.None));
    }

    [Fact]
    public async Task What_runs_and_is_in_nobodys_book_is_ended_and_what_ended_by_itself_lingers_a_minute()
    {
        await using var gateway = await TestGateway.StartAsync();
        var (known, over, stranger) = ((await gateway.CreateRunningAsync()).Id, (await gateway.CreateRunningAsync()).Id, SessionId.New());
        var order = gateway.Runner.Alive[known];
        gateway.Runner.Tell(new RunnerNews(over, End: new SessionEnd("exited", "", gateway.Time.GetUtcNow(), 0)));
        await gateway.BecomesAsync(over, SessionState.Ended);
        gateway.Runner.Alive[stranger] = order with { Id = stranger };

        await gateway.SweepAsync();
        Assert.Equal(new[] { known, over }.ToHashSet(), gateway.Runner.Alive.Keys.ToHashSet());
        gateway.Time.Advance(TimeSpan.FromMinutes(1));
        await gateway.SweepAsync();

        Assert.Equal([known], gateway.Runner.Alive.Keys);
    }

    [Fact]
    public async Task A_store_that_comes_back_empty_gets_back_what_still_runs()
    {
        await using var gateway = await TestGateway.StartAsync();
        var (running, over) = (await gateway.CreateRunningAsync(), (await gateway.CreateRunningAsync()).Id);
        await gateway.SweepAsync();
        await gateway.Desk.DeleteAsync(over, TestGateway.Ann, CancellationToken.None);
        await gateway.SweepAsync();
        gateway.Store.Lose(new MemorySessionStore(gateway.Time));

        await gateway.SweepAsync();
        await gateway.SweepAsync();

        Assert.Equal(running, await FindAsync(gateway, running.Id));
        Assert.Equal([running.Id], gateway.Runner.Alive.Keys);
        Assert.Null(await gateway.Desk.FindAsync(over, CancellationToken.None));
    }

    [Fact]
    public async Task The_desk_sweeps_by_itself_and_goes_on_when_the_store_was_away()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Runner.OnStart = _ => Task.FromResult(new StartAnswer(new SessionPlace("kubernetes", "pod-1", "uid-1", null), null));
        var id = (await gateway.CreateAsync()).Id;
        gateway.Store.IsAway = true;
        await Waiting.UntilAsync(gateway.Time, TimeSpan.FromSeconds(10), () => gateway.Desk.Fault is not null);

        gateway.Store.IsAway = false;
        await Waiting.UntilAsync(gateway.Time, TimeSpan.FromSeconds(10), () => gateway.Heard.Contains("ended start_timeout"));

        Assert.Equal(SessionState.Ended, (await FindAsync(gateway, id)).State);
        await Waiting.UntilAsync(gateway.Time, TimeSpan.FromSeconds(10), () => gateway.Desk.Fault is null);
    }

    private static async Task MinutesAsync(TestGateway gateway, int minutes)
    {
        for (var i = 0; i < 2 * minutes; i++)
        {
            gateway.Time.Advance(TimeSpan.FromSeconds(30));
            await gateway.SweepAsync();
        }
    }

    private static async Task<SessionId> PodAsync(TestGateway gateway, string runner = "kubernetes")
    {
        var place = new SessionPlace(runner, "pod-1", "uid-1", new Uri("http://10.0.0.7:8686"));
        gateway.Runner.OnStart = _ => Task.FromResult(new StartAnswer(place, null) { IsRunning = true });
        return (await gateway.CreateRunningAsync()).Id;
    }

    private static void AssertEnd(string ending, string text, SessionRecord record) => Assert.Equal((ending, text), (record.End?.Ending, record.End?.Text));

    private static async Task<SessionRecord> FindAsync(TestGateway gateway, SessionId id) => (await gateway.Desk.FindAsync(id, CancellationToken.None).Soon())!;
}
