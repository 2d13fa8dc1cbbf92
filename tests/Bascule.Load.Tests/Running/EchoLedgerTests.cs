namespace Bascule.Load.Tests;

/// <summary>What becomes of messages that come back, or do not.</summary>
public sealed class EchoLedgerTests
{
    private readonly EchoLedger _ledger = new();

    [Fact]
    public void Each_message_answered_in_turn_is_good_and_none_is_left()
    {
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal((uint)i, _ledger.Begin(i, i + 1));
            Assert.Equal(EchoFound.Good, _ledger.Answer((uint)i, out var intended, out var sent));
            Assert.Equal((i, i + 1), (intended, sent));
        }

        Assert.Equal(0, _ledger.Outstanding);
    }

    [Fact]
    public void A_second_answer_is_doubled_whether_or_not_later_ones_came()
    {
        Send(3);

        Assert.Equal(EchoFound.Good, Answer(1));
        Assert.Equal(EchoFound.Doubled, Answer(1));
        Assert.Equal(EchoFound.Disordered, Answer(0));
        Assert.Equal(EchoFound.Doubled, Answer(0));
        Assert.Equal(1, _ledger.Outstanding);
    }

    [Fact]
    public void What_was_never_sent_is_told_apart_from_what_came_twice()
    {
        Send(1);
        Answer(0);

        Assert.Equal(EchoFound.NeverSent, Answer(1));
        Assert.Equal(EchoFound.NeverSent, Answer(5000));
        Assert.Equal(EchoFound.Doubled, Answer(0));
    }

    [Fact]
    public void Given_up_messages_are_gaps_where_a_later_one_was_answered_and_silence_where_none_was()
    {
        Send(4);
        Answer(1);

        Assert.Equal((1, 2), _ledger.Expire(sentBefore: 100));
        Assert.Equal(0, _ledger.Outstanding);
        Assert.Equal(EchoFound.Overdue, Answer(3));
    }

    [Fact]
    public void Only_messages_sent_before_the_moment_are_given_up()
    {
        Send(4);

        Assert.Equal((0, 2), _ledger.Expire(sentBefore: 2));
        Assert.Equal(2, _ledger.Outstanding);
    }

    [Fact]
    public void A_corrupt_answer_counts_for_the_oldest_that_waits()
    {
        Send(2);

        Assert.True(_ledger.AnswerOldest());

        Assert.Equal(1, _ledger.Outstanding);
        Assert.Equal(EchoFound.Doubled, Answer(0));
        Assert.Equal(EchoFound.Good, Answer(1));
        Assert.False(_ledger.AnswerOldest());
    }

    [Fact]
    public void It_says_when_it_is_full_and_goes_on_after_an_answer()
    {
        Send(EchoLedger.MostOutstanding);
        Assert.True(_ledger.IsFull);

        Answer(0);

        Assert.False(_ledger.IsFull);
        Assert.Equal(EchoLedger.MostOutstanding - 1, _ledger.Outstanding);
    }

    [Fact]
    public void Given_up_messages_do_not_fill_it_for_ever()
    {
        for (var round = 0; round < 200; round++)
        {
            Send(1000);
            _ledger.Expire(long.MaxValue);
        }

        Assert.False(_ledger.IsFull);
        Assert.Equal(0, _ledger.Outstanding);
    }

    [Fact]
    public void A_late_answer_is_never_taken_for_a_doubled_one_however_many_were_given_up()
    {
        Send(5000);
        Answer(0);
        _ledger.Expire(long.MaxValue);

        for (var late = 1u; late < 5000; late++)
            Assert.Equal(EchoFound.Overdue, Answer(late));

        Send(1);
        Assert.Equal(EchoFound.Good, Answer(5000));
        Assert.Equal(EchoFound.Doubled, Answer(5000));
    }

    private void Send(int count)
    {
        for (var i = 0; i < count; i++)
            _ledger.Begin(i, i);
    }

    private EchoFound Answer(uint sequence) => _ledger.Answer(sequence, out _, out _);
}
