using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>What the journal keeps and what it forgets.</summary>
public sealed class AttemptJournalTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void The_oldest_ended_attempt_is_forgotten_when_the_journal_is_full()
    {
        var journal = Journal(3);
        var attempts = Enumerable.Range(0, 5).Select(_ => Ended(journal)).ToList();

        Assert.Equal(3, journal.Count);
        Assert.Null(journal.Find(attempts[0].Id));
        Assert.Null(journal.Find(attempts[1].Id));
        Assert.Equal(attempts[2..], attempts.Select(a => journal.Find(a.Id)).OfType<Attempt>());
    }

    [Fact]
    public void Open_attempts_are_never_forgotten()
    {
        var journal = Journal(2);
        var open = AttemptSamples.Begin(_time);
        Assert.True(journal.TryAdd(open));
        for (var i = 0; i < 10; i++)
            Ended(journal);

        Assert.Same(open, journal.Find(open.Id));
        Assert.Equal(1, journal.OpenCount);
        Assert.Equal(3, journal.Count);
    }

    [Fact]
    public void An_id_that_a_client_chose_twice_is_noticed()
    {
        var journal = Journal(3);
        var first = Ended(journal);
        var second = AttemptSamples.Begin(_time, first.Id);

        Assert.False(journal.TryAdd(second));
        Assert.Same(first, journal.Find(first.Id));
    }

    [Fact]
    public void A_forgotten_id_may_be_used_again()
    {
        var journal = Journal(1);
        var first = Ended(journal);
        Ended(journal);

        Assert.True(journal.TryAdd(AttemptSamples.Begin(_time, first.Id)));
    }

    [Fact]
    public void The_journal_says_how_far_back_it_reaches()
    {
        var journal = Journal(2);
        var start = _time.GetUtcNow();
        Ended(journal);
        Ended(journal);
        Assert.Equal(new JournalReach(start, Forgetting: false), journal.Reach);

        Ended(journal);

        Assert.Equal(new JournalReach(start + TimeSpan.FromSeconds(1), Forgetting: true), journal.Reach);
    }

    [Fact]
    public void The_latest_come_newest_first_and_refused_ones_can_be_picked()
    {
        var journal = Journal(3);
        var attempts = new List<Attempt>();
        for (var i = 0; i < 4; i++)
            attempts.Add(Ended(journal, connected: i % 2 == 0));

        Assert.Equal([attempts[3], attempts[2]], journal.Latest(2, refusedOnly: false));
        Assert.Equal([attempts[3], attempts[1]], journal.Latest(10, refusedOnly: true));
    }

    [Fact]
    public void Closing_twice_takes_one_place()
    {
        var journal = Journal(3);
        var attempt = Ended(journal);
        journal.Close(attempt);

        Assert.Single(journal.Latest(10, refusedOnly: false));
        Assert.Equal(0, journal.OpenCount);
    }

    [Fact]
    public void An_attempt_without_an_end_cannot_be_closed()
    {
        var journal = Journal(3);
        var attempt = AttemptSamples.Begin(_time);
        journal.TryAdd(attempt);

        var fault = Assert.Throws<InvalidOperationException>(() => journal.Close(attempt));
        Assert.Contains("Finish", fault.Message, StringComparison.Ordinal);
        Assert.Equal(1, journal.OpenCount);
    }

    [Fact]
    public void An_attempt_that_was_never_added_cannot_be_closed()
    {
        var journal = Journal(3);
        var added = Ended(journal);
        var stranger = AttemptSamples.Begin(_time, added.Id);
        stranger.Finish(new Ending(EndReasons.ClientGaveUp), 0, null);

        var fault = Assert.Throws<InvalidOperationException>(() => journal.Close(stranger));
        Assert.Contains("TryAdd", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_writers_and_readers_leave_it_whole()
    {
        const int writers = 4;
        const int each = 2000;
        var journal = Journal(100);
        using var stop = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            var read = 0;
            do
            {
                foreach (var attempt in journal.Latest(50, refusedOnly: true))
                {
                    // An ended attempt is whole: whoever finds it in the ring can explain it.
                    Assert.NotNull(attempt.End);
                    Assert.Contains(attempt.End.Ending.Reason.Label, Explanation.Make(attempt, attempt.Id, full: true, journal.Reach).ToText(), StringComparison.Ordinal);
                    read++;
                }
            }
            while (!stop.IsCancellationRequested);
            return read;
        });
        await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < each; i++)
                Ended(journal, advance: false);
        })));
        await stop.CancelAsync();
        await reader;

        Assert.Equal(100, journal.Count);
        Assert.Equal(0, journal.OpenCount);
        Assert.Equal(100, journal.Latest(int.MaxValue, refusedOnly: false).Distinct().Count());
    }

    private AttemptJournal Journal(int entries) => new(new JournalSettings { Entries = entries }, _time);

    /// <summary>One attempt from begin to end; the clock moves a second for each.</summary>
    private Attempt Ended(AttemptJournal journal, bool connected = false, bool advance = true)
    {
        var attempt = AttemptSamples.Begin(_time);
        Assert.True(journal.TryAdd(attempt));
        if (connected)
            attempt.Enter(Stage.Relay);
        if (advance)
            _time.Advance(TimeSpan.FromSeconds(1));
        attempt.Note("backend status", "200 OK");
        attempt.Finish(new Ending(connected ? EndReasons.ClientClosed : EndReasons.QueueFull), 0, null);
        journal.Close(attempt);
        return attempt;
    }
}
