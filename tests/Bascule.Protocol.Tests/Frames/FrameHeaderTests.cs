namespace Bascule.Protocol.Tests;

/// <summary>Headers are written in the shortest form and read back from any prefix.</summary>
public sealed class FrameHeaderTests
{
    [Theory]
    [InlineData(0, 2)]
    [InlineData(125, 2)]
    [InlineData(126, 4)]
    [InlineData(65535, 4)]
    [InlineData(65536, 10)]
    [InlineData(long.MaxValue, 10)]
    public void What_is_written_is_read_back_and_every_prefix_needs_more(long length, int unmaskedLength)
    {
        foreach (uint? key in new uint?[] { null, 0xA1B2C3D4 })
        {
            var header = FrameHeader.For(Opcode.Text, length, key, final: false, FrameHeader.Reserved1);
            Assert.Equal(unmaskedLength + (key is null ? 0 : 4), header.HeaderLength);
            var bytes = new byte[FrameHeader.MaxLength];
            Assert.Equal(header.HeaderLength, header.Write(bytes));

            for (var there = 0; there < header.HeaderLength; there++)
                Assert.Equal(FrameRead.NeedMore, FrameHeader.TryRead(bytes.AsSpan(0, there), out _));
            Assert.Equal(FrameRead.Complete, FrameHeader.TryRead(bytes, out var read));
            Assert.Equal(header, read);
        }
    }

    [Fact]
    public void A_broken_header_names_its_fault()
    {
        Assert.Equal(FrameRead.Broken(FrameFault.UnknownOpcode), FrameHeader.TryRead([0x83], out _));
        Assert.Equal(FrameRead.Broken(FrameFault.ControlTooLong), FrameHeader.TryRead([0x89, 126], out _));
    }

    [Fact]
    public void A_negative_length_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => FrameHeader.For(Opcode.Text, -1, null));
}
