using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>Presence of several shards, as the gateway puts it together.</summary>
public sealed class PresenceBoardTests
{
    private const string Room = "room.1";

    private readonly ManualTime _time = new();
    private readonly PresenceBoard _board;
    private readonly Shard _first;
    private readonly Shard _second;

    public PresenceBoardTests()
    {
        _board = new PresenceBoard(_time);
        _first = new Shard(_board, "shard:1");
        _second = new Shard(_board, "shard:2");
    }

    [Fact]
    public void A_shard_is_told_who_is_on_the_others()
    {
        _first.Come("ann");
        _second.Come("bob");

        _first.Watch();
        Assert.Equal("2: ann bob, asked", _first.Told());
        _second.Come("eve");
        Pass(1);

        Assert.Equal("3: +eve", _first.Told());
        Assert.Equal("", _second.Told());
    }

    [Fact]
    public void A_user_on_two_shards_comes_with_the_first_connection_and_goes_with_the_last()
    {
        _first.Watch();
        _first.Told();

        _first.Come("ann");
        _second.Come("ann");
        Pass(1);
        Assert.Equal("2: +ann", _first.Told());
        _first.Go("ann");
        Pass(1);
        Assert.Equal("", _first.Told());
        _second.Go("ann");
        Pass(1);

        Assert.Equal("0: -ann", _first.Told());
    }

    [Fact]
    public void Who_was_on_a_shard_that_died_leaves_after_a_moment()
    {
        _second.Come("bob");
        _second.Come(null);
        _first.Watch();
        Assert.Equal("2: bob, asked", _first.Told());

        _second.Die();
        Pass(4);
        Assert.Equal("", _first.Told());
        Pass(1);

        Assert.Equal("0:", _first.Told());
    }

    [Fact]
    public void Of_few_who_died_with_their_shard_each_is_named()
    {
        _second.Come("bob");
        _first.Come("ann");
        _first.Watch();
        _first.Told();

        _second.Die();
        Pass(5);

        Assert.Equal("1: -bob", _first.Told());
    }

    [Fact]
    public void Who_comes_back_from_a_dead_shard_was_never_away()
    {
        _second.Come("bob");
        _second.Come("bob");
        _second.Come(null);
        _first.Watch();
        _first.Told();

        _second.Die();
        _first.Come("bob");
        _first.Come("bob");
        _first.Come(null);
        Pass(1);
        Assert.Equal("", _first.Told());
        Pass(10);

        Assert.Equal("", _first.Told());
        _first.Watch();
        Assert.Equal("3: bob, asked", _first.Told());
    }

    [Fact]
    public void A_shard_that_dies_again_and_again_keeps_the_members_of_its_last_death_only()
    {
        _first.Watch();
        foreach (var user in new[] { "ann", "bob", "eve" })
        {
            var shard = new Shard(_board, "shard:3");
            shard.Come(user);
            shard.Die();
        }

        _first.Told();
        _first.Watch();

        Assert.Equal("1: eve, asked", _first.Told());
    }

    [Fact]
    public void A_dead_shard_is_told_nothing()
    {
        _second.Watch();
        _second.Told();

        _second.Die();
        _first.Come("ann");
        Pass(1);

        Assert.Equal("", _second.Told());
    }

    [Fact]
    public void Who_moves_from_shard_to_shard_within_a_second_was_never_away()
    {
        _first.Come("ann");
        _first.Watch();
        _first.Told();

        _first.Go("ann");
        _second.Come("ann");
        Pass(1);

        Assert.Equal("", _first.Told());
    }

    [Fact]
    public void Six_thousand_who_come_at_once_are_told_in_one_piece()
    {
        _first.Watch();
        _first.Told();

        for (var i = 0; i < 6000; i++)
            _second.Come($"user-{i}");
        Pass(1);

        var news = Assert.Single(_first.News);
        Assert.Equal((6000, 0, 100), (news.Count, news.Changes.Count, news.Users.Count));
    }

    [Fact]
    public void Nobody_leaves_who_did_not_come()
    {
        _first.Come("ann");
        _first.Watch();
        _first.Told();

        _second.Go("ann");
        _second.Go("bob");
        Pass(1);

        Assert.Equal("", _first.Told());
    }

    [Fact]
    public void Who_does_not_watch_any_more_is_told_nothing()
    {
        _first.Watch();
        _first.Told();
        _first.Unwatch();

        _second.Come("ann");
        Pass(1);

        Assert.Equal("", _first.Told());
    }

    private void Pass(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _board.Tell();
        }
    }

    /// <summary>A shard whose clients are all on the same topic.</summary>
    private sealed class Shard : IPresenceReader
    {
        private readonly PresenceShare _share;

        internal Shard(PresenceBoard board, string name) => _share = board.Enter(name, this);

        internal List<PresenceNews> News { get; } = [];

        public void Take(IReadOnlyList<PresenceNews> news) => News.AddRange(news);

        internal void Come(string? user) => Change(user, 1);

        internal void Go(string? user) => Change(user, -1);

        internal void Watch()
        {
            lock (_share.Gate)
                _share.Watch(Room);
        }

        internal void Unwatch()
        {
            lock (_share.Gate)
                _share.Unwatch(Room);
        }

        internal void Die() => _share.Leave();

        /// <summary>What it was told since the last time, in short.</summary>
        internal string Told()
        {
            var told = News.Select(news => string.Join(' ', [$"{news.Count}:", .. news.Users, .. news.Changes.Select(change => (change.Joined ? "+" : "-") + change.User)]) + (news.IsAnswer ? ", asked" : ""));
            var words = string.Join("; ", told);
            News.Clear();
            return words;
        }

        private void Change(string? user, int connections)
        {
            lock (_share.Gate)
                _share.Change(Room, user, connections);
        }
    }
}
