using Bascule.Protocol;

namespace Bascule.Hub.Tests;

/// <summary>Messages that are compressed once for all.</summary>
public sealed class DeflateTests
{
    [Theory]
    [InlineData(MessageFormat.JsonDeflate)]
    [InlineData(MessageFormat.RawDeflate)]
    public void A_message_is_compressed_and_each_can_be_read_without_the_others(MessageFormat format)
    {
        var text = string.Concat(Enumerable.Repeat("the same again and again; ", 40));
        var bytes = WrittenFrames.Of(w =>
        {
            FrameEncoders.For(format).Message(w, WrittenFrames.Message(text), "prices.btc", "AQ");
            FrameEncoders.For(format).Message(w, WrittenFrames.Message(text), "prices.btc", "AQ");
        });

        var frames = WrittenFrames.All(bytes);

        Assert.Equal(2, frames.Count);
        Assert.All(frames, f => Assert.True(f.IsCompressed));
        Assert.All(frames, f => Assert.Contains(text, f.Text, StringComparison.Ordinal));
        Assert.True(bytes.Length < text.Length);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(500)]
    [InlineData(100_000)]
    public void What_would_not_become_smaller_is_left_as_it_is(int length)
    {
        var noise = new byte[length];
        new Random(1).NextBytes(noise);

        var frame = WrittenFrames.One(w => FrameEncoders.For(MessageFormat.RawDeflate).Message(w, WrittenFrames.Message(noise), "t", "AQ"));

        Assert.False(frame.IsCompressed);
        Assert.Equal(noise, frame.Payload);
    }

    [Fact]
    public void A_message_of_megabytes_is_compressed_whole()
    {
        var text = string.Join(',', Enumerable.Range(0, 300_000));

        var frame = WrittenFrames.One(w => FrameEncoders.For(MessageFormat.RawDeflate).Message(w, WrittenFrames.Message(text), "t", "AQ"));

        Assert.Equal((Opcode.Text, true, text), (frame.Opcode, frame.IsCompressed, frame.Text));
    }
}
