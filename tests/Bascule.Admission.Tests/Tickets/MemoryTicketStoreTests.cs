using Bascule.Testing;

namespace Bascule.Admission.Tests;

/// <summary>The store of a gateway that stands alone.</summary>
public sealed class MemoryTicketStoreTests : TicketStoreContract
{
    private readonly ManualTime _time = new();
    private readonly MemoryTicketStore _store;

    public MemoryTicketStoreTests() => _store = new MemoryTicketStore(Capacity, _time);

    protected override ITicketStore Store => _store;

    [Fact]
    public async Task Somebody_new_pushes_out_the_oldest_of_all_and_the_bound_holds()
    {
        for (var i = 0; i < 3 * Capacity; i++)
        {
            await PutAsync($"{i}", $"user {i}");
            Assert.InRange(_store.Count, 1, Capacity);
        }

        Assert.Null(await TakeAsync($"{(2 * Capacity) - 1}"));
        Assert.NotNull(await TakeAsync($"{2 * Capacity}"));
    }

    [Fact]
    public async Task What_is_over_makes_room_before_anybody_loses_one()
    {
        for (var i = 0; i < Capacity; i++)
            await PutAsync($"{i}", "alice");
        _time.Advance(TimeSpan.FromSeconds(30));
        await PutAsync("new", "alice");

        Assert.Equal(1, _store.Count);
    }

    [Fact]
    public async Task The_same_name_twice_keeps_the_second()
    {
        await PutAsync("h", "alice", "1");
        await PutAsync("h", "bob", "2");

        Assert.Equal((1, "2"), (_store.Count, await TakeAsync("h")));
    }

    protected override Task PassAsync(TimeSpan span)
    {
        _time.Advance(span);
        return Task.CompletedTask;
    }
}
