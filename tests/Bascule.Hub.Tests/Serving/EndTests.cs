using Bascule.Model;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>How the hub ends a connection.</summary>
public sealed class EndTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_is_told_goodbye_before_it_is_closed(bool throughStream)
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { Reconnect = ["wss://b.example.com"] }, throughStream);

        guest.Connection.End(new Ending(EndReasons.Draining), TimeSpan.FromSeconds(7));

        var goodbye = await guest.ReadAsync("goodbye");
        Assert.Equal((4600, "draining", 7000, "wss://b.example.com", "resume-token"), (
            goodbye.GetProperty("code").GetInt32(),
            goodbye.GetProperty("label").GetString(),
            goodbye.GetProperty("retry").GetProperty("afterMs").GetInt32(),
            goodbye.GetProperty("reconnect")[0].GetString(),
            goodbye.GetProperty("resume").GetString()));
        var close = await guest.ReadCloseAsync();
        Assert.Equal(4600, close.Code);
        await guest.SendCloseAsync(4600);
        guest.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        var end = await guest.End;
        Assert.Equal((4600, close.Reason, "draining"), (end.CloseCode, end.CloseReason, end.Ending.Reason.Label));
    }

    [Fact]
    public async Task Another_client_only_hears_that_we_go_away()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectAsync(HubHouse.Terms with { SpeaksBascule = false });

        guest.Connection.End(new Ending(EndReasons.Draining));

        Assert.Equal(CloseCodes.GoingAway, (await guest.LeaveAsync()).Code);
    }

    [Fact]
    public async Task An_operator_closes_in_words_of_his_own()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync();

        guest.Connection.EndWith(new Ending(EndReasons.ClosedByOperator), 4999, new string('ü', 100));

        var (code, reason) = await guest.LeaveAsync();
        Assert.Equal((4999, new string('ü', 61)), (code, reason));
        Assert.Throws<ArgumentOutOfRangeException>(() => guest.Connection.EndWith(new Ending(EndReasons.ClosedByOperator), 1006, ""));
    }

    [Fact]
    public async Task The_first_ending_counts()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync();

        guest.Connection.End(new Ending(EndReasons.Draining));
        guest.Connection.End(new Ending(EndReasons.TokenRevoked));

        Assert.Equal(4600, (await guest.LeaveAsync()).Code);
        Assert.False(guest.Connection.Renew(null, HubGrants.None));
    }

    [Fact]
    public async Task A_client_that_does_not_answer_is_cut_after_the_deadline()
    {
        var time = new ManualTime();
        await using var house = new HubHouse(time: time);
        await using var guest = await house.ConnectWelcomedAsync();

        guest.Connection.End(new Ending(EndReasons.Draining));
        await guest.ReadCloseAsync();
        await house.AdvanceUntilAsync(guest.End);

        Assert.Equal("draining", (await guest.End).Ending.Reason.Label);
    }

    [Fact]
    public async Task What_a_client_says_after_an_ending_is_not_heard()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync();
        guest.Connection.End(new Ending(EndReasons.TokenRevoked));
        await guest.ReadAsync("goodbye");

        await guest.SendAsync("""{"type":"publish","id":1,"topic":"t","data":1}""");

        Assert.Equal(4603, (await guest.LeaveAsync()).Code);
        await guest.End;
        Assert.Empty(house.Door.Published);
    }

    [Fact]
    public async Task What_was_carried_is_counted()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync();
        await guest.SendAsync("""{"type":"ping"}""");
        await guest.ReadAsync("pong");

        await guest.SendCloseAsync(1000);
        await guest.ReadCloseAsync();
        guest.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        var counts = (await guest.End).Facts.Counts;

        Assert.Equal((1, 2), (counts.MessagesIn, counts.MessagesOut));
        Assert.Equal(6 + 15 + 6 + 2, counts.BytesIn);
        Assert.Equal(counts, house.Serving.Counts);
        Assert.Equal(0, house.Serving.Count);
    }
}
