using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>What one attempt remembers, and what it costs.</summary>
public sealed class AttemptTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Stages_keep_the_time_at_which_they_were_first_entered()
    {
        var attempt = AttemptSamples.Begin(_time);
        _time.Advance(TimeSpan.FromMilliseconds(3));
        attempt.Enter(Stage.Connect);
        _time.Advance(TimeSpan.FromMilliseconds(4));
        attempt.Enter(Stage.Connect);

        Assert.Equal(TimeSpan.Zero, attempt.EnteredAfter(Stage.Listen));
        Assert.Equal(TimeSpan.FromMilliseconds(3), attempt.EnteredAfter(Stage.Connect));
        Assert.Null(attempt.EnteredAfter(Stage.Relay));
        Assert.Equal(Stage.Connect, attempt.Stage);
    }

    [Fact]
    public void Every_stage_of_the_model_has_its_place()
    {
        var attempt = AttemptSamples.Begin(_time);
        foreach (var stage in Enum.GetValues<Stage>())
        {
            attempt.Enter(stage);
            Assert.Equal(TimeSpan.Zero, attempt.EnteredAfter(stage));
        }
    }

    [Fact]
    public void Notes_are_bounded_in_number_and_length()
    {
        var attempt = AttemptSamples.Begin(_time);
        for (var i = 0; i < 20; i++)
            attempt.Note($"note {i}", new string('x', 1000));

        Assert.Equal(16, attempt.Notes.Count);
        Assert.All(attempt.Notes, n => Assert.Equal(300, n.Value.Length));
    }

    [Fact]
    public void The_same_note_again_replaces_its_value()
    {
        var attempt = AttemptSamples.Begin(_time);
        attempt.Note("backend status", "503");
        attempt.Note("other", "1");
        attempt.Note("backend status", "200 OK");

        Assert.Equal(["200 OK", "1"], attempt.Notes.Select(n => n.Value));
    }

    [Fact]
    public void The_first_end_stands()
    {
        var attempt = AttemptSamples.Begin(_time);

        Assert.True(attempt.Finish(new Ending(EndReasons.QueueFull), 4503, null));
        Assert.False(attempt.Finish(new Ending(EndReasons.GatewayFault), 4500, null));
        Assert.Equal(EndReasons.QueueFull, attempt.End?.Ending.Reason);
    }

    [Fact]
    public void Counts_are_live_until_the_end_and_then_final()
    {
        var attempt = AttemptSamples.Connected(_time);
        var live = new LiveCounts(1, 2, 10, 20);
        attempt.Live = () => live;
        Assert.Equal(1, attempt.Counts.MessagesToBackend);
        live = live with { MessagesToBackend = 5 };
        Assert.Equal(5, attempt.Counts.MessagesToBackend);

        attempt.Finish(new Ending(EndReasons.ClientClosed), 1000, null, new LiveCounts(7, 2, 10, 20));

        Assert.Equal(7, attempt.Counts.MessagesToBackend);
        Assert.Null(attempt.Live);
    }

    [Theory]
    [InlineData(nameof(Attempt.Host))]
    [InlineData(nameof(Attempt.UserAgent))]
    [InlineData(nameof(Attempt.Origin))]
    public void Clients_that_say_the_same_share_one_copy_of_it(string said)
    {
        // One text alone: two may have the same place in the table, where the later one stays.
        var journal = new AttemptJournal(new JournalSettings { Entries = 100 }, _time);
        Attempt[] attempts = [Told(), Told()];
        Assert.NotSame(Text(attempts[0]), Text(attempts[1]));
        Assert.All(attempts, a => Assert.True(journal.TryAdd(a)));

        Assert.Same(Text(attempts[0]), Text(attempts[1]));

        string? Text(Attempt attempt) => said switch { nameof(Attempt.Host) => attempt.Host, nameof(Attempt.UserAgent) => attempt.UserAgent, _ => attempt.Origin };
        Attempt Told() => said switch
        {
            nameof(Attempt.Host) => new(AttemptId.New(), _time) { Host = new string("play.example.org".AsSpan()) },
            nameof(Attempt.UserAgent) => new(AttemptId.New(), _time) { UserAgent = new string(AttemptSamples.Browser.AsSpan()) },
            _ => new(AttemptId.New(), _time) { Origin = new string("https://play.example.org".AsSpan()) },
        };
    }

    [Fact]
    public void An_open_connection_costs_less_than_600_bytes()
    {
        // The object, and the texts that are its own: user agent, host and origin are shared, route, pool and node belong to the configuration.
        string[] own = ["/ws/experience?experience=wylding-woods&token=***", "203.0.113.7:50123", "9f1c1d3e-6f3e-4a39-9f0e-1f6f2b8e0c11"];
        var id = AttemptId.New();
        GC.KeepAlive(new Attempt(id, _time));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var attempt = new Attempt(id, _time);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before + own.Sum(t => 24 + (2 * t.Length));
        GC.KeepAlive(attempt);

        Assert.True(bytes < 600, $"{bytes} bytes");
    }
}
