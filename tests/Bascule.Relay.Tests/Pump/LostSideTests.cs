using Bascule.Model;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>A side that breaks off without a close frame, or breaks the rules: the other side is told.</summary>
public sealed class LostSideTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_back_end_is_told_when_its_client_is_lost(bool byReset)
    {
        await using var rig = await RelayRig.StartAsync();
        await rig.ExchangeAsync();

        Break(rig.Client, byReset);

        Assert.Equal((CloseCodes.GoingAway, rig.CloseText(EndReasons.ClientLost)), await rig.Backend.AnswerCloseAsync());
        if (!byReset)
            rig.Client.Dispose();
        var outcome = await rig.RunOutAsync();
        Assert.Equal(EndReasons.ClientLost, outcome.Ending.Reason);
        Assert.Equal(byReset ? "reading failed: ConnectionReset" : "the connection ended without a close frame", outcome.Ending.Detail);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_is_told_when_its_back_end_is_lost(bool byReset)
    {
        await using var rig = await RelayRig.StartAsync();
        await rig.ExchangeAsync();

        Break(rig.Backend, byReset);

        var close = await rig.Client.AnswerCloseAsync();
        Assert.Equal((4502, $"backend_lost; retry=backoff; attempt={rig.Attempt}"), close);
        if (!byReset)
            rig.Backend.Dispose();
        var outcome = await rig.RunOutAsync();
        Assert.Equal((EndReasons.BackendLost, 4502, close.Reason), (outcome.Ending.Reason, outcome.Code, outcome.CloseReason));
        Assert.False(outcome.Facts.Client.MidFrame);
    }

    [Fact]
    public async Task A_client_inside_a_large_frame_that_will_never_end_is_cut_and_the_facts_say_so()
    {
        await using var rig = await RelayRig.StartAsync();
        var frame = rig.Backend.Frame(Opcode.Binary, new byte[1_000_000]);

        await rig.Backend.SendAsync(frame.Bytes.AsMemory(0, 500_000));
        await Patience.UntilAsync(() => rig.Relay.Facts.Backend.Received.Bytes == 500_000);
        rig.Backend.Cut();

        Assert.Equal(500_000, await rig.Client.DrainAsync());
        var outcome = await rig.RunOutAsync();
        Assert.Equal((EndReasons.BackendLost, true), (outcome.Ending.Reason, outcome.Facts.Client.MidFrame));
    }

    [Fact]
    public async Task A_client_that_saw_nothing_of_a_small_frame_is_told_properly()
    {
        await using var rig = await RelayRig.StartAsync();

        await rig.Backend.SendAsync(rig.Backend.Frame(Opcode.Binary, new byte[20_000]).Bytes.AsMemory(0, 10_000));
        await Patience.UntilAsync(() => rig.Relay.Facts.Backend.Received.Bytes == 10_000);
        rig.Backend.Cut();

        Assert.Equal((4502, rig.CloseText(EndReasons.BackendLost)), await rig.Client.AnswerCloseAsync());
        Assert.False((await rig.Outcome.Soon()).Facts.Client.MidFrame);
    }

    [Fact]
    public async Task A_client_between_two_fragments_is_told_properly()
    {
        await using var rig = await RelayRig.StartAsync();

        await rig.Backend.SendAsync(rig.Backend.Frame(Opcode.Text, "to be conti", final: false));
        Assert.Equal("to be conti", await rig.Client.ReceiveTextAsync());
        rig.Backend.Cut();

        Assert.Equal((4502, rig.CloseText(EndReasons.BackendLost)), await rig.Client.AnswerCloseAsync());
    }

    [Fact]
    public async Task A_back_end_is_told_although_its_client_broke_inside_a_large_frame_from_it()
    {
        await using var rig = await RelayRig.StartAsync();

        var frame = rig.Backend.Frame(Opcode.Binary, new byte[1_000_000]);
        await rig.Backend.SendAsync(frame.Bytes.AsMemory(0, 100_000));
        await Patience.UntilAsync(() => rig.Relay.Facts.Client.MidFrame);
        rig.Client.Cut();

        Assert.Equal((CloseCodes.GoingAway, rig.CloseText(EndReasons.ClientLost)), await rig.Backend.ReceiveCloseAsync());
        await rig.Backend.SendAsync(frame.Bytes.AsMemory(100_000));
        await rig.Backend.SendCloseAsync(CloseCodes.GoingAway);
        await rig.Backend.LeaveAsync();
        Assert.Equal(EndReasons.ClientLost, (await rig.Outcome.Soon()).Ending.Reason);
    }

    public static TheoryData<string, byte[], string> ClientFaults => new()
    {
        { "no mask", [0x81, 0x02, 0x68, 0x69], "was not masked" },
        { "reserved bit", [0xC1, 0x80, 1, 2, 3, 4], "reserved bit" },
        { "unknown opcode", [0x83, 0x80, 1, 2, 3, 4], "reserved opcode" },
        { "bad close code", [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xED], "code that may not be sent" },
        { "close of one byte", [0x88, 0x81, 0, 0, 0, 0, 0x03], "payload of one byte" },
        { "lone continuation", [0x80, 0x80, 1, 2, 3, 4], "continuation" },
        { "long ping", [0x89, 0xFE, 0x00, 0x80], "longer than 125" },
    };

    [Theory]
    [MemberData(nameof(ClientFaults))]
    public async Task A_client_that_breaks_a_rule_gets_1002_and_its_back_end_1001(string fault, byte[] bytes, string words)
    {
        await using var rig = await RelayRig.StartAsync();
        await rig.ExchangeAsync();

        await rig.Client.SendAsync(bytes);

        var text = rig.CloseText(EndReasons.ClientProtocolError);
        Assert.Equal((CloseCodes.ProtocolError, text), await rig.Client.ReceiveCloseAsync());
        Assert.Equal((CloseCodes.GoingAway, text), await rig.Backend.AnswerCloseAsync());
        await rig.Client.LeaveAsync();
        var outcome = await rig.Outcome.Soon();
        Assert.Equal((EndReasons.ClientProtocolError, CloseCodes.ProtocolError), (outcome.Ending.Reason, outcome.Code));
        Assert.True(outcome.Ending.Detail!.Contains(words, StringComparison.Ordinal), $"{fault}: {outcome.Ending.Detail}");
    }

    [Theory]
    [InlineData(new byte[] { 0x81, 0x82, 1, 2, 3, 4, 5, 6 })]
    [InlineData(new byte[] { 0xC1, 0x00 })]
    [InlineData(new byte[] { 0x88, 0x02, 0x03, 0xEE })]
    public async Task A_back_end_that_breaks_a_rule_gets_1002_and_its_client_4502(byte[] bytes)
    {
        await using var rig = await RelayRig.StartAsync();

        await rig.Backend.SendAsync((byte[])[.. rig.Backend.Frame(Opcode.Text, "fine").Bytes, .. bytes]);

        Assert.Equal("fine", await rig.Client.ReceiveTextAsync());
        var text = rig.CloseText(EndReasons.BackendProtocolError);
        Assert.Equal((4502, text), await rig.Client.AnswerCloseAsync());
        Assert.Equal((CloseCodes.ProtocolError, text), await rig.Backend.ReceiveCloseAsync());
        await rig.Backend.LeaveAsync();
        var outcome = await rig.Outcome.Soon();
        Assert.Equal((EndReasons.BackendProtocolError, 4502), (outcome.Ending.Reason, outcome.Code));
    }

    private static void Break(WirePeer peer, bool byReset)
    {
        if (byReset)
            peer.Cut();
        else
            peer.Finish();
    }
}
