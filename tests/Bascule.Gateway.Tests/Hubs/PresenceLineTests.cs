using Bascule.Hub;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>What a shard and its gateway tell each other of presence.</summary>
public sealed class PresenceLineTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly TopicHub _hub;
    private readonly HubServing _serving;
    private readonly PresenceLine _line;
    private readonly List<PresenceNote> _notes = [];

    public PresenceLineTests()
    {
        var settings = new HubSettings();
        _hub = new TopicHub(settings, _time, FrameEncoders.For);
        _serving = new HubServing(_hub, settings, loops: 1, _time);
        _line = new PresenceLine(_serving, _notes.Add, _time);
    }

    [Fact]
    public void Clients_that_come_within_a_moment_are_told_in_one_frame()
    {
        Change("ann", 1);
        Change("ann", 1);
        Change("bob", 1);
        Change("eve", 1);
        Change("eve", -1);
        Ask(line => line.Watch("room.1"));
        Assert.Empty(_notes);

        _time.Advance(PresenceLine.Moment);

        var note = Assert.Single(_notes);
        Assert.Equal([("ann", 2), ("bob", 1)], note.Changes.Select(change => (change.User, change.Connections)));
        Assert.Equal(["room.1"], note.Watch);
    }

    [Fact]
    public void A_storm_of_clients_is_told_frame_by_frame()
    {
        for (var i = 0; i < 2 * PresenceLine.MostChanges + 1; i++)
            Change($"user-{i}", 1);

        for (var i = 0; i < 4; i++)
            _time.Advance(PresenceLine.Moment);

        Assert.Equal([PresenceLine.MostChanges, PresenceLine.MostChanges, 1], _notes.Select(note => note.Changes.Count));
    }

    [Fact]
    public void Of_questions_about_a_topic_the_last_one_counts()
    {
        Ask(line => line.Watch("room.1"));
        Ask(line => line.Unwatch("room.1"));

        _time.Advance(PresenceLine.Moment);

        Assert.Equal((0, 1), (_notes[0].Watch.Count, _notes[0].Unwatch.Count));
    }

    [Fact]
    public void Nothing_is_said_on_a_line_that_is_over()
    {
        Change("ann", 1);

        _line.Dispose();
        Change("bob", 1);
        Ask(line => line.Watch("room.1"));
        _time.Advance(PresenceLine.Moment);

        Assert.Empty(_notes);
    }

    [Fact]
    public void A_shard_hears_of_the_clients_of_the_others_until_its_line_ends()
    {
        List<PresenceNews> heard = [];
        var here = new ShardPresence(_serving.Board, "shard:1", heard.AddRange);
        var other = new ShardPresence(_serving.Board, "shard:2", _ => { });

        here.Received(new PresenceNote([new PresenceDelta("room.1", "ann", 1)], ["room.1"], []));
        Assert.Equal((true, 1), (heard[0].IsAnswer, heard[0].Count));
        other.Received(new PresenceNote([new PresenceDelta("room.1", "bob", 1)], [], []));
        _serving.Board.Tell();
        Assert.Equal([new PresenceChange("bob", Joined: true)], heard[1].Changes);
        here.Received(new PresenceNote([], [], ["room.1"]));
        other.Close();
        _time.Advance(TimeSpan.FromMinutes(1));
        _serving.Board.Tell();

        Assert.Equal(2, heard.Count);
    }

    [Fact]
    public void News_of_very_long_names_go_in_several_frames()
    {
        List<int> frames = [];
        var here = new ShardPresence(_serving.Board, "shard:1", news => frames.Add(news.Count));
        var name = new string('x', 100_000);
        here.Received(new PresenceNote([], [.. Enumerable.Range(0, 6).Select(i => $"room.{i}")], []));
        frames.Clear();

        here.Received(new PresenceNote([.. Enumerable.Range(0, 6).Select(i => new PresenceDelta($"room.{i}", name, 1))], [], []));
        _serving.Board.Tell();

        Assert.Equal([3, 3], frames);
    }

    public async ValueTask DisposeAsync()
    {
        _line.Dispose();
        await _serving.DisposeAsync();
        await _hub.DisposeAsync();
    }

    private void Change(string? user, int connections) => Ask(line => line.Change("room.1", user, connections));

    private void Ask(Action<PresenceLine> question)
    {
        lock (_line.Gate)
            question(_line);
    }
}
