namespace Bascule.Admission.Tests;

/// <summary>What every store of tickets promises.</summary>
public abstract class TicketStoreContract
{
    protected const int Capacity = 5;

    private static readonly TimeSpan Life = TimeSpan.FromSeconds(30);

    protected abstract ITicketStore Store { get; }

    /// <summary>Lets so much time pass for the store.</summary>
    protected abstract Task PassAsync(TimeSpan span);

    [Fact]
    public async Task A_ticket_is_taken_once()
    {
        await PutAsync("h", "alice", "{\"a\":\"ë\"}");

        Assert.Equal("{\"a\":\"ë\"}", await TakeAsync("h"));
        Assert.Null(await TakeAsync("h"));
        Assert.Null(await TakeAsync("other"));
    }

    [Fact]
    public async Task A_ticket_ends_with_its_life()
    {
        await PutAsync("early", "alice");
        await PutAsync("late", "alice");

        await PassAsync(Life - TimeSpan.FromSeconds(1));
        Assert.NotNull(await TakeAsync("early"));
        await PassAsync(TimeSpan.FromSeconds(1));

        Assert.Null(await TakeAsync("late"));
    }

    [Fact]
    public async Task Of_many_that_ask_at_the_same_moment_one_gets_it()
    {
        for (var round = 0; round < 200; round++)
        {
            await PutAsync("h", "alice");
            var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var takers = Enumerable.Range(0, 8).Select(_ => TakeAfterAsync(start.Task, "h")).ToList();

            start.SetResult();

            Assert.Single(await Task.WhenAll(takers), payload => payload is not null);
        }
    }

    [Fact]
    public async Task Who_asks_for_more_than_there_is_room_for_loses_the_oldest_of_its_own()
    {
        await PutAsync("bob", "bob");
        for (var i = 0; i < 3 * Capacity; i++)
            await PutAsync($"{i}", "alice");

        Assert.NotNull(await TakeAsync("bob"));
        Assert.Null(await TakeAsync("0"));
        Assert.NotNull(await TakeAsync($"{(3 * Capacity) - 1}"));
    }

    protected ValueTask PutAsync(string hash, string owner, string payload = "{}") => Store.PutAsync(hash, payload, owner, Life, CancellationToken.None);

    protected ValueTask<string?> TakeAsync(string hash) => Store.TakeAsync(hash, CancellationToken.None);

    private async Task<string?> TakeAfterAsync(Task start, string hash)
    {
        await start;
        return await TakeAsync(hash);
    }
}
