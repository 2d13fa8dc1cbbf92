using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>What is known of a connection when it ends, and when its slot is free.</summary>
public sealed class OutcomeTests
{
    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, false)]
    [InlineData(1008, false)]
    [InlineData(4502, false)]
    [InlineData(1011, true)]
    [InlineData(1012, true)]
    [InlineData(1013, true)]
    [InlineData(1014, true)]
    public async Task A_back_end_has_failed_when_its_close_code_says_so(int code, bool failed)
    {
        await using var rig = await RelayRig.StartAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(7));

        await rig.Backend.SendCloseAsync(code);
        await rig.Client.AnswerCloseAsync();
        await rig.Backend.ReceiveCloseAsync();
        await rig.Backend.LeaveAsync();

        var outcome = await rig.Outcome.Soon();
        Assert.Equal((failed, TimeSpan.FromSeconds(7)), (outcome.BackendFailed, outcome.Facts.Age));
    }

    [Fact]
    public async Task A_client_that_closes_with_the_code_of_a_broken_server_says_nothing_of_the_back_end()
    {
        await using var rig = await RelayRig.StartAsync();

        await rig.Client.SendCloseAsync(1011);
        await rig.Backend.AnswerCloseAsync();
        await rig.Client.ReceiveCloseAsync();
        await rig.Client.LeaveAsync();

        Assert.False((await rig.Outcome.Soon()).BackendFailed);
    }

    [Fact]
    public async Task A_back_end_that_breaks_off_has_failed_and_a_client_that_does_has_not()
    {
        await using var broken = await RelayRig.StartAsync();
        broken.Backend.Cut();
        await broken.Client.AnswerCloseAsync();
        Assert.True((await broken.Outcome.Soon()).BackendFailed);

        await using var lost = await RelayRig.StartAsync();
        lost.Client.Cut();
        await lost.Backend.AnswerCloseAsync();
        Assert.False((await lost.Outcome.Soon()).BackendFailed);
    }

    [Fact]
    public async Task Pings_that_were_not_answered_are_counted()
    {
        await using var rig = await RelayRig.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            await rig.Client.SendTextAsync("awake");
            // Silence is zero at the start as well: the text itself has to be there.
            await Patience.UntilAsync(() => rig.Relay.Facts.Client is { Silence.Ticks: 0 } client && client.Received.Texts == i + 1);
            rig.Time.Advance(TimeSpan.FromSeconds(25));
        }

        await rig.Client.ReceiveToCloseAsync();
        rig.Client.Dispose();
        rig.Backend.Dispose();
        var outcome = await rig.RunOutAsync();
        Assert.Equal((EndReasons.BackendHeartbeatLost, true), (outcome.Ending.Reason, outcome.BackendFailed));
        // The client spoke, so that it lives; but answered none of three, of which the last one may still be on its way.
        Assert.Equal((2, 1), (outcome.Facts.Client.MissedPongs, outcome.Facts.Backend.MissedPongs));
    }

    [Fact]
    public async Task The_last_word_was_spoken_when_both_close_frames_are_through_although_nobody_has_gone_yet()
    {
        await using var rig = await RelayRig.StartAsync();
        await rig.Client.SendCloseAsync(1000);
        await rig.Backend.ReceiveCloseAsync();
        Assert.False(rig.Relay.Told.IsCompleted);

        await rig.Backend.SendCloseAsync(1000);
        await rig.Client.ReceiveCloseAsync();

        await rig.Relay.Told.Soon();
        Assert.False(rig.Outcome.IsCompleted);
    }

    [Fact]
    public async Task The_last_word_of_an_ending_of_ours_was_spoken_when_both_have_answered()
    {
        await using var rig = await RelayRig.StartAsync();
        rig.Relay.End(new Ending(EndReasons.Idle));
        await rig.Client.ReceiveCloseAsync();
        await rig.Backend.ReceiveCloseAsync();
        await rig.Backend.SendCloseAsync(1001);
        await rig.Backend.ReceiveEndAsync();
        Assert.False(rig.Relay.Told.IsCompleted);

        await rig.Client.SendCloseAsync(4408);

        await rig.Relay.Told.Soon();
        Assert.False(rig.Outcome.IsCompleted);
    }

    [Fact]
    public async Task Of_sides_that_answer_nothing_the_last_word_is_their_end()
    {
        await using var rig = await RelayRig.StartAsync();
        rig.Relay.End(new Ending(EndReasons.Idle));

        await rig.RunOutAsync();

        Assert.True(rig.Relay.Told.IsCompleted);
    }
}
