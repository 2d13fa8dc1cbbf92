using Bascule.Testing;

namespace Bascule.Sessions.Tests;

/// <summary>What a deletion leaves behind: a record that says who did it, and no process.</summary>
public sealed class DeletionTests
{
    [Fact]
    public async Task A_session_is_over_with_its_processes_and_says_who_deleted_it()
    {
        await using var gateway = await TestGateway.StartAsync();
        var id = (await gateway.CreateRunningAsync()).Id;

        var over = await gateway.Desk.DeleteAsync(id, TestGateway.Ann, CancellationToken.None);
        var again = await gateway.Desk.DeleteAsync(id, TestGateway.Ann with { User = "bob" }, CancellationToken.None);

        Assert.Equal((SessionState.Ended, "deleted", "Deleted by ann."), (over!.State, over.End!.Ending, over.End.Text));
        Assert.Equal(over, again);
        Assert.Empty(gateway.Runner.Alive);
        // The second time too: whoever asks again may not have had the first answer, and the processes may be there still.
        Assert.Equal([(id, "deleted"), (id, "deleted")], gateway.Runner.Ends);
        Assert.Equal("ended deleted by ann", gateway.Heard.Last());
        Assert.Null(await gateway.Desk.DeleteAsync(SessionId.New(), TestGateway.Ann, CancellationToken.None));
    }

    [Fact]
    public async Task What_comes_to_life_after_its_deletion_is_ended()
    {
        await using var gateway = await TestGateway.StartAsync();
        var start = new TaskCompletionSource<StartAnswer>();
        gateway.Runner.OnStart = _ => start.Task;
        var id = (await gateway.CreateAsync()).Id;

        await gateway.Desk.DeleteAsync(id, TestGateway.Ann, CancellationToken.None);
        start.SetResult(new StartAnswer(TestRunner.Place, null) { IsRunning = true });

        await Waiting.UntilAsync(() => gateway.Runner.Ends.Count == 2);
        Assert.Empty(gateway.Runner.Alive);
    }

    [Fact]
    public async Task What_nobody_could_end_is_over_all_the_same_and_swept_later()
    {
        await using var gateway = await TestGateway.StartAsync();
        var id = (await gateway.CreateRunningAsync()).Id;
        gateway.Runner.IsReachable = false;

        var over = await gateway.Desk.DeleteAsync(id, TestGateway.Ann, CancellationToken.None);
        Assert.Equal(SessionState.Ended, over!.State);
        Assert.Single(gateway.Runner.Alive);

        gateway.Runner.IsReachable = true;
        await gateway.SweepAsync();
        Assert.Empty(gateway.Runner.Alive);
    }

    [Fact]
    public async Task Of_a_deletion_and_an_end_at_once_one_is_the_end()
    {
        await using var west = await TestGateway.StartAsync();
        await using var east = await TestGateway.StartAsync(west);
        for (var i = 0; i < 50; i++)
        {
            var id = (await west.CreateRunningAsync()).Id;

            var deleting = east.Desk.DeleteAsync(id, TestGateway.Ann, CancellationToken.None);
            west.Runner.TellEnded(id, SessionEndings.Exited, 0);

            var over = await deleting.Soon();
            Assert.Equal(over, await west.BecomesAsync(id, SessionState.Ended));
        }

        await west.DisposeAsync();
        Assert.Equal(50, west.Heard.Concat(east.Heard).Count(word => word.StartsWith("ended", StringComparison.Ordinal)));
    }
}
