using System.Text;

namespace Bascule.Hub.Tests;

/// <summary>What readers of an event stream get.</summary>
public sealed class EventEncoderTests
{
    private static readonly IFrameEncoder Encoder = FrameEncoders.For(MessageFormat.Sse);

    [Theory]
    [InlineData("one", "id: AQ\ndata: one\n\n")]
    [InlineData("", "id: AQ\ndata: \n\n")]
    [InlineData("a\nb\r\nc\rd", "id: AQ\ndata: a\ndata: b\ndata: c\ndata: d\n\n")]
    [InlineData("end\n", "id: AQ\ndata: end\ndata: \n\n")]
    public void A_message_is_its_payload_line_by_line(string payload, string expected) =>
        Assert.Equal(expected, Written(w => Encoder.Message(w, WrittenFrames.Message(payload), "prices.btc", "AQ")));

    [Fact]
    public void A_payload_cannot_end_its_event_and_begin_another() =>
        Assert.Equal("id: AQ\ndata: x\ndata: \ndata: event: goodbye\n\n", Written(w => Encoder.Message(w, WrittenFrames.Message("x\n\nevent: goodbye"), "prices.btc", "AQ")));

    [Fact]
    public void A_payload_that_is_not_UTF8_is_an_event_of_its_own() =>
        Assert.Equal("event: binary\nid: AQ\ndata: /wA=\n\n", Written(w => Encoder.Message(w, WrittenFrames.Message([0xFF, 0x00]), "prices.btc", "AQ")));

    [Fact]
    public void A_message_of_a_pattern_names_its_topic() =>
        Assert.Equal(
            "id: AQ\ndata: {\"type\":\"message\",\"topic\":\"prices.btc\",\"cursor\":\"AQ\",\"sub\":\"prices.*\",\"data\":5}\n\n",
            Written(w => Encoder.Message(w, WrittenFrames.Message("5"), "prices.*", "AQ")));

    [Fact]
    public void What_a_stream_says_besides_is_named()
    {
        Assert.Equal("event: checkpoint\nid: AQ\n\n", Written(w => Encoder.Checkpoint(w, "t", "AQ")));
        Assert.StartsWith("event: resumed\nid: AQ\ndata: {\"type\":\"resumed\"", Written(w => Encoder.Resumed(w, "t", "AQ", 2, ReplaySource.Ring)), StringComparison.Ordinal);
        Assert.StartsWith("event: gap\nid: AQ\ndata: {\"type\":\"gap\"", Written(w => Encoder.Gap(w, "t", GapReason.TooMany, null, "AQ")), StringComparison.Ordinal);
    }

    private static string Written(Action<System.Buffers.ArrayBufferWriter<byte>> write) => Encoding.UTF8.GetString(WrittenFrames.Of(write));
}
