using Bascule.Model;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>A side that closes: its words reach the other side unchanged, and it gets its answer.</summary>
public sealed class CloseTests
{
    public static TheoryData<int, string> Closes => new()
    {
        { 1000, "" }, { 1000, "done" }, { 1001, "leaving" }, { 1011, "crash" }, { 3000, "logged out" }, { 4999, "" },
        { 4999, new string('ü', 61) + "." },
    };

    [Theory]
    [MemberData(nameof(Closes))]
    public async Task The_words_of_a_client_that_closes_pass_unchanged_and_so_does_the_answer(int code, string reason)
    {
        await using var rig = await RelayRig.StartAsync();

        await rig.Client.SendCloseAsync(code, reason);
        Assert.Equal((code, reason), await rig.Backend.ReceiveCloseAsync());
        await rig.Backend.SendCloseAsync(3001, "as you like");
        Assert.Equal((3001, "as you like"), await rig.Client.ReceiveCloseAsync());
        await rig.Client.LeaveAsync();
        await rig.Backend.LeaveAsync();

        var outcome = await rig.Outcome.Soon();
        Assert.Equal((EndReasons.ClientClosed, code, reason), (outcome.Ending.Reason, outcome.Code, outcome.CloseReason));
    }

    [Theory]
    [MemberData(nameof(Closes))]
    public async Task The_words_of_a_back_end_that_closes_pass_unchanged(int code, string reason)
    {
        await using var rig = await RelayRig.StartAsync();

        await rig.Backend.SendCloseAsync(code, reason);
        Assert.Equal((code, reason), await rig.Client.AnswerCloseAsync());
        Assert.Equal((code, reason), await rig.Backend.ReceiveCloseAsync());
        await rig.Backend.LeaveAsync();

        var outcome = await rig.Outcome.Soon();
        Assert.Equal((EndReasons.BackendClosed, code, reason), (outcome.Ending.Reason, outcome.Code, outcome.CloseReason));
    }

    [Fact]
    public async Task A_close_without_a_code_passes_without_one()
    {
        await using var rig = await RelayRig.StartAsync();

        await rig.Client.SendAsync(rig.Client.Frame(Opcode.Close, ""));
        Assert.Empty((await rig.Backend.ReceiveAsync()).Payload);
        await rig.Backend.SendAsync(rig.Backend.Frame(Opcode.Close, ""));
        Assert.Empty((await rig.Client.ReceiveAsync()).Payload);
        await rig.Client.LeaveAsync();
        await rig.Backend.LeaveAsync();

        var outcome = await rig.Outcome.Soon();
        Assert.Equal((EndReasons.ClientClosed, 0, ""), (outcome.Ending.Reason, outcome.Code, outcome.CloseReason));
        Assert.Equal("without a code", outcome.Ending.Detail);
    }

    [Fact]
    public async Task Closes_that_cross_both_pass_and_one_of_them_ended_the_connection()
    {
        for (var round = 0; round < 50; round++)
        {
            await using var rig = await RelayRig.StartAsync();

            await Task.WhenAll(rig.Client.SendCloseAsync(3000, "client"), rig.Backend.SendCloseAsync(4000, "back end"));

            Assert.Equal((3000, "client"), await rig.Backend.ReceiveCloseAsync());
            Assert.Equal((4000, "back end"), await rig.Client.ReceiveCloseAsync());
            await rig.Client.LeaveAsync();
            await rig.Backend.LeaveAsync();
            var outcome = await rig.Outcome.Soon();
            var named = (outcome.Ending.Reason, outcome.Code);
            Assert.True(named == (EndReasons.ClientClosed, 3000) || named == (EndReasons.BackendClosed, 4000), $"{named}");
        }
    }

    [Fact]
    public async Task The_side_whose_close_came_first_has_closed_even_when_the_answer_looks_like_a_close_of_its_own()
    {
        await using var rig = await RelayRig.StartAsync();

        await rig.Backend.SendCloseAsync(4000, "back end");
        await rig.Client.ReceiveCloseAsync();
        await rig.Client.SendCloseAsync(3000, "client");
        await rig.Client.LeaveAsync();
        Assert.Equal((3000, "client"), await rig.Backend.ReceiveCloseAsync());
        await rig.Backend.LeaveAsync();

        var outcome = await rig.Outcome.Soon();
        Assert.Equal((EndReasons.BackendClosed, 4000), (outcome.Ending.Reason, outcome.Code));
    }

    [Fact]
    public async Task What_was_on_its_way_still_arrives_after_the_other_side_closed()
    {
        await using var rig = await RelayRig.StartAsync();

        await rig.Client.SendCloseAsync(1000);
        await rig.Backend.ReceiveCloseAsync();
        await rig.Backend.SendTextAsync("last words");
        await rig.Backend.SendCloseAsync(1000);

        Assert.Equal("last words", await rig.Client.ReceiveTextAsync());
        Assert.Equal((1000, ""), await rig.Client.ReceiveCloseAsync());
        await rig.Client.LeaveAsync();
        await rig.Backend.LeaveAsync();
        Assert.Equal(1, (await rig.Outcome.Soon()).Facts.Backend.Received.Texts);
    }

    [Fact]
    public async Task What_a_side_sends_after_its_close_is_dropped()
    {
        await using var rig = await RelayRig.StartAsync();

        await rig.Client.SendAsync((byte[])[.. rig.Client.CloseFrame(1000).Bytes, .. rig.Client.Frame(Opcode.Text, "too late").Bytes]);
        Assert.Equal((1000, ""), await rig.Backend.AnswerCloseAsync());
        Assert.Equal((1000, ""), await rig.Client.ReceiveCloseAsync());
        await rig.Client.SendTextAsync("much too late");
        await rig.Client.LeaveAsync();

        Assert.Equal(EndReasons.ClientClosed, (await rig.Outcome.Soon()).Ending.Reason);
    }

    [Fact]
    public async Task A_client_that_closed_gets_its_answer_when_the_back_end_gives_none()
    {
        await using var rig = await RelayRig.StartAsync();

        await rig.Client.SendCloseAsync(3000, "bye");
        Assert.Equal((3000, "bye"), await rig.Backend.ReceiveCloseAsync());
        await rig.PassCloseDeadlineAsync();

        Assert.Equal((3000, "bye"), await rig.Client.ReceiveCloseAsync());
        await rig.Client.LeaveAsync();
        Assert.Equal(EndReasons.ClientClosed, (await rig.Outcome.Soon()).Ending.Reason);
    }

    [Fact]
    public async Task A_back_end_that_closed_gets_its_answer_when_the_client_gives_none()
    {
        await using var rig = await RelayRig.StartAsync();

        await rig.Backend.SendCloseAsync(1012, "restart");
        Assert.Equal((1012, "restart"), await rig.Client.ReceiveCloseAsync());
        await rig.PassCloseDeadlineAsync();

        Assert.Equal((1012, "restart"), await rig.Backend.ReceiveCloseAsync());
        await rig.Backend.LeaveAsync();
        Assert.Equal(EndReasons.BackendClosed, (await rig.Outcome.Soon()).Ending.Reason);
    }

    [Fact]
    public async Task A_client_that_closed_gets_its_answer_when_the_back_end_goes_on_sending_instead()
    {
        await using var rig = await RelayRig.StartAsync();
        using var stop = new CancellationTokenSource();
        var chatter = ChatterAsync(rig.Backend, stop.Token);

        await rig.Client.SendCloseAsync(1000);
        Assert.Equal((1000, ""), await rig.Backend.ReceiveCloseAsync());
        var frames = rig.Client.ReceiveToCloseAsync();
        await rig.PassCloseDeadlineAsync();

        Assert.Equal((1000, ""), (await frames)[^1].Close);
        rig.Client.Dispose();
        var outcome = await rig.RunOutAsync();
        Assert.Equal(EndReasons.ClientClosed, outcome.Ending.Reason);
        await stop.CancelAsync();
        await chatter;
    }

    [Fact]
    public async Task A_close_frame_behind_a_write_that_never_ends_starts_the_deadline_too()
    {
        await using var rig = await RelayRig.StartAsync(bufferBytes: 4096);
        byte[] burst = [.. rig.Client.Frame(Opcode.Binary, new byte[20_000]).Bytes, .. rig.Client.CloseFrame(3000, "bye").Bytes];

        // The back end reads nothing: some burst does not fit into the sockets, and its close frame is never written.
        await rig.Client.SendAsync(burst);
        var outcome = await rig.RunOutAsync();

        Assert.Equal((EndReasons.ClientClosed, 3000), (outcome.Ending.Reason, outcome.Code));
        Assert.Equal((3000, "bye"), await rig.Client.ReceiveCloseAsync());
    }

    private static async Task ChatterAsync(WirePeer peer, CancellationToken stop)
    {
        // Not small: what fills the sockets is read frame by frame.
        var next = peer.Frame(Opcode.Binary, new byte[2000]);
        try
        {
            while (!stop.IsCancellationRequested)
                await peer.SendAsync(next);
        }
        catch (System.Net.Sockets.SocketException)
        {
            // The relay has cut this side, which is what it deserves.
            return;
        }
    }
}
