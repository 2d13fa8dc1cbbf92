using System.Text;

namespace Bascule.Hub.Tests;

/// <summary>What clients may say, and what they are told when they say something else.</summary>
public sealed class ClientMessageTests
{
    [Fact]
    public void A_subscribe_names_a_topic()
    {
        var message = Read("""{"type":"subscribe","id":"a","topic":"prices.btc"}""");

        Assert.Equal((ClientMessageKind.Subscribe, "\"a\""), (message.Kind, message.Id));
        Assert.Equal([new TopicStart("prices.btc")], message.Topics);
    }

    [Fact]
    public void A_subscribe_names_many_topics()
    {
        var message = Read("""{"topics":[{"topic":"a"},{"topic":"b.*","new":1},{"cursor":null,"topic":"*"}],"type":"subscribe"}""");

        Assert.Equal(["a", "b.*", "*"], message.Topics.Select(t => t.Name));
        Assert.Null(message.Id);
    }

    [Theory]
    [InlineData("""{"type":"publish","id":7,"topic":"t","data":{"a": [1, 2 ]}}""", """{"a": [1, 2 ]}""")]
    [InlineData("""{"type":"publish","id":7,"topic":"t","data":"text"}""", "\"text\"")]
    [InlineData("""{"type":"publish","id":7,"topic":"t","data":null}""", "null")]
    [InlineData("""{"type":"publish","id":7,"topic":"t","data64":"aGk="}""", "hi")]
    [InlineData("""{"type":"publish","id":7,"topic":"t","data64":""}""", "")]
    public void A_publish_carries_its_payload_byte_by_byte(string text, string payload)
    {
        var message = Read(text);

        Assert.Equal((ClientMessageKind.Publish, "7", "t", null), (message.Kind, message.Id, message.Topic, message.Key));
        Assert.Equal(payload, Encoding.UTF8.GetString(message.Payload.Span));
    }

    [Theory]
    [InlineData("""{"type":"unsubscribe","topic":"a.*"}""", ClientMessageKind.Unsubscribe)]
    [InlineData("""{"type":"token","token":"x"}""", ClientMessageKind.Token)]
    [InlineData("""{"type":"ping"}""", ClientMessageKind.Ping)]
    [InlineData("""{"type":"presence","topic":"a"}""", ClientMessageKind.Presence)]
    [InlineData("""{"type":"ping","unknown":{"deep":[1,{}]},"id":null}""", ClientMessageKind.Ping)]
    public void Each_type_is_known(string text, ClientMessageKind kind) => Assert.Equal(kind, Read(text).Kind);

    [Theory]
    [InlineData("", ClientFault.BadJson)]
    [InlineData("[]", ClientFault.BadJson)]
    [InlineData("7", ClientFault.BadJson)]
    [InlineData("{\"type\":\"ping\"", ClientFault.BadJson)]
    [InlineData("{\"type\":\"ping\"}{}", ClientFault.BadJson)]
    [InlineData("{\"type\":\"ping\",\"id\":\"\\ud800\"}", ClientFault.BadJson)]
    [InlineData("{}", ClientFault.TypeMissing)]
    [InlineData("{\"type\":null}", ClientFault.TypeMissing)]
    [InlineData("{\"type\":5}", ClientFault.FieldInvalid)]
    [InlineData("{\"type\":\"shout\"}", ClientFault.UnknownType)]
    [InlineData("{\"type\":\"subscribe\"}", ClientFault.FieldMissing)]
    [InlineData("{\"type\":\"subscribe\",\"topics\":[]}", ClientFault.FieldMissing)]
    [InlineData("{\"type\":\"subscribe\",\"topics\":[{}]}", ClientFault.FieldMissing)]
    [InlineData("{\"type\":\"subscribe\",\"topics\":[\"a\"]}", ClientFault.FieldInvalid)]
    [InlineData("{\"type\":\"subscribe\",\"topics\":{\"topic\":\"a\"}}", ClientFault.FieldInvalid)]
    [InlineData("{\"type\":\"subscribe\",\"topic\":\"a b\"}", ClientFault.TopicInvalid)]
    [InlineData("{\"type\":\"subscribe\",\"topic\":\"a*b\"}", ClientFault.TopicInvalid)]
    [InlineData("{\"type\":\"subscribe\",\"topic\":\"\"}", ClientFault.TopicInvalid)]
    [InlineData("{\"type\":\"subscribe\",\"topic\":[\"a\"]}", ClientFault.FieldInvalid)]
    [InlineData("{\"type\":\"subscribe\",\"topic\":\"a\",\"cursor\":\"!\"}", ClientFault.CursorInvalid)]
    [InlineData("{\"type\":\"unsubscribe\"}", ClientFault.FieldMissing)]
    [InlineData("{\"type\":\"presence\",\"topic\":\"a.*\"}", ClientFault.TopicInvalid)]
    [InlineData("{\"type\":\"publish\",\"topic\":\"a\",\"data\":1}", ClientFault.FieldMissing)]
    [InlineData("{\"type\":\"publish\",\"id\":1,\"data\":1}", ClientFault.FieldMissing)]
    [InlineData("{\"type\":\"publish\",\"id\":1,\"topic\":\"a\"}", ClientFault.FieldMissing)]
    [InlineData("{\"type\":\"publish\",\"id\":1,\"topic\":\"a.*\",\"data\":1}", ClientFault.TopicInvalid)]
    [InlineData("{\"type\":\"publish\",\"id\":1,\"topic\":\"a\",\"data64\":\"?\"}", ClientFault.FieldInvalid)]
    [InlineData("{\"type\":\"publish\",\"id\":1.5,\"topic\":\"a\",\"data\":1}", ClientFault.FieldInvalid)]
    [InlineData("{\"type\":\"token\"}", ClientFault.FieldMissing)]
    [InlineData("{\"type\":\"token\",\"token\":\"\"}", ClientFault.FieldMissing)]
    public void What_is_wrong_has_a_name(string text, string code)
    {
        var fault = Fault(text);

        Assert.Equal(code, fault.Code);
        Assert.Contains(code, ClientFault.Codes);
        Assert.NotEmpty(fault.Text);
    }

    [Theory]
    [InlineData("id", 65)]
    [InlineData("topic", 201)]
    [InlineData("cursor", 4097)]
    [InlineData("key", 1001)]
    [InlineData("token", 16_385)]
    public void Every_field_has_a_bound(string field, int length) =>
        Assert.Equal(ClientFault.FieldInvalid, Fault($$"""{"type":"ping","{{field}}":"{{new string('x', length)}}"}""").Code);

    [Fact]
    public void At_most_a_thousand_topics_are_taken_at_once()
    {
        Assert.Equal(1000, Read(Subscribing(1000)).Topics.Count);
        Assert.Equal(ClientFault.FieldInvalid, Fault(Subscribing(1001)).Code);

        static string Subscribing(int topics) => $$"""{"type":"subscribe","topics":[{{string.Join(',', Enumerable.Range(0, topics).Select(i => $$"""{"topic":"t{{i}}"}"""))}}]}""";
    }

    [Theory]
    [InlineData("""{"type":"shout","id":"x"}""", "\"x\"")]
    [InlineData("""{"topic":7,"type":"subscribe","id":-3}""", "-3")]
    public void A_fault_names_the_message(string text, string id) => Assert.Equal(id, Fault(text).Id);

    [Fact]
    public void Whatever_comes_is_read_or_refused()
    {
        var random = new Random(5);
        var seed = """{"type":"subscribe","id":"a","topics":[{"topic":"b.*","cursor":"AQ"}],"data":{"x":[1,2.5,"é"]},"data64":"aGk="}"""u8.ToArray();
        for (var i = 0; i < 20_000; i++)
        {
            var text = seed[..random.Next(1, seed.Length + 1)];
            for (var changes = random.Next(4); changes > 0; changes--)
                text[random.Next(text.Length)] = (byte)random.Next(256);
            var isRead = ClientMessage.TryParse(text, out var message, out var fault);
            Assert.Equal(isRead, message is not null);
            Assert.Equal(isRead, fault is null);
        }
    }

    private static ClientMessage Read(string text)
    {
        Assert.True(ClientMessage.TryParse(Encoding.UTF8.GetBytes(text), out var message, out var fault), fault?.Text);
        return message!;
    }

    private static ClientFault Fault(string text)
    {
        Assert.False(ClientMessage.TryParse(Encoding.UTF8.GetBytes(text), out _, out var fault));
        return fault!;
    }
}
