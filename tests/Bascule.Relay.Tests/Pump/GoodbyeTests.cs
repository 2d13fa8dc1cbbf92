using Bascule.Model;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>A client that is asked to leave: ours hear a goodbye before the close frame, others get a code that they know.</summary>
public sealed class GoodbyeTests
{
    public static TheoryData<string, int, int> Moves => new()
    {
        { "draining", 4600, CloseCodes.GoingAway }, { "rebalancing", 4601, CloseCodes.GoingAway },
        { "closed_by_operator", 4608, 4608 }, { "route_removed", 4609, CloseCodes.GoingAway },
    };

    [Theory]
    [MemberData(nameof(Moves))]
    public async Task A_client_of_ours_hears_when_to_come_back_before_it_is_closed(string label, int code, int otherCode)
    {
        Assert.NotEqual(0, otherCode);
        var reason = EndReasons.All.Single(r => r.Label == label);
        await using var rig = await RelayRig.StartAsync();
        await rig.ExchangeAsync();

        rig.Relay.End(new Ending(reason), TimeSpan.FromMilliseconds(1234.5), "we move house");

        Assert.Equal($$"""{"type":"goodbye","code":{{code}},"label":"{{label}}","retryInMs":1234,"note":"we move house"}""", await rig.Client.ReceiveTextAsync());
        Assert.Equal((code, rig.CloseText(reason)), (await rig.Client.ReceiveAsync()).Close);
        Assert.Equal((CloseCodes.GoingAway, rig.CloseText(reason)), await rig.Backend.AnswerCloseAsync());
        rig.Client.Dispose();
        Assert.Equal((code, false), await rig.RunOutAsync() is var outcome ? (outcome.Code, outcome.BackendFailed) : default);
    }

    [Theory]
    [MemberData(nameof(Moves))]
    public async Task Another_client_gets_a_close_frame_alone(string label, int ourCode, int code)
    {
        Assert.NotEqual(0, ourCode);
        var reason = EndReasons.All.Single(r => r.Label == label);
        await using var rig = await RelayRig.StartAsync(RelayRig.Terms with { SpeaksBascule = false });

        rig.Relay.End(new Ending(reason), TimeSpan.FromSeconds(1));

        Assert.Equal((code, rig.CloseText(reason)), (await rig.Client.ReceiveAsync()).Close);
    }

    [Fact]
    public async Task A_goodbye_without_more_to_say_is_short()
    {
        await using var rig = await RelayRig.StartAsync();

        rig.Relay.End(new Ending(EndReasons.Draining));

        Assert.Equal("""{"type":"goodbye","code":4600,"label":"draining"}""", await rig.Client.ReceiveTextAsync());
    }

    [Fact]
    public async Task A_long_note_is_cut()
    {
        await using var rig = await RelayRig.StartAsync();

        // The cut is in the middle of the last character, which is two units long.
        rig.Relay.End(new Ending(EndReasons.Draining), note: new string('x', 199) + "\U0001F600 and more");

        var text = await rig.Client.ReceiveTextAsync();
        Assert.Contains(new string('x', 199), text, StringComparison.Ordinal);
        Assert.DoesNotContain("more", text, StringComparison.Ordinal);
        Assert.Equal(4600, (await rig.Client.ReceiveAsync()).Close.Code);
    }

    [Fact]
    public async Task An_ending_that_asks_nobody_to_leave_has_no_goodbye()
    {
        await using var rig = await RelayRig.StartAsync();

        rig.Relay.End(new Ending(EndReasons.MaximumAge));

        Assert.Equal(4607, (await rig.Client.ReceiveAsync()).Close.Code);
    }

    [Fact]
    public async Task Between_two_fragments_of_the_back_end_the_close_frame_goes_alone()
    {
        await using var rig = await RelayRig.StartAsync();
        await rig.Backend.SendAsync(rig.Backend.Frame(Opcode.Text, "to be conti", final: false));
        Assert.Equal("to be conti", await rig.Client.ReceiveTextAsync());

        rig.Relay.End(new Ending(EndReasons.Draining));

        Assert.Equal(4600, (await rig.Client.ReceiveAsync()).Close.Code);
    }

    [Fact]
    public async Task After_a_large_frame_the_goodbye_finds_its_place()
    {
        await using var rig = await RelayRig.StartAsync();
        var frame = rig.Backend.Frame(Opcode.Binary, new byte[300_000]);
        await rig.Backend.SendAsync(frame.Bytes.AsMemory(0, 100_000));
        await Patience.UntilAsync(() => rig.Relay.Facts.Client.MidFrame);

        rig.Relay.End(new Ending(EndReasons.Draining));
        await rig.Backend.ReceiveCloseAsync();
        await rig.Backend.SendAsync(frame.Bytes.AsMemory(100_000));

        Assert.Equal(300_000, (await rig.Client.ReceiveAsync()).Payload.Length);
        Assert.StartsWith("{\"type\":\"goodbye\"", await rig.Client.ReceiveTextAsync(), StringComparison.Ordinal);
        Assert.Equal(4600, (await rig.Client.ReceiveAsync()).Close.Code);
    }

    [Fact]
    public async Task In_the_midst_of_fragmented_traffic_no_goodbye_breaks_a_message()
    {
        for (var round = 0; round < 30; round++)
        {
            await using var rig = await RelayRig.StartAsync();
            var close = rig.Backend.ReceiveAsync();
            var sending = SendFragmentsAsync(rig.Backend, close);
            // This end checks each frame: a text inside a message is a fault.
            var receiving = rig.Client.ReceiveToCloseAsync();
            await Patience.UntilAsync(() => rig.Relay.Facts.Backend.Received.Binaries > 5 + round);

            rig.Relay.End(new Ending(EndReasons.Draining));

            Assert.Equal(4600, (await receiving)[^1].Close.Code);
            await sending;
            rig.Client.Dispose();
            rig.Backend.Dispose();
        }
    }

    [Theory]
    [InlineData(true, 4001)]
    [InlineData(false, 4999)]
    [InlineData(true, 1000)]
    [InlineData(false, 1001)]
    [InlineData(false, 1008)]
    public async Task An_operator_may_close_in_words_of_his_own(bool speaksBascule, int code)
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.Terms with { SpeaksBascule = speaksBascule });

        rig.Relay.EndWith(new Ending(EndReasons.ClosedByOperator, "by ops"), code, "go home");

        if (speaksBascule)
            Assert.Equal($$"""{"type":"goodbye","code":{{code}},"label":"closed_by_operator","note":"go home"}""", await rig.Client.ReceiveTextAsync());
        Assert.Equal((code, "go home"), (await rig.Client.ReceiveAsync()).Close);
        Assert.Equal((CloseCodes.GoingAway, rig.CloseText(EndReasons.ClosedByOperator)), await rig.Backend.AnswerCloseAsync());
        rig.Client.Dispose();
        var outcome = await rig.RunOutAsync();
        Assert.Equal((code, "go home"), (outcome.Code, outcome.CloseReason));
    }

    [Fact]
    public async Task A_long_reason_of_an_operator_is_cut_between_two_characters()
    {
        await using var rig = await RelayRig.StartAsync();

        rig.Relay.EndWith(new Ending(EndReasons.ClosedByOperator), 4001, "x" + new string('ü', 100));

        var cut = "x" + new string('ü', 61);
        Assert.Equal((4001, cut), await rig.Client.ReceiveCloseAsync());
        rig.Client.Dispose();
        Assert.Equal(cut, (await rig.RunOutAsync()).CloseReason);
    }

    [Fact]
    public async Task An_operator_without_words_gives_ours()
    {
        await using var rig = await RelayRig.StartAsync(RelayRig.Terms with { SpeaksBascule = false });

        rig.Relay.EndWith(new Ending(EndReasons.ClosedByOperator), 4001, "");

        Assert.Equal((4001, rig.CloseText(EndReasons.ClosedByOperator)), await rig.Client.ReceiveCloseAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1002)]
    [InlineData(1006)]
    [InlineData(1012)]
    [InlineData(3000)]
    [InlineData(5000)]
    public async Task A_code_that_is_not_an_operators_is_refused_and_nothing_ends(int code)
    {
        await using var rig = await RelayRig.StartAsync();

        Assert.False(RelayConnection.MayCloseWith(code));
        Assert.Throws<ArgumentOutOfRangeException>(() => rig.Relay.EndWith(new Ending(EndReasons.ClosedByOperator), code, "no"));

        await rig.ExchangeAsync();
    }

    private static async Task SendFragmentsAsync(WirePeer peer, Task<WireFrame> close)
    {
        var random = new Random(5);
        while (!close.IsCompleted)
        {
            await peer.SendAsync(peer.Frame(Opcode.Binary, new byte[random.Next(60_000)], final: false));
            await peer.SendAsync(peer.Frame(Opcode.Continuation, new byte[random.Next(300)]));
        }
    }
}
