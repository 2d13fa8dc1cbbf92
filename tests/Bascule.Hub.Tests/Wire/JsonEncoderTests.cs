using System.Text.Json;
using Bascule.Protocol;

namespace Bascule.Hub.Tests;

/// <summary>What clients of bascule.v1 get.</summary>
public sealed class JsonEncoderTests
{
    private static readonly IFrameEncoder Encoder = FrameEncoders.For(MessageFormat.Json);

    [Theory]
    [InlineData("""{"bid": 1.50,  "list":[1,2]}""")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData(" 12.5e3 ")]
    [InlineData("-0")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("{\"a\":1,\"a\":2}\n")]
    public void A_payload_that_is_JSON_stands_in_the_message_as_it_is(string payload)
    {
        var frame = WrittenFrames.One(w => Encoder.Message(w, WrittenFrames.Message(payload), "prices.btc", "AQ"));

        Assert.Equal((Opcode.Text, false), (frame.Opcode, frame.IsCompressed));
        Assert.Equal($$"""{"type":"message","topic":"prices.btc","cursor":"AQ","data":{{payload}}}""", frame.Text);
        using var parsed = JsonDocument.Parse(frame.Payload);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello \"world\"\n")]
    [InlineData("{\"open\":1")]
    [InlineData("{bad}")]
    [InlineData("\"a\" \"b\"")]
    [InlineData("1 2")]
    [InlineData("01")]
    [InlineData("nul")]
    [InlineData("2026-11-20")]
    [InlineData("Grüße 🎈")]
    public void A_payload_that_is_other_text_becomes_a_string(string payload)
    {
        var frame = WrittenFrames.One(w => Encoder.Message(w, WrittenFrames.Message(payload), "prices.btc", "AQ"));

        using var parsed = JsonDocument.Parse(frame.Payload);
        Assert.Equal(payload, parsed.RootElement.GetProperty("data").GetString());
    }

    [Fact]
    public void JSON_that_is_too_deep_for_ordinary_readers_becomes_a_string()
    {
        var deep = new string('[', 61) + new string(']', 61);

        var frame = WrittenFrames.One(w => Encoder.Message(w, WrittenFrames.Message(deep), "prices.btc", "AQ"));

        using var parsed = JsonDocument.Parse(frame.Payload);
        Assert.Equal(deep, parsed.RootElement.GetProperty("data").GetString());
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0x00 })]
    [InlineData(new byte[] { (byte)'"', 0xC3, (byte)'"' })]
    public void Any_other_payload_is_carried_in_base64(byte[] payload)
    {
        var frame = WrittenFrames.One(w => Encoder.Message(w, WrittenFrames.Message(payload), "prices.btc", "AQ"));

        using var parsed = JsonDocument.Parse(frame.Payload);
        Assert.Equal(payload, parsed.RootElement.GetProperty("data64").GetBytesFromBase64());
        Assert.False(parsed.RootElement.TryGetProperty("data", out _));
    }

    [Fact]
    public void Key_and_pattern_are_named_where_there_are_any()
    {
        var frame = WrittenFrames.One(w => Encoder.Message(w, WrittenFrames.Message("1", key: "k\"ü"), "prices.*", "AQ"));

        Assert.Equal("""{"type":"message","topic":"prices.btc","cursor":"AQ","key":"k\"ü","sub":"prices.*","data":1}""", frame.Text);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(125, 2)]
    [InlineData(126, 4)]
    [InlineData(65535, 4)]
    [InlineData(65536, 10)]
    [InlineData(200_000, 10)]
    public void The_length_of_a_frame_is_written_in_its_shortest_form(int payloadBytes, int headerBytes)
    {
        var frame = WrittenFrames.One(w => FrameEncoders.For(MessageFormat.Raw).Message(w, WrittenFrames.Message(new string('x', payloadBytes)), "t", "AQ"));

        Assert.Equal((headerBytes, payloadBytes), (frame.HeaderLength, frame.Payload.Length));
    }

    [Fact]
    public void Frames_follow_each_other_without_anything_between()
    {
        var bytes = WrittenFrames.Of(w =>
        {
            Encoder.Message(w, WrittenFrames.Message("1"), "prices.btc", "AQ");
            Encoder.Checkpoint(w, "prices.btc", "Ag");
            Encoder.Resumed(w, "prices.btc", "Aw", 7, ReplaySource.Source);
            Encoder.Gap(w, "prices.btc", GapReason.TooOld, "AQ", "BA");
            Encoder.Gap(w, "prices.btc", GapReason.TooSlow, null, "BQ");
        });

        Assert.Equal(
            [
                """{"type":"message","topic":"prices.btc","cursor":"AQ","data":1}""",
                """{"type":"checkpoint","topic":"prices.btc","cursor":"Ag"}""",
                """{"type":"resumed","topic":"prices.btc","cursor":"Aw","whole":true,"replayed":7,"source":"source"}""",
                """{"type":"gap","topic":"prices.btc","cursor":"BA","reason":"too_old","from":"AQ","advice":"snapshot"}""",
                """{"type":"gap","topic":"prices.btc","cursor":"BQ","reason":"too_slow","advice":"latest"}""",
            ],
            WrittenFrames.All(bytes).Select(f => f.Text));
    }

    [Fact]
    public void Every_reason_of_a_gap_has_a_name_of_its_own() =>
        Assert.Equal(Enum.GetValues<GapReason>().Length, Enum.GetValues<GapReason>().Select(GapReasons.NameOf).Distinct().Count());

    [Fact]
    public void An_unknown_format_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => FrameEncoders.For((MessageFormat)99));
}
