using Bascule.Cluster;
using Bascule.Testing;

namespace Bascule.Storage.Tests;

/// <summary>The part of the contract about bulletins, tickets and the directory.</summary>
public abstract class NewsContract(StoreEngine engine) : CountContract(engine)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task Bulletins_come_to_all_in_order_and_to_each_once()
    {
        var reader = await Member.JoinAsync(Store);
        var since = await LastBulletinAsync(reader);
        var other = NewStore();

        for (var i = 0; i < 20; i++)
            Assert.True(await (i % 2 == 0 ? Store : other).PostAsync(new Bulletin(i % 3 == 0 ? Bulletin.Close : Bulletin.Revoke, $$"""{"n": {{i}}, "text": "a b"}""", Now + Minute), default));

        var news = await ReadAsync(reader, since);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $$"""{"n": {{i}}, "text": "a b"}"""), news.Select(bulletin => bulletin.Payload));
        Assert.Equal([Bulletin.Close, Bulletin.Revoke, Bulletin.Revoke], news.Take(3).Select(bulletin => bulletin.Kind));
        Assert.All(news.Zip(news.Skip(1)), pair => Assert.True(pair.First.Number < pair.Second.Number));
        Assert.All(news, bulletin => Assert.InRange(bulletin.Until, Now, Now + Minute));
        Assert.Equal(news.Skip(10).Select(bulletin => bulletin.Number), (await ReadAsync(reader, news[9].Number)).Select(bulletin => bulletin.Number));
        Assert.Empty(await ReadAsync(reader, news[^1].Number));
    }

    [Fact]
    public async Task No_bulletin_is_missed_while_many_post_at_once()
    {
        var reader = await Member.JoinAsync(Store);
        var since = await LastBulletinAsync(reader);
        var other = NewStore();
        List<Bulletin> heard = [];

        var posting = Task.WhenAll(Enumerable.Range(0, 100).Select(i => (i % 2 == 0 ? Store : other).PostAsync(new Bulletin(Bulletin.Revoke, $"{i}", Now + Minute), default)));
        while (!posting.IsCompleted)
        {
            heard.AddRange(await ReadAsync(reader, since));
            since = heard.Count > 0 ? heard[^1].Number : since;

            // SQLite has no queue for its lock: a reader without a pause would keep the other writer from it until that gives up.
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        await posting.Soon();
        heard.AddRange(await ReadAsync(reader, since));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}").Order(StringComparer.Ordinal), heard.Select(bulletin => bulletin.Payload).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_bulletin_is_forgotten_after_its_end_and_one_that_lives_reaches_those_who_start_later()
    {
        var since = await LastBulletinAsync(await Member.JoinAsync(Store));
        await Store.PostAsync(new Bulletin(Bulletin.Revoke, "short", Now + TimeSpan.FromMilliseconds(300)), default);
        await Store.PostAsync(new Bulletin(Bulletin.Revoke, "long", Now + Minute), default);

        var newcomer = await Member.JoinAsync(NewStore());

        await Eventually.IsTrueAsync(async () => (await ReadAsync(newcomer, since)).Select(bulletin => bulletin.Payload).SequenceEqual(["long"]));
        Assert.Contains(await ReadAsync(newcomer, 0), bulletin => bulletin.Payload == "long");
    }

    [Fact]
    public async Task A_ticket_is_taken_by_exactly_one_of_50_takers()
    {
        Assert.True(await Store.PutTicketAsync(new Ticket(Key("t"), """{"user": "ann \u0000 'x'"}""", Key("owner"), Minute), 10, default));
        var other = NewStore();

        var payloads = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => (i % 2 == 0 ? Store : other).TakeTicketAsync(Key("t"), default))).Soon();

        Assert.Equal("""{"user": "ann \u0000 'x'"}""", Assert.Single(payloads, payload => payload is not null));
    }

    [Fact]
    public async Task A_ticket_that_was_never_there_or_has_expired_is_nothing()
    {
        Assert.Null(await Store.TakeTicketAsync(Key("never"), default));
        foreach (var i in Enumerable.Range(0, 40))
            await Store.PutTicketAsync(new Ticket(Key($"t{i}"), "x", Key("owner"), TimeSpan.FromMilliseconds(200)), 100, default);

        // Each look takes one away; the life of the last is over long before there is none to look at.
        var at = 0;
        await Eventually.IsTrueAsync(async () => await Store.TakeTicketAsync(Key($"t{at++}"), default) is null);
        Assert.InRange(at, 1, 40);
    }

    [Fact]
    public async Task An_owner_has_no_more_unused_tickets_than_allowed()
    {
        Task<bool> PutAsync(string hash, string owner, TimeSpan life) => Store.PutTicketAsync(new Ticket(Key(hash), "x", Key(owner), life), 2, default);

        Assert.True(await PutAsync("a", "ann", Minute));
        Assert.True(await PutAsync("b", "ann", Minute));
        Assert.False(await PutAsync("c", "ann", Minute));
        Assert.True(await PutAsync("d", "bob", Minute));
        Assert.Null(await Store.TakeTicketAsync(Key("c"), default));

        // One that expires makes room, and one that is taken.
        Assert.True(await PutAsync("e", "eve", Minute));
        Assert.True(await PutAsync("f", "eve", TimeSpan.FromMilliseconds(300)));
        await Eventually.IsTrueAsync(() => PutAsync("g", "eve", Minute));
        Assert.False(await PutAsync("h", "eve", Minute));
        Assert.NotNull(await Store.TakeTicketAsync(Key("e"), default));
        Assert.True(await PutAsync("h", "eve", Minute));
    }

    [Fact]
    public async Task Connections_are_found_by_what_they_are()
    {
        var since = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var ann = new OpenConnection(Key("1"), since) { User = Key("ann"), Route = Key("chat"), Pool = "kb", Node = "n1:80", Address = "192.0.2.1", Protocol = "v1" };
        var bob = new OpenConnection(Key("2"), since) { User = Key("bob"), Route = Key("chat"), Pool = "kb", Node = "n2:80", Address = "192.0.2.2" };
        var guest = new OpenConnection(Key("3"), since) { Route = Key("game") };
        await Member.JoinAsync(Store, instance: Key("west"), opened: [ann, bob]);
        var east = await Member.JoinAsync(NewStore(), instance: Key("east"), opened: [guest]);

        Assert.Equal([ann with { Instance = Key("west") }], await FindAsync(new DirectoryFilter { User = Key("ann") }));
        Assert.Equal([bob with { Instance = Key("west") }], await FindAsync(new DirectoryFilter { Route = Key("chat"), Pool = "kb", Node = "n2:80" }));
        Assert.Equal([guest with { Instance = Key("east") }], await FindAsync(new DirectoryFilter { Instance = Key("east") }));
        Assert.Equal(2, (await FindAsync(new DirectoryFilter { Route = Key("chat") })).Count);
        Assert.Single(await FindAsync(new DirectoryFilter { Route = Key("chat") }, most: 1));
        Assert.Empty(await FindAsync(new DirectoryFilter { Route = Key("chat"), Instance = Key("east") }));

        await east.PulseAsync(new Pulse(east.Epoch, Key("east"), Minute) { Opened = [guest with { Node = "n9:80" }], Closed = [Key("unknown")] });
        Assert.Equal("n9:80", Assert.Single(await FindAsync(new DirectoryFilter { Instance = Key("east") })).Node);
        await east.PulseAsync(new Pulse(east.Epoch, Key("east"), Minute) { Closed = [guest.Id] });
        Assert.Empty(await FindAsync(new DirectoryFilter { Instance = Key("east") }));
    }

    [Fact]
    public async Task Text_of_clients_cannot_break_the_directory()
    {
        var nasty = Key("ann") + "\0\u0001\ud800'\"\\%_{}; DROP TABLE bascule_counts --" + new string('x', 5000);
        var member = await Member.JoinAsync(Store, opened: new OpenConnection(Key("1"), DateTimeOffset.UnixEpoch) { User = nasty, Protocol = nasty });
        await member.ClaimAsync(new CountClaim(CountKey.Of("user", nasty), 1));

        var found = Assert.Single(await FindAsync(new DirectoryFilter { User = nasty }));
        Assert.Equal((DirectoryText.Of(nasty), DirectoryText.MaxLength), (found.User, found.User!.Length));
        Assert.Equal(1, await Member.TotalAsync(Store, CountKey.Of("user", nasty)));
    }

    [Fact]
    public async Task Many_connections_are_found_across_all_pages()
    {
        OpenConnection[] many = [.. Enumerable.Range(0, 2000).Select(i => new OpenConnection(Key($"{i}"), DateTimeOffset.UnixEpoch) { User = Key($"u{i % 10}"), Instance = Key("big") })];
        await Member.JoinAsync(Store, instance: Key("big"), opened: many);

        var found = await FindAsync(new DirectoryFilter { User = Key("u7") }, most: 1000);

        Assert.Equal(many.Where(connection => connection.User == Key("u7")).Select(connection => connection.Id).Order(), found.Select(connection => connection.Id).Order());
    }

    [Fact]
    public async Task Gateways_are_listed_while_they_live()
    {
        var west = await Member.JoinAsync(Store, instance: Key("b-west"), opened: new OpenConnection(Key("1"), DateTimeOffset.UnixEpoch));
        var east = await Member.JoinAsync(NewStore(), instance: Key("a-east"));
        var preparing = Epoch.First();
        await Store.PulseAsync(new Pulse(preparing, Key("c-new"), Minute), default);

        async Task<Instance[]> ListAsync() => [.. (await Store.InstancesAsync(default)).Where(instance => instance.Name.EndsWith(Key("")[1..], StringComparison.Ordinal))];

        var both = await ListAsync();
        Assert.Equal([(Key("a-east"), east.Epoch.Process, 0), (Key("b-west"), west.Epoch.Process, 1)], both.Select(instance => (instance.Name, instance.Process, instance.Connections)));
        Assert.All(both, instance => Assert.InRange(instance.Since, Now - Minute, Now + Minute));
        await west.LeaveAsync();
        Assert.Equal(Key("a-east"), Assert.Single(await ListAsync()).Name);
    }

    private static async Task<long> LastBulletinAsync(Member reader)
    {
        var since = 0L;
        while (await ReadAsync(reader, since) is { Count: > 0 } news)
            since = news[^1].Number;
        return since;
    }

    private static async Task<IReadOnlyList<Bulletin>> ReadAsync(Member reader, long since) =>
        (await reader.PulseAsync(new Pulse(reader.Epoch, "gateway", Minute) { SinceBulletin = since })).Bulletins;
}
