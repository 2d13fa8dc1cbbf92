using Bascule.Sessions;
using Bascule.Testing;

namespace Bascule.Storage.Tests;

/// <summary>What every store of sessions keeps to: memory, SQLite, PostgreSQL and Redis run all of it.</summary>
public abstract class SessionStoreContract
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly SessionQuota Roomy = new(1000, 1000);

    /// <summary>Each test has a tenant of its own: the engine is shared by the class.</summary>
    protected string Tenant { get; } = Guid.NewGuid().ToString("n");

    protected abstract ISessionStore Store { get; }

    /// <summary>The same sessions, as another gateway sees them.</summary>
    protected abstract ISessionStore Other { get; }

    [Fact]
    public async Task A_session_is_found_by_every_gateway_as_it_was_written()
    {
        var record = Record("ann") with
        {
            Name = "Ann's \"shell\" 漢字 \\ ",
            Command = ["sh", "-c", "echo 'a\tb'\n\"$HOME\" 😀", ""],
            Tty = false,
            State = SessionState.Running,
            Place = new SessionPlace("process", "h-1", null, new Uri("http://127.0.0.1:40123/")),
            StartedAt = Start.AddMilliseconds(1),
        };

        Assert.Equal(CreateVerdict.Created, await Store.CreateAsync(record, Roomy, CancellationToken.None));

        AssertSame(record, await Other.FindAsync(record.Id, CancellationToken.None));
        Assert.Null(await Other.FindAsync(SessionId.New(), CancellationToken.None));
    }

    [Fact]
    public async Task A_creation_that_is_sent_twice_is_one_session()
    {
        var record = Record("ann");
        var quota = new SessionQuota(1, 1);

        Assert.Equal(CreateVerdict.Created, await Store.CreateAsync(record, quota, CancellationToken.None));
        Assert.Equal(CreateVerdict.Created, await Store.CreateAsync(record, quota, CancellationToken.None));

        Assert.Single(await ListAsync(new SessionFilter("ann")));
    }

    [Fact]
    public async Task A_change_is_written_only_over_the_version_that_it_was_made_of()
    {
        var record = await CreateAsync(Record("ann"));
        var running = record with { State = SessionState.Running, Place = new SessionPlace("kubernetes", "pod-1", "uid-1", null), StartedAt = Start };

        var written = await Store.UpdateAsync(running, CancellationToken.None);

        AssertSame(running with { Version = record.Version + 1 }, written);
        Assert.Null(await Other.UpdateAsync(record with { Progress = "older" }, CancellationToken.None));
        AssertSame(written!, await Other.FindAsync(record.Id, CancellationToken.None));
        Assert.Null(await Store.UpdateAsync(Record("nobody wrote it"), CancellationToken.None));
    }

    [Fact]
    public async Task Of_many_changes_of_one_version_at_once_one_is_written()
    {
        var record = await CreateAsync(Record("ann"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            (i % 2 == 0 ? Store : Other).UpdateAsync(record with { Progress = $"{i}" }, CancellationToken.None))).Soon();

        var winner = Assert.Single(answers, answer => answer is not null);
        AssertSame(winner!, await Store.FindAsync(record.Id, CancellationToken.None));
    }

    [Fact]
    public async Task Of_40_creations_at_once_exactly_as_many_succeed_as_the_user_may_have()
    {
        var verdicts = await Task.WhenAll(Enumerable.Range(0, 40).Select(i =>
            (i % 2 == 0 ? Store : Other).CreateAsync(Record("ann"), new SessionQuota(5, 50), CancellationToken.None))).Soon();

        Assert.Equal(5, verdicts.Count(verdict => verdict == CreateVerdict.Created));
        Assert.Equal(35, verdicts.Count(verdict => verdict == CreateVerdict.UserFull));
        Assert.Equal(5, (await ListAsync(new SessionFilter())).Count);
    }

    [Fact]
    public async Task A_tenant_is_full_whoever_of_its_users_asks()
    {
        var quota = new SessionQuota(5, 6);
        var verdicts = await Task.WhenAll(Enumerable.Range(0, 40).Select(i =>
            (i % 2 == 0 ? Store : Other).CreateAsync(Record($"user {i % 4}"), quota, CancellationToken.None))).Soon();

        Assert.Equal(6, verdicts.Count(verdict => verdict == CreateVerdict.Created));
        Assert.Equal(CreateVerdict.TenantFull, await Store.CreateAsync(Record("somebody new"), quota, CancellationToken.None));
    }

    [Fact]
    public async Task Users_of_other_tenants_have_a_quota_of_their_own_and_without_a_tenant_only_the_user_counts()
    {
        var quota = new SessionQuota(1, 1);
        var user = $"ann {Tenant}";
        var alone = Record(user) with { Tenant = null };

        Assert.Equal(CreateVerdict.Created, await Store.CreateAsync(Record(user), quota, CancellationToken.None));
        Assert.Equal(CreateVerdict.Created, await Store.CreateAsync(Record(user) with { Tenant = $"{Tenant} 2" }, quota, CancellationToken.None));
        Assert.Equal(CreateVerdict.Created, await Store.CreateAsync(alone, quota, CancellationToken.None));
        Assert.Equal(CreateVerdict.Created, await Store.CreateAsync(Record($"bob {Tenant}") with { Tenant = null }, quota, CancellationToken.None));
        Assert.Equal(CreateVerdict.UserFull, await Store.CreateAsync(alone with { Id = SessionId.New() }, quota, CancellationToken.None));
    }

    [Fact]
    public async Task Sessions_that_are_over_count_no_more()
    {
        var quota = new SessionQuota(1, 1);
        var record = Record("ann");
        Assert.Equal(CreateVerdict.Created, await Store.CreateAsync(record, quota, CancellationToken.None));
        Assert.Equal(CreateVerdict.UserFull, await Store.CreateAsync(Record("ann"), quota, CancellationToken.None));

        await Other.UpdateAsync(Ended(record, Start), CancellationToken.None);

        Assert.Equal(CreateVerdict.Created, await Store.CreateAsync(Record("ann"), quota, CancellationToken.None));
    }

    [Fact]
    public async Task A_list_has_what_fits_in_the_order_that_was_asked_for()
    {
        var first = await CreateAsync(Record("ann", 1));
        var second = await CreateAsync(Record("bob", 2));
        var third = await CreateAsync(Record("ann", 3) with { State = SessionState.Running });
        var fourth = await CreateAsync(Record(null, 4));
        var over = await Store.UpdateAsync(Ended(first, Start.AddHours(1)), CancellationToken.None);

        Assert.Equal([fourth.Id, third.Id, second.Id, over!.Id], await IdsAsync(new SessionFilter()));
        Assert.Equal([over.Id, second.Id, third.Id, fourth.Id], await IdsAsync(new SessionFilter(OldestFirst: true)));
        Assert.Equal([fourth.Id, third.Id], await IdsAsync(new SessionFilter(), most: 2));
        Assert.Equal([third.Id, over.Id], await IdsAsync(new SessionFilter("ann")));
        Assert.Equal([fourth.Id], await IdsAsync(new SessionFilter("")));
        Assert.Equal([fourth.Id, second.Id], await IdsAsync(new SessionFilter(State: SessionState.Starting)));
        Assert.Equal([third.Id], await IdsAsync(new SessionFilter("ann", State: SessionState.Running)));
        Assert.Equal([over.Id], await IdsAsync(new SessionFilter(State: SessionState.Ended)));
        AssertSame(over, (await ListAsync(new SessionFilter(State: SessionState.Ended)))[0]);
    }

    [Fact]
    public async Task A_list_of_more_than_one_page_is_whole()
    {
        foreach (var i in Enumerable.Range(0, 600))
            await CreateAsync(Record("ann", i) with { State = i % 3 == 0 ? SessionState.Running : SessionState.Starting });

        var running = await ListAsync(new SessionFilter(State: SessionState.Running, OldestFirst: true));

        Assert.Equal(Enumerable.Range(0, 200).Select(i => Start.AddSeconds(3 * i)), running.Select(record => record.CreatedAt));
    }

    [Fact]
    public async Task Output_is_kept_byte_for_byte_and_can_be_written_again()
    {
        var record = await CreateAsync(Record("ann"));
        byte[] every = [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)];

        await Store.PutResultAsync(record.Id, new SessionResult(new byte[] { 1 }, new byte[] { 2 }, false), CancellationToken.None);
        await Store.PutResultAsync(record.Id, new SessionResult(every, ReadOnlyMemory<byte>.Empty, true), CancellationToken.None);

        var result = await Other.ResultAsync(record.Id, CancellationToken.None);
        Assert.Equal(every, result!.Output.ToArray());
        Assert.Empty(result.Errors.ToArray());
        Assert.True(result.IsTruncated);
    }

    [Fact]
    public async Task There_is_no_output_of_a_session_that_has_none_or_is_not_there()
    {
        var record = await CreateAsync(Record("ann"));
        var stranger = SessionId.New();

        await Store.PutResultAsync(stranger, new SessionResult(new byte[] { 1 }, new byte[] { 2 }, false), CancellationToken.None);

        Assert.Null(await Store.ResultAsync(record.Id, CancellationToken.None));
        Assert.Null(await Store.ResultAsync(stranger, CancellationToken.None));
    }

    [Fact]
    public async Task What_ended_before_is_forgotten_with_its_output_and_a_bounded_number_at_once()
    {
        // Long before what other tests end.
        var past = Start.AddYears(-10);
        List<SessionRecord> old = [];
        foreach (var i in Enumerable.Range(0, 5))
            old.Add((await Store.UpdateAsync(Ended(await CreateAsync(Record("ann", i)), past.AddSeconds(i)), CancellationToken.None))!);
        await Store.PutResultAsync(old[0].Id, new SessionResult(new byte[] { 1 }, new byte[] { 2 }, false), CancellationToken.None);
        var live = await CreateAsync(Record("ann", 9));

        Assert.Equal(2, await Store.ForgetEndedAsync(past.AddSeconds(4), 2, CancellationToken.None));
        Assert.Equal(2, await Store.ForgetEndedAsync(past.AddSeconds(4), 10, CancellationToken.None));
        Assert.Equal(0, await Store.ForgetEndedAsync(past.AddSeconds(4), 10, CancellationToken.None));

        Assert.Equal([live.Id, old[4].Id], await IdsAsync(new SessionFilter()));
        Assert.Null(await Other.FindAsync(old[0].Id, CancellationToken.None));
        Assert.Null(await Other.ResultAsync(old[0].Id, CancellationToken.None));
    }

    [Fact]
    public async Task A_host_lives_for_as_long_as_its_last_beat_says()
    {
        await Store.BeatAsync($"long {Tenant}", TimeSpan.FromHours(1), CancellationToken.None);
        await Store.BeatAsync($"short {Tenant}", TimeSpan.FromHours(1), CancellationToken.None);
        await Store.BeatAsync($"short {Tenant}", TimeSpan.FromMilliseconds(1), CancellationToken.None);

        await Eventually.IsTrueAsync(async () => !(await Other.LivingHostsAsync(CancellationToken.None)).Contains($"short {Tenant}"));

        Assert.Contains($"long {Tenant}", await Other.LivingHostsAsync(CancellationToken.None));
    }

    private static void AssertSame(SessionRecord expected, SessionRecord? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Command, actual.Command);
        Assert.Equal(expected with { Command = actual.Command }, actual);
    }

    private static SessionRecord Ended(SessionRecord record, DateTimeOffset at) =>
        record with { State = SessionState.Ended, End = new SessionEnd("exited", "It ended.", at, 3, null) };

    private SessionRecord Record(string? owner, int seconds = 0) => new()
    {
        Id = SessionId.New(),
        Version = 1,
        Owner = owner,
        Tenant = Tenant,
        Profile = "shell",
        Command = ["bash", "-l"],
        CreatedAt = Start.AddSeconds(seconds),
        ExpiresAt = Start.AddHours(8),
    };

    private async Task<SessionRecord> CreateAsync(SessionRecord record)
    {
        Assert.Equal(CreateVerdict.Created, await Store.CreateAsync(record, Roomy, CancellationToken.None));
        return record;
    }

    private Task<IReadOnlyList<SessionRecord>> ListAsync(SessionFilter filter, int most = 1000) =>
        Other.ListAsync(filter with { Tenant = Tenant }, most, CancellationToken.None);

    private async Task<IEnumerable<SessionId>> IdsAsync(SessionFilter filter, int most = 1000) => (await ListAsync(filter, most)).Select(record => record.Id);
}
