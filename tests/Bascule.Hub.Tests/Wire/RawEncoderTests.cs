using Bascule.Protocol;

namespace Bascule.Hub.Tests;

/// <summary>What clients get that know nothing of us.</summary>
public sealed class RawEncoderTests
{
    private static readonly IFrameEncoder Encoder = FrameEncoders.For(MessageFormat.Raw);

    [Fact]
    public void Text_comes_as_a_text_message_and_nothing_around_it()
    {
        var frame = WrittenFrames.One(w => Encoder.Message(w, WrittenFrames.Message("Grüße"), "t", "AQ"));

        Assert.Equal((Opcode.Text, "Grüße"), (frame.Opcode, frame.Text));
    }

    [Fact]
    public void What_is_not_UTF8_comes_as_a_binary_message()
    {
        var frame = WrittenFrames.One(w => Encoder.Message(w, WrittenFrames.Message([0xFE, 0xFF]), "t", "AQ"));

        Assert.Equal(Opcode.Binary, frame.Opcode);
        Assert.Equal([0xFE, 0xFF], frame.Payload);
    }

    [Fact]
    public void Nothing_is_written_for_what_it_has_no_words_for() => Assert.Empty(WrittenFrames.Of(w =>
    {
        Encoder.Checkpoint(w, "t", "AQ");
        Encoder.Resumed(w, "t", "AQ", 1, ReplaySource.Ring);
        Encoder.Gap(w, "t", GapReason.TooOld, null, "AQ");
    }));
}
