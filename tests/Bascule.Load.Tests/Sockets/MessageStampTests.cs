using Bascule.Protocol;

namespace Bascule.Load.Tests;

/// <summary>The numbers in our messages.</summary>
public sealed class MessageStampTests
{
    [Fact]
    public void A_message_of_any_size_is_read_back()
    {
        for (var size = LoadPlan.SmallestMessage; size < 400; size++)
            AssertGood(size);
        AssertGood(65_535);
        AssertGood(65_536);
    }

    [Fact]
    public void A_message_is_printable_text()
    {
        foreach (var b in Message(100, 1, 2))
            Assert.InRange(b, (byte)' ', (byte)'~');
    }

    [Fact]
    public void Messages_differ_in_all_their_parts()
    {
        var one = Message(1000, 1, 1);
        var other = Message(1000, 1, 2);

        Assert.True(one.Zip(other).Skip(16).Count(pair => pair.First != pair.Second) > 800);
    }

    [Theory]
    [InlineData(24)]
    [InlineData(101)]
    public void Every_changed_bit_is_found(int size)
    {
        for (var bit = 0; bit < size * 8; bit++)
        {
            var message = Message(size, 0xDEADBEEF, 0x01020304);
            message[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(StampRead.Corrupt, MessageStamp.Read(message, out _, out _));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(23)]
    [InlineData(99)]
    public void A_message_that_is_cut_short_is_not_good(int length)
    {
        Assert.NotEqual(StampRead.Good, MessageStamp.Read(Message(100, 1, 2).AsSpan(0, length), out _, out _));
    }

    [Fact]
    public void A_message_of_the_server_itself_is_foreign()
    {
        Assert.Equal(StampRead.Foreign, MessageStamp.Read("{\"type\":\"welcome\",\"session\":\"0123456789abcdef\"}"u8, out _, out _));
        Assert.Equal(StampRead.Foreign, MessageStamp.Read("hello"u8, out _, out _));
    }

    [Fact]
    public void A_size_below_the_smallest_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => MessageStamp.WriteFrame(new byte[100], LoadPlan.SmallestMessage - 1, 1, 1, 1));
    }

    [Fact]
    public void Neither_writing_nor_reading_allocates()
    {
        var frame = new byte[MessageStamp.FrameLength(128)];
        MessageStamp.WriteFrame(frame, 128, 1, 1, 0);
        MessageStamp.Read(frame.AsSpan(^128..), out _, out _);

        var before = GC.GetAllocatedBytesForCurrentThread();
        MessageStamp.WriteFrame(frame, 128, 1, 2, 0);
        MessageStamp.Read(frame.AsSpan(^128..), out _, out _);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static void AssertGood(int size)
    {
        Assert.Equal(StampRead.Good, MessageStamp.Read(Message(size, 0xCAFE0001, (uint)size), out var connection, out var sequence));
        Assert.Equal((0xCAFE0001, (uint)size), (connection, sequence));
    }

    /// <summary>As a server sees it.</summary>
    private static byte[] Message(int size, uint connection, uint sequence)
    {
        var frame = new byte[MessageStamp.FrameLength(size)];
        Assert.Equal(frame.Length, MessageStamp.WriteFrame(frame, size, connection, sequence, maskKey: 0x12345678));
        Assert.True(FrameHeader.TryRead(frame, out var header).IsComplete);
        Assert.Equal((Opcode.Text, true, true, (long)size), (header.Opcode, header.Final, header.Masked, header.PayloadLength));
        var message = frame[header.HeaderLength..];
        Masking.Apply(message, header.MaskKey);
        return message;
    }
}
