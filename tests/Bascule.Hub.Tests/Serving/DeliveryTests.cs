using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Bascule.Protocol;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>Messages on their way to clients.</summary>
public sealed class DeliveryTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_come_in_order_after_the_answer_to_the_subscribe(bool throughStream)
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync(throughStream: throughStream);
        await guest.SendAsync("""{"type":"subscribe","topic":"a"}""");
        await guest.ReadAsync("subscribed");

        for (var i = 0; i < 1000; i++)
            house.Publish("a", $"{i}");

        for (var i = 0; i < 1000; i++)
            Assert.Equal(i, (await guest.ReadAsync("message")).GetProperty("data").GetInt32());
        // Whoever sends it has noted before that the messages were sent.
        await guest.SendAsync("""{"type":"ping","id":1}""");
        await guest.ReadAsync("pong");
        Assert.True(guest.Connection.Facts is { LagBytes: 0, LagMessages: 0 });
    }

    [Fact]
    public async Task Many_topics_of_one_client_share_its_socket()
    {
        await using var house = new HubHouse();
        var topics = Enumerable.Range(0, 50).Select(i => new TopicStart($"t{i}")).Append(new TopicStart("t1*"));
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { Topics = [.. topics] });
        for (var i = 0; i < 51; i++)
            await guest.ReadAsync("subscribed");

        for (var i = 0; i < 100; i++)
            house.Publish($"t{i % 50}", $"{i}");

        var got = new Dictionary<string, List<int>>();
        for (var i = 0; i < 100 + 22; i++)
        {
            var message = await guest.ReadAsync("message");
            var subscription = message.TryGetProperty("sub", out var sub) ? sub.GetString()! : message.GetProperty("topic").GetString()!;
            (got.TryGetValue(subscription, out var list) ? list : got[subscription] = []).Add(message.GetProperty("data").GetInt32());
        }

        Assert.Equal(51, got.Count);
        Assert.All(got.Values, list => Assert.Equal(list.Order(), list));
    }

    [Fact]
    public async Task After_unsubscribed_nothing_of_the_topic_comes()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { Topics = [new TopicStart("a"), new TopicStart("b")] });
        await guest.ReadAsync("subscribed");
        await guest.ReadAsync("subscribed");

        await guest.SendAsync("""{"type":"unsubscribe","topic":"a"}""");
        await guest.ReadAsync("unsubscribed");
        house.Publish("a", "1");
        house.Publish("b", "2");

        Assert.Equal("b", (await guest.ReadAsync("message")).GetProperty("topic").GetString());
    }

    [Fact]
    public async Task A_plain_client_gets_the_payloads_alone()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectAsync(HubHouse.Terms with { SpeaksBascule = false, Topics = [new TopicStart("a.*")] });
        await SubscribedAsync(guest, 1);

        house.Publish("a.1", "one");
        house.Log.Publish("a.2", null, new byte[] { 0xFF }, null);

        Assert.Equal("one", await guest.ReadTextAsync());
        Assert.Equal(Opcode.Binary, (await guest.ReadFrameAsync())!.Opcode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Messages_are_compressed_where_that_was_agreed(bool speaksBascule)
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectAsync(HubHouse.Terms with { SpeaksBascule = speaksBascule, Deflate = true, Topics = [new TopicStart("a")] });
        await SubscribedAsync(guest, 1);
        var text = string.Concat(Enumerable.Repeat("again ", 100));

        house.Publish("a", text);

        GotFrame? frame;
        do
            frame = await guest.ReadFrameAsync();
        while (!frame!.Text.Contains("again", StringComparison.Ordinal));
        Assert.True(frame.IsCompressed);
        Assert.Contains(text, frame.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_client_of_NET_understands_all_of_it(bool deflate)
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectAsync(HubHouse.Terms with { Deflate = deflate });
        using var client = WebSocket.CreateFromStream(new System.Net.Sockets.NetworkStream(guest.Socket), new WebSocketCreationOptions
        {
            DangerousDeflateOptions = deflate ? new WebSocketDeflateOptions { ClientContextTakeover = false, ServerContextTakeover = false } : null,
        });

        await client.SendAsync(Encoding.UTF8.GetBytes("""{"type":"subscribe","topic":"a","note":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}"""), WebSocketMessageType.Text, true, default).Soon();
        Assert.Equal("welcome", await TypeAsync());
        Assert.Equal("subscribed", await TypeAsync());
        house.Publish("a", new string('y', 5000));
        Assert.Equal("message", await TypeAsync());
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", default).Soon();
        guest.Socket.Dispose();

        Assert.Equal(("client_closed", 1000, "bye"), ((await guest.End).Ending.Reason.Label, (await guest.End).CloseCode, (await guest.End).CloseReason));

        async Task<string?> TypeAsync()
        {
            var buffer = new byte[16 * 1024];
            var length = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                result = await client.ReceiveAsync(buffer.AsMemory(length), default).Soon();
                length += result.Count;
            }
            while (!result.EndOfMessage);
            using var parsed = JsonDocument.Parse(buffer.AsMemory(0, length));
            return parsed.RootElement.GetProperty("type").GetString();
        }
    }

    [Fact]
    public async Task A_message_of_megabytes_passes_and_a_ping_of_ours_does_not_break_it()
    {
        var time = new ManualTime();
        await using var house = new HubHouse(new HubSettings { Topics = new Dictionary<string, TopicSettings> { ["*"] = new() { MaxLag = 50_000_000 } } }, time);
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { SpeaksBascule = true, Topics = [new TopicStart("a")] });
        await guest.ReadAsync("subscribed");
        var large = new string('x', 900_000);

        for (var i = 0; i < 20; i++)
            house.Publish("a", large);
        time.Advance(TimeSpan.FromSeconds(26));

        var pings = 0;
        for (var messages = 0; messages < 20;)
        {
            var frame = await guest.ReadFrameAsync();
            if (frame!.Opcode == Opcode.Ping)
                pings++;
            else if (frame.Payload.Length > 900_000)
                messages++;
        }

        Assert.Equal(1, pings);
    }

    [Fact]
    public async Task A_client_that_was_away_gets_what_it_missed()
    {
        await using var house = new HubHouse();
        await using var first = await house.ConnectWelcomedAsync(HubHouse.Terms with { Topics = [new TopicStart("a")] });
        await first.ReadAsync("subscribed");
        house.Publish("a", "1");
        var cursor = (await first.ReadAsync("message")).GetProperty("cursor").GetString();
        first.Socket.Dispose();
        await first.End;
        house.Publish("a", "2");
        house.Publish("a", "3");

        await using var second = await house.ConnectWelcomedAsync();
        await second.SendAsync($$"""{"type":"subscribe","topic":"a","cursor":"{{cursor}}"}""");
        Assert.Equal("replaying", (await second.ReadAsync("subscribed")).GetProperty("resume").GetString());
        Assert.Equal(2, (await second.ReadAsync("message")).GetProperty("data").GetInt32());
        Assert.Equal(3, (await second.ReadAsync("message")).GetProperty("data").GetInt32());
        Assert.Equal(2, (await second.ReadAsync("resumed")).GetProperty("replayed").GetInt32());
        house.Publish("a", "4");
        Assert.Equal(4, (await second.ReadAsync("message")).GetProperty("data").GetInt32());
    }

    [Fact]
    public async Task A_cursor_of_another_hub_leads_to_a_gap()
    {
        await using var other = new HubHouse();
        var cursor = other.Publish("a", "1");
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync();

        await guest.SendAsync($$"""{"type":"subscribe","topic":"a","cursor":"{{cursor}}"}""");

        Assert.Equal("gap", (await guest.ReadAsync("subscribed")).GetProperty("resume").GetString());
        Assert.Equal("epoch_changed", (await guest.ReadAsync("gap")).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_full_hub_says_so()
    {
        await using var house = new HubHouse(new HubSettings { MostTopics = 10 });
        await using var guest = await house.ConnectWelcomedAsync();

        await guest.SendAsync($$"""{"type":"subscribe","topics":[{{string.Join(',', Enumerable.Range(0, 11).Select(i => $$"""{"topic":"t{{i}}"}"""))}}]}""");

        for (var i = 0; i < 10; i++)
            await guest.ReadAsync("subscribed");
        Assert.Equal((ClientFault.HubFull, "t10"), await ErrorAsync());

        async Task<(string?, string?)> ErrorAsync()
        {
            var error = await guest.ReadAsync("error");
            return (error.GetProperty("code").GetString(), error.GetProperty("topic").GetString());
        }
    }

    internal static Task SubscribedAsync(HubGuest guest, int topics) => Patience.UntilAsync(() => guest.Connection.Facts.Subscriptions >= topics);
}
