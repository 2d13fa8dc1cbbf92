using Bascule.Testing;

namespace Bascule.Sessions.Tests;

/// <summary>From a wish to a session that runs, or to the reason why there is none.</summary>
public sealed class CreationTests
{
    [Fact]
    public async Task A_session_is_written_down_at_once_and_runs_as_soon_as_its_runner_says_so()
    {
        await using var gateway = await TestGateway.StartAsync();
        var start = new TaskCompletionSource<StartAnswer>();
        gateway.Runner.OnStart = _ => start.Task;

        var record = await gateway.CreateAsync(command: "top -d 1");

        Assert.Equal((SessionState.Starting, "ann", "acme", "shell"), (record.State, record.Owner, record.Tenant, record.Profile));
        Assert.Equal(["top", "-d", "1"], record.Command);
        Assert.Equal(gateway.Time.GetUtcNow() + TimeSpan.FromMinutes(2) + TimeSpan.FromHours(8), record.ExpiresAt);
        Assert.Equal(SessionState.Starting, (await gateway.Desk.FindAsync(record.Id, CancellationToken.None))!.State);

        gateway.Time.Advance(TimeSpan.FromSeconds(3));
        start.SetResult(new StartAnswer(TestRunner.Place, null) { IsRunning = true });

        var running = await gateway.BecomesAsync(record.Id, SessionState.Running);
        Assert.Equal((TestRunner.Place, record.CreatedAt + TimeSpan.FromSeconds(3)), (running.Place!, running.StartedAt!.Value));
        await Waiting.UntilAsync(() => gateway.Heard.Count == 2);
        Assert.Equal(["created", "running"], gateway.Heard);
    }

    [Fact]
    public async Task The_order_has_what_profile_and_rules_say()
    {
        await using var gateway = await TestGateway.StartAsync();

        var shell = await gateway.CreateRunningAsync();
        var once = await gateway.CreateRunningAsync("once", "info domain");

        var orders = gateway.Runner.Orders.ToDictionary(order => order.Id);
        var (ofShell, ofOnce) = (orders[shell.Id], orders[once.Id]);
        Assert.Equal($"key of {shell.Id}", ofShell.Key);
        Assert.Equal((true, TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(5), null), (ofShell.Tty, ofShell.Idle, ofShell.DetachGrace, ofShell.Deadline));
        Assert.Equal((false, null, null, TimeSpan.FromMinutes(1)), (ofOnce.Tty, ofOnce.Idle, ofOnce.DetachGrace, ofOnce.Deadline));
    }

    [Fact]
    public async Task A_start_that_fails_ends_the_session_with_the_runners_reason()
    {
        await using var gateway = await TestGateway.StartAsync();
        var end = new SessionEnd("command_not_found", "There is no program bsh.", gateway.Time.GetUtcNow());
        gateway.Runner.OnStart = _ => Task.FromResult(new StartAnswer(null, end));

        var record = await gateway.BecomesAsync((await gateway.CreateAsync()).Id, SessionState.Ended);

        Assert.Equal(end, record.End);
        Assert.Null(record.StartedAt);
        await Waiting.UntilAsync(() => gateway.Heard.Count == 2);
        Assert.Equal(["created", "ended command_not_found"], gateway.Heard);
    }

    [Fact]
    public async Task A_runner_that_breaks_is_a_start_that_failed()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Runner.OnStart = _ => throw new InvalidOperationException("a defect");

        var record = await gateway.BecomesAsync((await gateway.CreateAsync()).Id, SessionState.Ended);

        Assert.Equal(("start_failed", "A defect of the gateway: see its log."), (record.End!.Ending, record.End.Text));
    }

    [Fact]
    public async Task What_the_policy_refuses_is_refused_and_heard()
    {
        await using var gateway = await TestGateway.StartAsync();

        var answer = await gateway.Desk.CreateAsync(TestGateway.Ann, new SessionRequest { Profile = "once", CommandText = "reboot" }, CancellationToken.None);

        Assert.Equal(CreateFault.CommandNotAllowed, answer.Refusal!.Fault);
        Assert.Null(answer.Record);
        Assert.Equal(["refused command_not_allowed"], gateway.Heard);
        Assert.Empty(gateway.Runner.Orders);
    }

    [Fact]
    public async Task Who_has_as_many_as_he_may_is_told_how_many_that_are()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Rules = gateway.Rules with { Quota = new SessionQuota(2, 3) };
        var first = await gateway.CreateRunningAsync();
        await gateway.CreateRunningAsync();

        Assert.Equal((CreateFault.UserQuota, "2 sessions of one user may live at once. End one of them first."), await RefusalAsync(gateway, TestGateway.Ann));
        Assert.Null((await gateway.Desk.CreateAsync(TestGateway.Ann with { User = "bob" }, new SessionRequest { Profile = "shell" }, CancellationToken.None)).Refusal);
        Assert.Equal((CreateFault.TenantQuota, "3 sessions of one tenant may live at once. End some of them first."), await RefusalAsync(gateway, TestGateway.Ann with { User = "cid" }));

        await gateway.Desk.DeleteAsync(first.Id, TestGateway.Ann, CancellationToken.None);
        await gateway.CreateRunningAsync();
    }

    [Fact]
    public async Task Who_creates_too_fast_is_told_when_he_may_again()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Rules = gateway.Rules with { CreationBurst = 2, CreationInterval = TimeSpan.FromSeconds(20) };
        await gateway.CreateAsync();
        gateway.Time.Advance(TimeSpan.FromSeconds(5));
        await gateway.CreateAsync();

        var refusal = (await gateway.Desk.CreateAsync(TestGateway.Ann, new SessionRequest { Profile = "shell" }, CancellationToken.None)).Refusal!;
        Assert.Equal((CreateFault.Rate, TimeSpan.FromSeconds(15)), (refusal.Fault, refusal.RetryAfter));
        Assert.Equal("Sessions are created too fast: 2 at once, then one every 20 s.", refusal.Text);
        Assert.Null((await gateway.Desk.CreateAsync(TestGateway.Ann with { User = "bob" }, new SessionRequest { Profile = "shell" }, CancellationToken.None)).Refusal);

        gateway.Time.Advance(TimeSpan.FromSeconds(15));
        await gateway.CreateAsync();
        Assert.Equal(CreateFault.Rate, (await RefusalAsync(gateway, TestGateway.Ann)).Item1);
    }

    [Fact]
    public async Task Without_the_store_nothing_is_created_and_what_runs_goes_on_and_is_written_down_later()
    {
        await using var gateway = await TestGateway.StartAsync();
        var record = await gateway.CreateRunningAsync();
        await gateway.SweepAsync();
        gateway.Store.IsAway = true;

        var answer = await gateway.Desk.CreateAsync(TestGateway.Ann, new SessionRequest { Profile = "shell" }, CancellationToken.None);
        Assert.Equal(CreateFault.StoreUnavailable, answer.Refusal!.Fault);
        Assert.Equal("Sessions cannot be written down now. Try again later; sessions that run go on.", answer.Refusal.Text);
        Assert.Equal(TimeSpan.FromSeconds(30), answer.Refusal.RetryAfter);
        Assert.Equal("Asking the store: the line is cut. Mend it.", gateway.Desk.Fault);
        Assert.True(gateway.Runner.Alive.ContainsKey(record.Id));

        // It ends while nobody can write that down.
        gateway.Runner.TellEnded(record.Id, SessionEndings.Exited, 3);
        await Waiting.UntilAsync(() => gateway.Time.ArmedTimers > 1);
        gateway.Store.IsAway = false;
        await Waiting.UntilAsync(gateway.Time, TimeSpan.FromMilliseconds(100), () => gateway.Heard.Contains("ended exited"));
        await gateway.SweepAsync();

        Assert.Equal(3, (await gateway.Desk.FindAsync(record.Id, CancellationToken.None))!.End!.ExitCode);
        Assert.Null(gateway.Desk.Fault);
        await gateway.CreateRunningAsync();
    }

    [Fact]
    public async Task A_desk_that_stops_ends_no_session_and_starts_none()
    {
        var gateway = await TestGateway.StartAsync();
        var running = await gateway.CreateRunningAsync();
        gateway.Runner.OnStart = _ => new TaskCompletionSource<StartAnswer>().Task;
        var starting = await gateway.CreateAsync();

        await gateway.DisposeAsync().AsTask().Soon();
        await gateway.DisposeAsync().AsTask().Soon();

        Assert.Equal(SessionState.Running, (await gateway.Store.FindAsync(running.Id, CancellationToken.None))!.State);
        Assert.Equal(SessionState.Starting, (await gateway.Store.FindAsync(starting.Id, CancellationToken.None))!.State);
        Assert.Empty(gateway.Runner.Ends);
    }

    private static async Task<(CreateFault, string)> RefusalAsync(TestGateway gateway, SessionCaller caller)
    {
        var refusal = (await gateway.Desk.CreateAsync(caller, new SessionRequest { Profile = "shell" }, CancellationToken.None)).Refusal!;
        return (refusal.Fault, refusal.Text);
    }
}
