using System.Text;
using Bascule.Protocol;

namespace Bascule.Hub.Tests;

/// <summary>What a client of bascule.v1 says and hears.</summary>
public sealed class ConversationTests
{
    [Fact]
    public async Task The_first_message_is_a_welcome()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectAsync();

        var welcome = await guest.ReadAsync("welcome");

        Assert.Equal("session-1", welcome.GetProperty("session").GetString());
        Assert.Equal(HubHouse.Terms.Attempt.ToString(), welcome.GetProperty("attempt").GetString());
        Assert.Equal((25_000, 65_536, 1000), (
            welcome.GetProperty("heartbeat").GetInt32(),
            welcome.GetProperty("limits").GetProperty("messageBytes").GetInt32(),
            welcome.GetProperty("limits").GetProperty("subscriptions").GetInt32()));
        Assert.Equal("resume-token", welcome.GetProperty("resume").GetString());
    }

    [Fact]
    public async Task A_ping_is_answered_with_its_id()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync();

        await guest.SendAsync("""{"type":"ping","id":"x\"y"}""");

        Assert.Equal("x\"y", (await guest.ReadAsync("pong")).GetProperty("id").GetString());
    }

    [Fact]
    public async Task Topics_are_subscribed_and_left()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync();

        await guest.SendAsync("""{"type":"subscribe","id":1,"topics":[{"topic":"a"},{"topic":"b.*"}]}""");
        var first = await guest.ReadAsync("subscribed");
        var second = await guest.ReadAsync("subscribed");
        Assert.Equal((1, "a", "fresh"), (first.GetProperty("id").GetInt32(), first.GetProperty("topic").GetString(), first.GetProperty("resume").GetString()));
        Assert.Equal("b.*", second.GetProperty("topic").GetString());
        Assert.Equal(["a", "b.*"], guest.Connection.Topics.Order(StringComparer.Ordinal));

        await guest.SendAsync("""{"type":"unsubscribe","id":2,"topic":"a"}""");
        Assert.Equal("a", (await guest.ReadAsync("unsubscribed")).GetProperty("topic").GetString());
        Assert.Equal(["b.*"], guest.Connection.Topics);

        await guest.SendAsync("""{"type":"subscribe","topic":"a"}""");
        await guest.ReadAsync("subscribed");
        Assert.Equal(2, guest.Connection.Facts.Subscriptions);
    }

    [Fact]
    public async Task Topics_of_the_URL_are_subscribed_without_being_asked_for()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { Topics = [new TopicStart("a")] });

        Assert.Equal("a", (await guest.ReadAsync("subscribed")).GetProperty("topic").GetString());
    }

    [Theory]
    [InlineData("""{"type":"subscribe","id":9,"topic":"secret"}""", ClientFault.Forbidden)]
    [InlineData("""{"type":"subscribe","id":9,"topic":"*"}""", ClientFault.Forbidden)]
    [InlineData("""{"type":"subscribe","id":9,"topic":"a.1"}""", ClientFault.AlreadySubscribed)]
    [InlineData("""{"type":"subscribe","id":9,"topic":"a.3"}""", ClientFault.TooManySubscriptions)]
    [InlineData("""{"type":"unsubscribe","id":9,"topic":"a.9"}""", ClientFault.NotSubscribed)]
    [InlineData("""{"type":"publish","id":9,"topic":"a.1","data":1}""", ClientFault.Forbidden)]
    [InlineData("""{"type":"presence","id":9,"topic":"a.1"}""", ClientFault.PresenceOff)]
    [InlineData("""{"type":"presence","id":9,"topic":"b"}""", ClientFault.Forbidden)]
    [InlineData("""{"type":"token","id":9,"token":"x"}""", ClientFault.TokenRefused)]
    [InlineData("""{"type":"sing","id":9}""", ClientFault.UnknownType)]
    public async Task What_is_refused_is_told_and_the_connection_stays(string message, string code)
    {
        await using var house = new HubHouse();
        var terms = HubHouse.Terms with
        {
            Grants = new HubGrants(new TopicGrants(["a.*"]), new TopicGrants(["w"])),
            Topics = [new TopicStart("a.1"), new TopicStart("a.2")],
            MostSubscriptions = 2,
        };
        await using var guest = await house.ConnectWelcomedAsync(terms);
        await guest.ReadAsync("subscribed");
        await guest.ReadAsync("subscribed");

        await guest.SendAsync(message);

        var error = await guest.ReadAsync("error");
        Assert.Equal((9, code), (error.GetProperty("id").GetInt32(), error.GetProperty("code").GetString()));
        await guest.SendAsync("""{"type":"ping"}""");
        await guest.ReadAsync("pong");
    }

    [Fact]
    public async Task A_binary_message_is_refused()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync();

        await guest.SendAsync(Opcode.Binary, [1, 2, 3]);

        Assert.Equal(ClientFault.NotText, (await guest.ReadAsync("error")).GetProperty("code").GetString());
    }

    [Fact]
    public async Task After_20_errors_the_connection_ends()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync();

        for (var i = 0; i < 20; i++)
        {
            await guest.SendAsync("{");
            await guest.ReadAsync("error");
        }

        var goodbye = await guest.ReadAsync("goodbye");
        Assert.Equal((4400, "bad_messages", "never"), (
            goodbye.GetProperty("code").GetInt32(), goodbye.GetProperty("label").GetString(), goodbye.GetProperty("retry").GetProperty("class").GetString()));
        Assert.Equal(4400, (await guest.LeaveAsync()).Code);
        Assert.Equal("bad_messages", (await guest.End).Ending.Reason.Label);
    }

    [Fact]
    public async Task What_is_published_reaches_the_gateway_byte_by_byte()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync();

        await guest.SendAsync("""{"type":"publish","id":"m1","topic":"t","key":"k","data":{"a": 1}}""");

        var published = await guest.ReadAsync("published");
        Assert.Equal(("m1", "AQ"), (published.GetProperty("id").GetString(), published.GetProperty("cursor").GetString()));
        var (topic, key, payload, id) = Assert.Single(house.Door.Published);
        Assert.Equal(("t", "k", """{"a": 1}""", "\"m1\""), (topic, key, Encoding.UTF8.GetString(payload), id));
    }

    [Fact]
    public async Task Publishes_are_begun_in_order_and_answered_when_they_are_done()
    {
        await using var house = new HubHouse();
        var first = new TaskCompletionSource<PublishResult>();
        house.Door.Publish = (_, id, _) => id == "1" ? new(first.Task) : new(new PublishResult(null));
        await using var guest = await house.ConnectWelcomedAsync();

        await guest.SendAsync("""{"type":"publish","id":1,"topic":"t","data":1}""");
        await guest.SendAsync("""{"type":"publish","id":2,"topic":"t","data":2}""");

        Assert.Equal(2, (await guest.ReadAsync("published")).GetProperty("id").GetInt32());
        first.SetResult(new PublishResult(null, new ClientFault(ClientFault.PublishRefused, "the broker said no")));
        var error = await guest.ReadAsync("error");
        Assert.Equal((1, ClientFault.PublishRefused), (error.GetProperty("id").GetInt32(), error.GetProperty("code").GetString()));
        Assert.Equal(["1", "2"], house.Door.Published.Select(p => p.Id));
    }

    [Fact]
    public async Task A_publish_that_is_never_answered_does_not_keep_the_connection()
    {
        await using var house = new HubHouse();
        house.Door.Publish = async (_, _, cancellation) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            return default;
        };
        await using var guest = await house.ConnectWelcomedAsync();
        await guest.SendAsync("""{"type":"publish","id":1,"topic":"t","data":1}""");
        await guest.SendAsync("""{"type":"ping"}""");
        await guest.ReadAsync("pong");

        await guest.SendCloseAsync(1000, "bye");

        Assert.Equal((1000, "bye"), await guest.ReadCloseAsync());
        Assert.Null(await guest.ReadFrameAsync());
        guest.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        Assert.Equal("client_closed", (await guest.End).Ending.Reason.Label);
    }

    [Fact]
    public async Task A_client_without_the_subprotocol_is_told_nothing_and_what_it_says_is_counted()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectAsync(HubHouse.Terms with { SpeaksBascule = false, Topics = [new TopicStart("a")] });

        await guest.SendAsync("""{"type":"ping"}""");
        await guest.SendAsync("nonsense");
        await guest.SendAsync(Opcode.Ping, [7]);

        var pong = await guest.ReadFrameAsync();
        Assert.Equal((Opcode.Pong, 7), (pong!.Opcode, Assert.Single(pong.Payload)));
        Assert.Equal(2, guest.Connection.Facts.Counts.MessagesIn);
    }

    [Fact]
    public async Task A_client_that_asks_and_does_not_read_is_read_no_further()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectAsync(receiveBuffer: 4096);
        var sending = FloodAsync();

        // Its answers pile up to a bound; then its own bytes wait in its socket.
        await Testing.Patience.Soon(WaitUntilBlockedAsync());
        Assert.False(sending.IsCompleted);

        for (var i = 0; i < 40_000 + 1; i++)
            await guest.ReadFrameAsync();
        await Testing.Patience.Soon(sending);

        async Task FloodAsync()
        {
            var ping = HubGuest.Frame(Opcode.Text, """{"type":"ping","id":"0123456789012345678901234567890123456789"}"""u8.ToArray());
            for (var i = 0; i < 40_000; i++)
                await guest.SendRawAsync(ping);
        }

        async Task WaitUntilBlockedAsync()
        {
            while (!sending.IsCompleted)
            {
                var before = guest.Connection.Facts.Counts.MessagesIn;
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
                if (before > 0 && guest.Connection.Facts.Counts.MessagesIn == before)
                    return;
            }
        }
    }
}
