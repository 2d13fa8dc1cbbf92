namespace Bascule.Protocol.Tests;

/// <summary>What the scanner reports, when, and at what cost.</summary>
public sealed class FrameScannerTests
{
    // RFC 6455 §5.7, in its order.
    [Theory]
    [InlineData("810548656C6C6F", Opcode.Text, true, false, "48656C6C6F")]
    [InlineData("818537FA213D7F9F4D5158", Opcode.Text, true, true, "48656C6C6F")]
    [InlineData("010348656C", Opcode.Text, false, false, "48656C")]
    [InlineData("890548656C6C6F", Opcode.Ping, true, false, "48656C6C6F")]
    [InlineData("8A8537FA213D7F9F4D5158", Opcode.Pong, true, true, "48656C6C6F")]
    public void The_examples_of_the_RFC_are_read(string hex, Opcode opcode, bool final, bool masked, string payload)
    {
        var (frames, fault) = ScannerDriver.Run(Convert.FromHexString(hex), [], new FrameScanner(masked, 0, 1000));
        Assert.Equal(FrameFault.None, fault);
        Assert.Equal([new SeenFrame(final, 0, opcode, masked, payload)], frames);
    }

    [Fact]
    public void The_fragmented_example_of_the_RFC_opens_and_ends_a_message()
    {
        var scanner = new FrameScanner(expectMasked: false, 0, 1000);
        Assert.False(scanner.InMessage);
        scanner.Next(Convert.FromHexString("010348656C"), out _);
        Assert.True(scanner.InMessage);
        scanner.Next(Convert.FromHexString("8900"), out var ping);
        Assert.True(ping.Header.IsControl);
        Assert.True(scanner.InMessage);
        scanner.Next(Convert.FromHexString("80026C6F"), out _);
        Assert.False(scanner.InMessage);
    }

    [Theory]
    [InlineData(256, "827E0100")]
    [InlineData(65536, "827F0000000000010000")]
    public void The_long_examples_of_the_RFC_are_read(int length, string headerHex)
    {
        byte[] bytes = [.. Convert.FromHexString(headerHex), .. new byte[length]];
        var scanner = new FrameScanner(expectMasked: false, 0, 100_000);
        Assert.Equal(FrameStep.NeedMore, scanner.Next(bytes.AsSpan(0, bytes.Length - 1), out _));
        Assert.Equal(FrameStep.Part, scanner.Next(bytes, out var part));
        Assert.Equal(new FramePart(FrameHeader.For(Opcode.Binary, length, null), bytes.Length, true, true), part);
    }

    [Fact]
    public void A_frame_at_the_limit_is_reported_whole_and_one_byte_more_in_parts()
    {
        var scanner = new FrameScanner(expectMasked: false, 0, wholeLimit: 7);
        Assert.Equal(FrameStep.NeedMore, scanner.Next([0x82, 5, 1, 2, 3, 4], out _));
        Assert.Equal(FrameStep.Part, scanner.Next([0x82, 6, 1, 2, 3, 4], out var part));
        Assert.Equal((6, true, false), (part.Length, part.Starts, part.Ends));
        Assert.False(scanner.AtBoundary);

        Assert.Equal(FrameStep.NeedMore, scanner.Next([], out _));
        Assert.Equal(FrameStep.Part, scanner.Next([5], out part));
        Assert.Equal((1, false, false, Opcode.Binary), (part.Length, part.Starts, part.Ends, part.Header.Opcode));
        Assert.Equal(FrameStep.Part, scanner.Next([6, 0x82, 0], out part));
        Assert.Equal((1, false, true), (part.Length, part.Starts, part.Ends));
        Assert.True(scanner.AtBoundary);
    }

    [Fact]
    public void A_control_frame_is_whole_even_above_the_limit()
    {
        var scanner = new FrameScanner(expectMasked: false, 0, wholeLimit: 0);
        Assert.Equal(FrameStep.NeedMore, scanner.Next([0x89, 2, 1], out _));
        Assert.Equal(FrameStep.Part, scanner.Next([0x89, 2, 1, 2], out var part));
        Assert.True(part.Starts && part.Ends);
    }

    [Fact]
    public void A_message_stays_open_until_the_last_byte_of_its_last_frame()
    {
        var scanner = new FrameScanner(expectMasked: false, 0, wholeLimit: 0);
        scanner.Next([0x02, 0], out _);
        scanner.Next([0x80, 2, 1], out _);
        Assert.True(scanner.InMessage);
        scanner.Next([2], out _);
        Assert.False(scanner.InMessage);
    }

    [Fact]
    public void The_longest_length_that_the_RFC_allows_is_read_without_overflow()
    {
        var scanner = new FrameScanner(expectMasked: false, 0, wholeLimit: int.MaxValue);
        Assert.Equal(FrameStep.Part, scanner.Next([0x82, 127, 0x7F, 255, 255, 255, 255, 255, 255, 255, 1, 2], out var part));
        Assert.Equal((long.MaxValue, long.MaxValue, 12), (part.Header.PayloadLength, part.Header.FrameLength, part.Length));
        Assert.False(scanner.AtBoundary);
    }

    [Fact]
    public void Ten_thousand_frames_are_scanned_and_unmasked_without_an_allocation()
    {
        var stream = MaskedStream(10_000);
        Scan(stream);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var frames = Scan(stream);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal((10_000, 0L), (frames, allocated));
    }

    private static byte[] MaskedStream(int frames)
    {
        var header = FrameHeader.For(Opcode.Binary, 32, 0x11223344);
        var stream = new byte[frames * header.FrameLength];
        for (var i = 0; i < frames; i++)
            header.Write(stream.AsSpan(i * (int)header.FrameLength));
        return stream;
    }

    private static int Scan(byte[] stream)
    {
        var scanner = new FrameScanner(expectMasked: true, 0, 4096);
        var (at, frames) = (0, 0);
        while (scanner.Next(stream.AsSpan(at), out var part) == FrameStep.Part)
        {
            Masking.Apply(stream.AsSpan(at + part.Header.HeaderLength, (int)part.Header.PayloadLength), part.Header.MaskKey);
            at += part.Length;
            frames++;
        }

        return frames;
    }
}
