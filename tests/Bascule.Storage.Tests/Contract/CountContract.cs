using Bascule.Cluster;
using Bascule.Testing;

namespace Bascule.Storage.Tests;

/// <summary>The part of the contract about counts and the life of epochs.</summary>
public abstract class CountContract(StoreEngine engine) : IAsyncLifetime
{
    // Each test has keys of its own: the engine is shared by the class.
    private readonly string _test = Guid.NewGuid().ToString("n");
    private readonly List<IClusterStore> _stores = [];

    protected IClusterStore Store => _stores.Count > 0 ? _stores[0] : NewStore();

    protected StoreEngine Engine => engine;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
            await store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void A_store_says_where_it_is_without_secrets()
    {
        Assert.StartsWith(engine.Title, Store.Name);
        Assert.DoesNotContain("secret", Store.Name);
    }

    [Fact]
    public async Task Of_200_attempts_at_once_from_two_gateways_exactly_as_many_succeed_as_the_limit_allows()
    {
        var first = await Member.JoinAsync(Store);
        var second = await Member.JoinAsync(NewStore());

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => (i % 2 == 0 ? first : second).ClaimAsync(Claim("user", 10)))).Soon();

        Assert.Equal(10, answers.Count(answer => answer.Outcome == ClaimOutcome.Taken));
        Assert.Equal(190, answers.Count(answer => answer.Outcome == ClaimOutcome.Full));
        Assert.Equal(10, await Member.TotalAsync(Store, Key("user")));
    }

    [Fact]
    public async Task Claims_that_cross_each_other_do_not_wait_in_a_circle()
    {
        var first = await Member.JoinAsync(Store);
        var second = await Member.JoinAsync(NewStore());
        CountClaim[] forth = [Claim("a", 30), Claim("b", 1000), Claim("c", 1000)];
        CountClaim[] back = [.. forth.Reverse()];

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            var member = i % 3 == 0 ? first : second;
            var answer = await member.ClaimAsync(i % 2 == 0 ? forth : back);
            if (answer.Outcome == ClaimOutcome.Taken)
                await member.Store.ChangeCountsAsync(member.Epoch, forth.ToDictionary(claim => claim.Key, _ => -1), CancellationToken.None);
            return answer;
        })).Soon();

        Assert.DoesNotContain(answers, answer => answer.Outcome == ClaimOutcome.UnknownEpoch);
        Assert.All((await Member.TotalsAsync(Store, Key("a"), Key("b"), Key("c"))).Values, total => Assert.Equal(0, total));
    }

    [Fact]
    public async Task A_claim_takes_all_or_nothing_and_says_what_was_full()
    {
        var first = await Member.JoinAsync(Store);
        var second = await Member.JoinAsync(Store);
        await first.ClaimAsync(Claim("tier", 2));
        await second.ClaimAsync(Claim("tier", 2));

        var answer = await second.ClaimAsync(Claim("user", 5), Claim("tier", 2), Claim("route", 5));

        Assert.Equal((ClaimOutcome.Full, 1), (answer.Outcome, answer.FullIndex));
        Assert.Equal([new KeyTotal(0, 0), new KeyTotal(1, 1), new KeyTotal(0, 0)], answer.Totals);
        Assert.Equal((0, 2, 0), (await Member.TotalAsync(Store, Key("user")), await Member.TotalAsync(Store, Key("tier")), await Member.TotalAsync(Store, Key("route"))));
    }

    [Fact]
    public async Task A_claim_that_is_taken_says_how_many_there_were_before()
    {
        var first = await Member.JoinAsync(Store);
        var second = await Member.JoinAsync(Store);
        await first.ClaimAsync(Claim("user", 9));
        await second.ClaimAsync(Claim("user", 9));

        var answer = await first.ClaimAsync(Claim("new", 1), Claim("user", 9));

        Assert.Equal((ClaimOutcome.Taken, -1), (answer.Outcome, answer.FullIndex));
        Assert.Equal([new KeyTotal(0, 0), new KeyTotal(1, 1)], answer.Totals);
    }

    [Fact]
    public async Task What_a_dead_gateway_held_does_not_count_and_is_cleared_up()
    {
        var dying = await Member.JoinAsync(Store, opened: new OpenConnection(Key("id"), DateTimeOffset.UnixEpoch) { User = Key("ann") });
        await dying.ClaimAsync(Claim("user", 1));
        Assert.True(await engine.LeftoversAsync(dying.Epoch) > 0);
        // Its last pulse: it was well until here, however long that took.
        await dying.PulseAsync(new Pulse(dying.Epoch, "gateway", TimeSpan.FromMilliseconds(300)));
        var living = await Member.JoinAsync(Store);

        await Eventually.IsTrueAsync(async () => (await living.ClaimAsync(Claim("user", 1))).Outcome == ClaimOutcome.Taken);
        await Eventually.IsTrueAsync(async () =>
        {
            await living.PulseAsync(new Pulse(living.Epoch, "gateway", TimeSpan.FromMilliseconds(300)));
            return await engine.LeftoversAsync(dying.Epoch) == 0;
        });

        Assert.Empty(await FindAsync(new DirectoryFilter { User = Key("ann") }));
    }

    [Fact]
    public async Task An_epoch_that_is_over_stays_so()
    {
        var dying = await Member.JoinAsync(Store);
        await dying.PulseAsync(new Pulse(dying.Epoch, "gateway", TimeSpan.FromMilliseconds(200)));
        await Eventually.IsTrueAsync(async () => (await dying.ClaimAsync(Claim("probe", int.MaxValue))).Outcome == ClaimOutcome.UnknownEpoch);

        Assert.False((await dying.PulseAsync()).WasAlive);
        Assert.Equal(ClaimOutcome.UnknownEpoch, (await dying.ClaimAsync(Claim("user", 1))).Outcome);
        Assert.False(await dying.ChangeAsync(Key("user"), 1));
        Assert.Equal(0, await Member.TotalAsync(Store, Key("user")));
    }

    [Fact]
    public async Task An_epoch_that_the_store_never_heard_of_takes_nothing()
    {
        var epoch = Epoch.First();

        Assert.Equal(ClaimOutcome.UnknownEpoch, (await Store.ClaimAsync(epoch, [Claim("user", 1)], CancellationToken.None)).Outcome);
        Assert.False(await Store.ChangeCountsAsync(epoch, new Dictionary<string, int> { [Key("user")] = 1 }, CancellationToken.None));
        Assert.False(await Store.SetCountsAsync(epoch, new Dictionary<string, int> { [Key("user")] = 1 }, CancellationToken.None));
        Assert.False(await Store.CountFromNowAsync(epoch, CancellationToken.None));
        Assert.Equal(0, await Member.TotalAsync(Store, Key("user")));
    }

    [Fact]
    public async Task Changes_add_up_and_never_go_below_nothing()
    {
        var member = await Member.JoinAsync(Store);

        Assert.True(await member.ChangeAsync(Key("user"), 3));
        Assert.True(await member.ChangeAsync(Key("user"), -1));
        Assert.Equal(2, await Member.TotalAsync(Store, Key("user")));
        Assert.True(await member.ChangeAsync(Key("user"), -5));
        Assert.Equal(0, await Member.TotalAsync(Store, Key("user")));
        Assert.True(await member.ChangeAsync(Key("user"), 1));
        Assert.Equal(1, await Member.TotalAsync(Store, Key("user")));
    }

    [Fact]
    public async Task A_new_epoch_takes_over_all_at_once_and_the_old_one_can_do_no_more_harm()
    {
        var old = await Member.JoinAsync(Store);
        await old.ChangeAsync(Key("user"), 7);
        var next = old.Epoch.Next();
        await Store.PulseAsync(new Pulse(next, "gateway", TimeSpan.FromMinutes(1)), CancellationToken.None);

        // 1. What is set does not count before its time, and nothing can be claimed.
        Assert.True(await Store.SetCountsAsync(next, new Dictionary<string, int> { [Key("user")] = 9, [Key("other")] = 1 }, CancellationToken.None));
        Assert.True(await Store.SetCountsAsync(next, new Dictionary<string, int> { [Key("user")] = 4, [Key("other")] = 0 }, CancellationToken.None));
        Assert.Equal(ClaimOutcome.UnknownEpoch, (await Store.ClaimAsync(next, [Claim("user", 99)], CancellationToken.None)).Outcome);
        Assert.Equal(7, await Member.TotalAsync(Store, Key("user")));

        // 2. Now it does, in place of the old one.
        Assert.True(await Store.CountFromNowAsync(next, CancellationToken.None));
        Assert.Equal((4, 0), (await Member.TotalAsync(Store, Key("user")), await Member.TotalAsync(Store, Key("other"))));

        // 3. What the old one sent and comes late changes nothing.
        Assert.Equal(ClaimOutcome.UnknownEpoch, (await old.ClaimAsync(Claim("user", 99))).Outcome);
        Assert.False(await old.ChangeAsync(Key("user"), 1));
        Assert.False(await Store.SetCountsAsync(next, new Dictionary<string, int> { [Key("user")] = 50 }, CancellationToken.None));
        Assert.Equal(4, await Member.TotalAsync(Store, Key("user")));
    }

    [Fact]
    public async Task Leaving_frees_everything_at_once()
    {
        var leaver = await Member.JoinAsync(Store, opened: new OpenConnection(Key("id"), DateTimeOffset.UnixEpoch) { User = Key("ann") });
        var stayer = await Member.JoinAsync(Store);
        await leaver.ClaimAsync(Claim("user", 1));

        await leaver.LeaveAsync();

        Assert.Equal(ClaimOutcome.Taken, (await stayer.ClaimAsync(Claim("user", 1))).Outcome);
        Assert.Empty(await FindAsync(new DirectoryFilter { User = Key("ann") }));
        Assert.False((await leaver.PulseAsync()).WasAlive);
    }

    [Fact]
    public async Task A_pulse_tells_what_others_use_of_watched_keys()
    {
        var asking = await Member.JoinAsync(Store);
        var others = new[] { await Member.JoinAsync(Store), await Member.JoinAsync(NewStore()) };
        await asking.ChangeAsync(Key("slot"), 100);
        await others[0].ChangeAsync(Key("slot"), 3);
        await others[1].ChangeAsync(Key("slot"), 4);

        var answer = await asking.PulseAsync(new Pulse(asking.Epoch, "gateway", TimeSpan.FromMinutes(1)) { Watched = [Key("slot"), Key("unused")] });

        Assert.True(answer.WasAlive);
        Assert.Equal((7, 0), (answer.Others[Key("slot")], answer.Others.GetValueOrDefault(Key("unused"))));
    }

    protected string Key(string name) => $"{name}:{_test}";

    protected CountClaim Claim(string name, int limit) => new(Key(name), limit);

    protected IClusterStore NewStore()
    {
        _stores.Add(engine.NewStore());
        return _stores[^1];
    }

    protected Task<IReadOnlyList<OpenConnection>> FindAsync(DirectoryFilter filter, int most = 100) => Store.FindAsync(filter, most, CancellationToken.None);
}
